// What the threads of a GPU do gives the bits of the processor's references, at every width and ragged
// length, wherever entries begin: run by the processor in both orders, and by a GPU where there is one.
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "compressors/kernels/bitpack.h"
#include "compressors/kernels/half.h"
#include "compressors/kernels/kernel_table.h"
#include "compressors/kernels/sparse_index.h"
#include "engine/core/error.h"
#include "tests/compressors/device_testing.h"

namespace packrat {
namespace {

using kernels::cuda::DeviceArray;
using kernels::cuda::EntryForm;
using kernels::cuda::Form;
using testing::Slab;

constexpr std::int64_t kSlots = 6;

/// Decodes slots in disorder, some twice, and those from 0 up. expected(slot): the row of a slot.
template <class Expected>
void expect_rows(const EntryForm& form, const Slab& slab, const Expected& expected) {
  const std::vector<std::int64_t> disordered{4, 0, 5, 2, 2, 1, 5}, first{0, 1, 2, 3, 4};
  for (const auto& device : testing::devices())
    for (const auto* slots : {&disordered, &first}) {
      std::vector<float> rows;
      for (const std::int64_t slot : *slots) {
        const std::vector<float> row = expected(slot);
        rows.insert(rows.end(), row.begin(), row.end());
      }
      const auto count = static_cast<std::int64_t>(slots->size());
      const auto out = testing::decoded(*device, form, slab,
                                        slots == &first ? std::vector<std::int64_t>{} : *slots, count);
      ASSERT_TRUE(testing::same_bits(out, rows))
          << device->name() << ", form " << static_cast<int>(form.form) << ", n " << form.n << ", states "
          << form.states << ", entries of " << slab.entry_bytes << " bytes every " << slab.stride;
    }
}

/// Any codes of that width, also those that no encoder writes.
Slab packed_codes(std::int64_t n, int width, std::int64_t in_front, std::int64_t gap, Rng& rng) {
  Slab slab(kSlots, in_front + kernels::packed_bytes(n, width), gap);
  std::vector<std::uint8_t> codes(static_cast<std::size_t>(n));
  for (std::int64_t slot = 0; slot < kSlots; ++slot) {
    for (std::uint8_t& code : codes) code = static_cast<std::uint8_t>(rng.below(std::uint64_t{1} << width));
    kernels::reference::pack(codes.data(), n, width, slab.at(slot) + in_front);
  }
  return slab;
}

std::vector<float> dequantized(const std::uint8_t* packed, std::int64_t n,
                               const kernels::UniformQuantizer& q) {
  std::vector<float> row(static_cast<std::size_t>(n));
  kernels::reference::unpack_dequantize(packed, n, q, row.data());
  return row;
}

template <class F>
void for_codes(const F& f) {
  for (int width = 1; width <= kernels::kMaxWidth; ++width)
    for (const int states : testing::states_of_width(width))
      for (const std::int64_t n : testing::ragged_lengths())
        for (const std::int64_t gap : {0, 1, 2, 3}) f(width, states, n, gap);
}

TEST(DeviceDecode, CodesOfOneRangeBecomeTheLevelsOfTheReference) {
  Rng rng(1);
  for_codes([&](int width, int states, std::int64_t n, std::int64_t gap) {
    EntryForm form{Form::kSharedRange, n, states, -0.37f, 2.25f};
    const auto q = kernels::make_uniform_quantizer(form.lo, form.hi, states);
    const Slab slab = packed_codes(n, width, 0, gap, rng);
    ASSERT_EQ(kernels::cuda::entry_bytes(form), slab.entry_bytes);
    expect_rows(form, slab, [&](std::int64_t slot) { return dequantized(slab.at(slot), n, q); });
  });
}

TEST(DeviceDecode, CodesBehindARangeOfTheirOwnBecomeItsLevels) {
  Rng rng(2);
  // Ordinary ones, constant ones, and those of very large and very small numbers.
  const std::vector<std::pair<float, float>> ranges{{0.0f, 1.0f},      {-3.5f, 0.125f},
                                                    {2.5f, 2.5f},      {-1.5e38f, 1.7e38f},
                                                    {0.0f, 0x1p-149f}, {1.0f, 1.0f + 0x1p-20f}};
  for_codes([&](int width, int states, std::int64_t n, std::int64_t gap) {
    const EntryForm form{Form::kOwnRange, n, states};
    Slab slab = packed_codes(n, width, 8, gap, rng);
    ASSERT_EQ(kernels::cuda::entry_bytes(form), slab.entry_bytes);
    for (std::int64_t slot = 0; slot < kSlots; ++slot)
      std::memcpy(slab.at(slot), &ranges[static_cast<std::size_t>(slot)], 8);
    expect_rows(form, slab, [&](std::int64_t slot) {
      const auto [lo, hi] = ranges[static_cast<std::size_t>(slot)];
      return dequantized(slab.at(slot) + 8, n, kernels::make_uniform_quantizer(lo, hi, states));
    });
  });
}

TEST(DeviceDecode, CodesBecomeTheLevelsOfATable) {
  Rng rng(3);
  for_codes([&](int width, int states, std::int64_t n, std::int64_t gap) {
    const std::vector<float> table = testing::normal_values(1 << width, rng);
    const Slab slab = packed_codes(n, width, 0, gap, rng);
    for (const auto& device : testing::devices()) {
      const DeviceArray<float> levels(*device, table);
      EntryForm form{Form::kTable, n, states};
      form.table = levels.data();
      std::vector<float> expected(static_cast<std::size_t>(kSlots * n));
      std::vector<std::uint8_t> codes(static_cast<std::size_t>(n));
      for (std::int64_t slot = 0; slot < kSlots; ++slot) {
        kernels::reference::unpack(slab.at(slot), n, width, codes.data());
        for (std::int64_t i = 0; i < n; ++i)
          expected[static_cast<std::size_t>(slot * n + i)] = table[codes[static_cast<std::size_t>(i)]];
      }
      ASSERT_TRUE(testing::same_bits(testing::decoded(*device, form, slab, {}, kSlots), expected))
          << device->name() << ", n " << n << ", states " << states << ", gap " << gap;
    }
  });
}

TEST(DeviceDecode, StoredValuesBecomeFloats) {
  Rng rng(4);
  for (const Form kind : {Form::kFloat32, Form::kFloat16, Form::kBfloat16})
    for (const std::int64_t n : testing::ragged_lengths())
      for (const std::int64_t gap : {0, 1, 2, 3}) {
        const EntryForm form{kind, n};
        Slab slab(kSlots, kernels::cuda::entry_bytes(form), gap);
        for (std::uint8_t& byte : slab.bytes) byte = static_cast<std::uint8_t>(rng.below(256));
        expect_rows(form, slab, [&](std::int64_t slot) {
          std::vector<float> row(static_cast<std::size_t>(n));
          if (kind == Form::kFloat32) std::memcpy(row.data(), slab.at(slot), static_cast<std::size_t>(4 * n));
          if (kind == Form::kFloat16) kernels::from_float16(slab.at(slot), n, row.data());
          if (kind == Form::kBfloat16) kernels::from_bfloat16(slab.at(slot), n, row.data());
          return row;
        });
      }
}

TEST(DeviceDecode, EveryCodeOf16BitsBecomesItsValue) {
  for (const Form kind : {Form::kFloat16, Form::kBfloat16}) {
    const EntryForm form{kind, 65536};
    Slab slab(1, 2 * 65536, 0);
    for (std::uint32_t code = 0; code < 65536; ++code) std::memcpy(slab.at(0) + 2 * code, &code, 2);
    std::vector<float> expected(65536);
    (kind == Form::kFloat16 ? kernels::from_float16 : kernels::from_bfloat16)(slab.at(0), 65536,
                                                                              expected.data());
    for (const auto& device : testing::devices())
      EXPECT_TRUE(testing::same_bits(testing::decoded(*device, form, slab, {}, 1), expected))
          << device->name();
  }
}

/// Slots of a sparse form with genuine indexes.
Slab sparse_entries(const EntryForm& form, std::int64_t gap, Rng& rng) {
  using kernels::IndexLayout;
  const auto index = kernels::make_sparse_index(
      form.form == Form::kBitmap ? IndexLayout::kBitmap : IndexLayout::kCoordinates16, form.n, form.kept);
  Slab slab(kSlots, kernels::cuda::entry_bytes(form), gap);
  for (std::int64_t slot = 0; slot < kSlots; ++slot) {
    const auto at = testing::random_selection(form.n, form.kept, rng);
    const auto values = testing::normal_values(form.kept, rng);
    kernels::write_index(index, at.data(), slab.at(slot));
    std::memcpy(slab.at(slot) + index.bytes(), values.data(), 4 * values.size());
  }
  return slab;
}

std::vector<float> scattered(const EntryForm& form, const std::uint8_t* entry) {
  std::vector<float> row(static_cast<std::size_t>(form.n));
  if (form.form == Form::kBitmap)
    kernels::kScalarKernels.scatter_bitmap(entry, entry + (form.n + 7) / 8, form.n, row.data());
  else
    kernels::kScalarKernels.scatter_coordinates(entry, entry + 2 * form.kept, form.kept, form.n, row.data());
  return row;
}

TEST(DeviceDecode, SparseValuesGoToTheirPlaces) {
  Rng rng(5);
  std::vector<std::int64_t> lengths = testing::ragged_lengths();
  lengths.insert(lengths.end(), {4095, 4097, 16384, 65535, 65536});
  for (const Form kind : {Form::kCoordinates, Form::kBitmap})
    for (const std::int64_t n : lengths)
      for (const std::int64_t kept : {std::int64_t{1}, (n + 9) / 10, (n + 1) / 2, n})
        for (const std::int64_t gap : {0, 1, 2, 3}) {
          if (n > 4000 && gap % 2 == 0) continue;
          EntryForm form{kind, n};
          form.kept = kept;
          const Slab slab = sparse_entries(form, gap, rng);
          expect_rows(form, slab, [&](std::int64_t slot) { return scattered(form, slab.at(slot)); });
        }
}

TEST(DeviceDecode, CodesOfCentroidsBecomeTheirValues) {
  Rng rng(6);
  struct Map {
    std::int64_t channels, positions, subspaces;
  };
  for (const Map& map :
       std::vector<Map>{{1, 1, 1}, {1, 600, 1}, {7, 15, 3}, {64, 16, 64}, {64, 49, 10}, {512, 1, 32}})
    for (int bits = 1; bits <= 8; ++bits)
      for (const std::int64_t gap : {0, 1, 2, 3}) {
        const auto [channels, positions, subspaces] = map;
        const std::int64_t codes_each = positions * subspaces, centroids = std::int64_t{1} << bits;
        const std::vector<float> table = testing::normal_values(channels * centroids, rng);
        const Slab slab = packed_codes(codes_each, bits, 0, gap, rng);
        std::vector<float> expected(static_cast<std::size_t>(kSlots * channels * positions));
        std::vector<std::uint8_t> codes(static_cast<std::size_t>(codes_each));
        for (std::int64_t slot = 0; slot < kSlots; ++slot) {
          kernels::reference::unpack(slab.at(slot), codes_each, bits, codes.data());
          for (std::int64_t s = 0; s < subspaces; ++s) {
            const std::int64_t first = s * channels / subspaces, end = (s + 1) * channels / subspaces;
            for (std::int64_t c = first; c < end; ++c)
              for (std::int64_t p = 0; p < positions; ++p)
                expected[static_cast<std::size_t>((slot * channels + c) * positions + p)] =
                    table[static_cast<std::size_t>(
                        first * centroids +
                        codes[static_cast<std::size_t>(p * subspaces + s)] * (end - first) + c - first)];
          }
        }
        for (const auto& device : testing::devices()) {
          const DeviceArray<float> on_device(*device, table);
          EntryForm form{Form::kProducts, channels * positions};
          form.channels = channels;
          form.subspaces = subspaces;
          form.bits = bits;
          form.table = on_device.data();
          ASSERT_EQ(kernels::cuda::entry_bytes(form), slab.entry_bytes);
          ASSERT_TRUE(testing::same_bits(testing::decoded(*device, form, slab, {}, kSlots), expected))
              << device->name() << ", channels " << channels << ", subspaces " << subspaces << ", bits "
              << bits << ", gap " << gap;
        }
      }
}

TEST(DeviceDecode, OneLongEntryAndManyShortOnesAreDividedAmongBlocks) {
  Rng rng(7);
  for (const auto& [n, count] : {std::pair{200003, 1}, {70001, 3}, {512, 3000}, {1024, 700}, {3, 5000}}) {
    const EntryForm form{Form::kSharedRange, n, 8, -1.0f, 1.0f};
    const auto q = kernels::make_uniform_quantizer(form.lo, form.hi, form.states);
    const Slab slab = packed_codes(n, 3, 0, 0, rng);
    std::vector<std::int64_t> slots;
    std::vector<float> expected;
    for (int i = 0; i < count; ++i) {
      slots.push_back(static_cast<std::int64_t>(rng.below(kSlots)));
      const auto row = dequantized(slab.at(slots.back()), n, q);
      expected.insert(expected.end(), row.begin(), row.end());
    }
    for (const auto& device : testing::devices())
      EXPECT_TRUE(testing::same_bits(testing::decoded(*device, form, slab, slots, count), expected))
          << device->name() << ", n " << n;
  }
}

/// What a codec of the product has encoded, decoded on devices as it lies in a buffer.
void expect_as_codec(const char* spec, const Domain& domain, EntryForm form) {
  Rng rng(8);
  const Codec codec = testing::codec_for(spec, domain);
  const std::vector<float> rows = testing::rows_for(domain, kSlots, rng);
  const EntryBatch batch = testing::encode(codec, rows);
  const std::vector<std::uint8_t> shared = codec.shared();
  std::vector<float> table(shared.size() / sizeof(float));
  if (!table.empty()) std::memcpy(table.data(), shared.data(), table.size() * sizeof(float));
  form.n = domain.values();
  if (form.form == Form::kSharedRange) {
    form.lo = table[0];
    form.hi = table[1];
  }
  if (form.form == Form::kTable) table.resize(std::size_t{1} << kernels::code_width(form.states));
  ASSERT_EQ(kernels::cuda::entry_bytes(form), codec.entry_bytes()) << spec;
  Slab slab(kSlots, *codec.entry_bytes(), 0);
  for (std::int64_t slot = 0; slot < kSlots; ++slot)
    std::memcpy(slab.at(slot), batch.entry(slot).data, batch.entry(slot).size);
  for (const auto& device : testing::devices()) {
    const DeviceArray<float> on_device(*device, table);
    form.table = on_device.data();
    EXPECT_TRUE(testing::same_bits(testing::decoded(*device, form, slab, {}, kSlots),
                                   testing::decode(codec, batch.entries())))
        << device->name() << ", " << spec << " on " << testing::name_of(domain);
  }
}

TEST(DeviceDecode, EntriesOfCodecsBecomeWhatTheCodecsGive) {
  for (const Domain& domain : {testing::features(64, 8, 8), testing::features(256, 2, 2),
                               testing::features(512, 1, 1), testing::features(7, 3, 5)}) {
    const std::int64_t n = domain.values(), channels = domain.shape[0];
    expect_as_codec("none", domain, {Form::kFloat32});
    expect_as_codec("float16", domain, {Form::kFloat16});
    expect_as_codec("bfloat16", domain, {Form::kBfloat16});
    expect_as_codec("quantize:states=4,range=local", domain, {Form::kOwnRange, n, 4});
    expect_as_codec("quantize:states=5,range=local", domain, {Form::kOwnRange, n, 5});
    expect_as_codec("quantize:states=100,range=0:2.5", domain, {Form::kSharedRange, n, 100});
    expect_as_codec("quantize:states=16,range=fit", domain, {Form::kSharedRange, n, 16});
    expect_as_codec("codebook:states=5", domain, {Form::kTable, n, 5});
    EntryForm sparse{Form::kCoordinates, n};
    sparse.kept = n - static_cast<std::int64_t>(std::ceil(0.75 * static_cast<double>(n)));
    expect_as_codec("thin:factor=0.75,index=coordinates16", domain, sparse);
    sparse.form = Form::kBitmap;
    expect_as_codec("thin:factor=0.75,index=bitmap", domain, sparse);
    EntryForm products{Form::kProducts, n};
    products.channels = channels;
    products.subspaces = 3;
    products.bits = 5;
    expect_as_codec("pq:subspaces=3,bits=5", domain, products);
  }
}

/// Entries and rows that end at, or begin behind, a page that may not be touched; by the processor.
void expect_inside(const EntryForm& form, const Slab& slab) {
  using testing::GuardedBuffer;
  for (const auto guard : {GuardedBuffer::Guard::kAfter, GuardedBuffer::Guard::kBefore}) {
    const std::int64_t size = slab.stride * (kSlots - 1) + slab.entry_bytes;
    const GuardedBuffer bytes(static_cast<std::size_t>(size), guard);
    const GuardedBuffer out(static_cast<std::size_t>(4 * kSlots * form.n), guard);
    std::memcpy(bytes.bytes(), slab.bytes.data(), static_cast<std::size_t>(size));
    const auto device = kernels::cuda::host_device();
    device->decode(form, {bytes.bytes(), slab.stride, nullptr, kSlots}, out.floats());
    const std::vector<float> expected = testing::decoded(*device, form, slab, {}, kSlots);
    EXPECT_EQ(std::memcmp(out.floats(), expected.data(), 4 * expected.size()), 0)
        << "form " << static_cast<int>(form.form) << ", n " << form.n;
  }
}

TEST(DeviceDecode, NothingOutsideOfEntriesAndRowsIsTouched) {
  Rng rng(9);
  const std::vector<float> table = testing::normal_values(256 * 64, rng);
  for (const std::int64_t n : testing::ragged_lengths())
    for (const std::int64_t gap : {0, 1, 2, 3}) {
      for (int width = 1; width <= 8; ++width) {
        expect_inside({Form::kSharedRange, n, 1 << width, 0.0f, 1.0f}, packed_codes(n, width, 0, gap, rng));
        expect_inside({Form::kOwnRange, n, 1 << width}, packed_codes(n, width, 8, gap, rng));
        EntryForm products{Form::kProducts, n};
        products.channels = products.subspaces = 1;
        products.bits = width;
        products.table = table.data();
        expect_inside(products, packed_codes(n, width, 0, gap, rng));
      }
      for (const Form kind : {Form::kFloat32, Form::kFloat16, Form::kBfloat16})
        expect_inside({kind, n}, Slab(kSlots, kernels::cuda::entry_bytes({kind, n}), gap));
      for (const Form kind : {Form::kCoordinates, Form::kBitmap}) {
        EntryForm form{kind, n};
        form.kept = (n + 2) / 3;
        expect_inside(form, sparse_entries(form, gap, rng));
      }
    }
}

TEST(DeviceDecode, DamagedSparseEntriesReachNothingElse) {
  Rng rng(10);
  for (const Form kind : {Form::kCoordinates, Form::kBitmap})
    for (const std::int64_t n : {1, 100, 513, 3000}) {
      EntryForm form{kind, n};
      form.kept = (n + 4) / 5;
      Slab slab(kSlots, kernels::cuda::entry_bytes(form), 1);
      for (int byte : {0, 255, -1}) {
        for (std::uint8_t& one : slab.bytes)
          one = static_cast<std::uint8_t>(byte < 0 ? static_cast<int>(rng.below(256)) : byte);
        if (kind == Form::kCoordinates && byte == 0) continue;  // all at one place: any of them
        expect_inside(form, slab);
      }
    }
}

TEST(DeviceDecode, FormsThatNoKernelTakesAreRefused) {
  EntryForm sparse{Form::kBitmap, 70000};
  sparse.kept = 5;
  EntryForm products{Form::kProducts, 10};
  products.channels = 3;
  const auto device = kernels::cuda::host_device();
  float value = 0;
  std::uint8_t byte = 0;
  for (const EntryForm& form :
       {EntryForm{Form::kFloat32, 0}, EntryForm{Form::kOwnRange, 5, 1}, EntryForm{Form::kSharedRange, 5, 257},
        EntryForm{Form::kTable, 5, 4}, EntryForm{Form::kFloat32, std::int64_t{1} << 31}, sparse, products})
    EXPECT_THROW(device->decode(form, {&byte, 1, nullptr, 0}, &value), std::logic_error);
}

TEST(DeviceDecode, WithoutAGpuOneLineSaysSo) {
  const std::string reason = kernels::cuda::why_no_gpu();
  if (reason.empty()) GTEST_SKIP() << "there is a GPU: " << kernels::cuda::gpu_device()->name();
  EXPECT_EQ(testing::message_of<UserError>([] { kernels::cuda::gpu_device(); }), reason);
  EXPECT_NE(reason.find("GPU"), reason.npos);
  EXPECT_EQ(reason.find('\n'), reason.npos);
}

}  // namespace
}  // namespace packrat
