// A buffer whose entries lie on a device is the same buffer. The device is the processor, which runs what the
// threads of a GPU do, and a GPU where one is.
#include <gmock/gmock.h>

#include "compressors/kernels/cuda/device_array.h"
#include "engine/buffer/buffer_file.h"
#include "engine/buffer/sampler.h"
#include "tests/buffer/test_codecs.h"

namespace packrat {
namespace {

using kernels::cuda::Device;

constexpr int kDeviceClasses = 5;
constexpr const char* kDeviceCodecs[] = {"none",
                                         "float16",
                                         "bfloat16",
                                         "quantize:states=2,range=local",
                                         "quantize:states=5,range=local",
                                         "quantize:states=16,range=0:1",
                                         "quantize:states=7,range=fit",
                                         "quantize:states=9,range=fit,zero=exact",
                                         "codebook:states=6",
                                         "pq:subspaces=2,bits=4",
                                         "thin:factor=0.7,index=coordinates16",
                                         "thin:factor=0.7,index=bitmap"};

std::vector<std::shared_ptr<Device>> some_devices() {
  std::vector<std::shared_ptr<Device>> all{kernels::cuda::host_device()};
  if (kernels::cuda::why_no_gpu().empty()) all.push_back(kernels::cuda::gpu_device());
  return all;
}

std::shared_ptr<const Codec> codec_of(const char* spec) {
  return std::make_shared<const Codec>(testing::codec_for(spec, testing::features(7, 5, 3)));
}

std::vector<std::uint8_t> file_of(const ReplayBuffer& buffer) {
  std::vector<std::uint8_t> bytes;
  write_buffer(buffer, {"made up", "none", "0", ""}, nullptr,
               [&](ByteView piece) { bytes.insert(bytes.end(), piece.data, piece.data + piece.size); });
  return bytes;
}

std::vector<float> decoded_rows(const ReplayBuffer& buffer, const std::vector<std::int64_t>& slots) {
  const std::int64_t n = buffer.codec().domain().values();
  std::vector<float> rows(slots.size() * static_cast<std::size_t>(n), -7.0f);
  buffer.decode(slots, {rows.data(), static_cast<std::int64_t>(slots.size()), n});
  return rows;
}

void expect_same_buffer(const ReplayBuffer& there, const ReplayBuffer& here, Device& device) {
  ASSERT_TRUE(there.is_on_device());
  ASSERT_FALSE(here.is_on_device());
  ASSERT_EQ(there.size(), here.size());
  EXPECT_EQ(file_of(there), file_of(here));
  EXPECT_EQ(there.ledger(), here.ledger());
  Rng rng(5);
  const std::vector<std::int64_t> slots = here.draw(23, true, rng);
  const std::vector<float> expected = decoded_rows(here, slots);
  EXPECT_TRUE(testing::same_bits(decoded_rows(there, slots), expected));
  const kernels::cuda::DeviceArray<float> rows(device, std::vector<float>(expected.size(), -7.0f));
  there.decode_there(slots, rows.data());
  EXPECT_TRUE(testing::same_bits(rows.values(), expected));
  for (const std::int64_t slot : slots) {
    const ByteView a = there.entry(slot), b = here.entry(slot);
    EXPECT_TRUE(std::equal(a.data, a.data + a.size, b.data, b.data + b.size)) << slot;
  }
}

/// Rows that come in three chunks, with many more than there are slots.
void fill(ReplayBuffer& buffer) {
  const std::int64_t n = buffer.codec().domain().values();
  Rng rng(6);
  for (std::int64_t begin : {0, 60, 120}) {
    const std::vector<float> rows = testing::relu_like(60 * n, rng);
    std::vector<int> labels;
    for (int i = 0; i < 60; ++i) labels.push_back(static_cast<int>(rng.below(kDeviceClasses)));
    buffer.ingest({rows.data(), 60, n}, labels, begin, Rng(7));
  }
}

TEST(DeviceBuffer, HasTheBytesLedgerAndRowsOfABufferInThisProcess) {
  for (const auto& device : some_devices())
    for (const char* spec : kDeviceCodecs)
      for (const Budget budget : {Budget::slots(31), Budget::slots(500), Budget::bytes(20000)}) {
        SCOPED_TRACE(std::string(spec) + " on " + device->name());
        const auto codec = codec_of(spec);
        ReplayBuffer here(codec, kDeviceClasses, budget),
            there(codec, kDeviceClasses, budget, make_sampler("greedy_sampler"), {}, device);
        fill(here);
        fill(there);
        expect_same_buffer(there, here, *device);
        if (budget.unit == Budget::Unit::kBytes) {
          EXPECT_LE(there.ledger().buffer_total(), budget.amount);
        }
      }
}

TEST(DeviceBuffer, EverySamplerChoosesTheSame) {
  for (const auto& device : some_devices())
    for (const char* sampler : {"reservoir", "class_balanced_reservoir", "ring", "herding"}) {
      SCOPED_TRACE(sampler);
      const auto codec = codec_of("quantize:states=16,range=local");
      ReplayBuffer here(codec, kDeviceClasses, Budget::slots(40), make_sampler(sampler)),
          there(codec, kDeviceClasses, Budget::slots(40), make_sampler(sampler), {}, device);
      fill(here);
      fill(there);
      expect_same_buffer(there, here, *device);
    }
}

TEST(DeviceBuffer, ChangesLikeOneInThisProcess) {
  for (const auto& device : some_devices()) {
    const auto codec = codec_of("quantize:states=5,range=local");
    ReplayBuffer here(codec, kDeviceClasses, Budget::slots(50)),
        there(codec, kDeviceClasses, Budget::slots(50), make_sampler("greedy_sampler"), {}, device);
    for (ReplayBuffer* buffer : {&here, &there}) {
      fill(*buffer);
      buffer->remove({0, 17, 48, 49});
      Rng rows_rng(8), rng(9);
      const std::vector<float> rows = testing::relu_like(2 * codec->domain().values(), rows_rng);
      buffer->replace({3, 20}, {1, 2}, testing::encode(*codec, rows), {});
      buffer->resize(Budget::slots(20), rng);
      buffer->resize(Budget::slots(70), rng);
    }
    expect_same_buffer(there, here, *device);
    for (ReplayBuffer* buffer : {&here, &there}) {
      buffer->clear();
      fill(*buffer);
    }
    expect_same_buffer(there, here, *device);
  }
}

TEST(DeviceBuffer, IsRestoredFromTheMemoryOfEither) {
  for (const auto& device : some_devices()) {
    const auto codec = codec_of("codebook:states=6");
    ReplayBuffer here(codec, kDeviceClasses, Budget::bytes(9000));
    fill(here);
    std::vector<std::uint8_t> memory;
    here.visit_memory(
        [&](ByteView piece) { memory.insert(memory.end(), piece.data, piece.data + piece.size); });
    const auto restore = [&](ByteView bytes) {
      return ReplayBuffer::from_memory(codec, kDeviceClasses, Budget::bytes(9000),
                                       make_sampler("greedy_sampler"), bytes, {}, device);
    };
    const ReplayBuffer there = restore({memory.data(), memory.size()});
    expect_same_buffer(there, here, *device);
    std::vector<std::uint8_t> again;
    there.visit_memory(
        [&](ByteView piece) { again.insert(again.end(), piece.data, piece.data + piece.size); });
    EXPECT_EQ(again, memory);
    EXPECT_THROW(restore({memory.data(), memory.size() - 1}), CorruptEntry);
  }
}

TEST(DeviceBuffer, RefusesEntriesThatNoKernelDecodes) {
  const auto device = some_devices().front();
  for (const char* spec :
       {"thin:factor=0.7|quantize:states=4,range=local", "thin:factor=0.9,index=delta",
        "quantize:states=4,range=local,zero=exact", "quantize:states=4,range=local|entropy:coder=rans"}) {
    const auto codec = codec_of(spec);
    const std::string message = testing::message_of<UserError>([&] {
      ReplayBuffer(codec, kDeviceClasses, Budget::slots(50), make_sampler("greedy_sampler"), {}, device);
    });
    EXPECT_THAT(message, ::testing::HasSubstr(codec->spec()));
    EXPECT_THAT(message, ::testing::HasSubstr("CPU"));
  }
  const auto pixels = std::make_shared<const Codec>(make_codec("none", pixel_domain()));
  EXPECT_THROW(ReplayBuffer(pixels, 5, Budget::slots(50), make_sampler("greedy_sampler"), {}, device),
               UserError);
}

TEST(DeviceBuffer, MoreMemoryThanTheDeviceHasIsAUserError) {
  const auto device = some_devices().front();
  EXPECT_THROW(ReplayBuffer(codec_of("none"), kDeviceClasses, Budget::bytes(std::int64_t{1} << 60),
                            make_sampler("greedy_sampler"), {}, device),
               UserError);
  EXPECT_THROW(ReplayBuffer(codec_of("none"), kDeviceClasses, Budget::slots(10)).decode_there({}, nullptr),
               std::logic_error);
}

}  // namespace
}  // namespace packrat
