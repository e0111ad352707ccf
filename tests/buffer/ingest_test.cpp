#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "compressors/codec.h"
#include "engine/buffer/replay_buffer.h"
#include "tests/buffer/test_codecs.h"

namespace packrat {
namespace {

constexpr int kIngestClasses = 7;
constexpr std::int64_t kRows = 400;

std::vector<std::uint8_t> memory(const ReplayBuffer& buffer) {
  std::vector<std::uint8_t> all;
  buffer.visit_memory([&](ByteView v) { all.insert(all.end(), v.data, v.data + v.size); });
  return all;
}

std::vector<int> labels_of(const std::string& kind) {
  std::vector<int> labels = random_labels(kIngestClasses, kRows, Rng(2));
  if (kind == "class-incremental") std::sort(labels.begin(), labels.end());
  return labels;
}

struct Ingested {
  std::vector<std::uint8_t> memory;
  std::int64_t encoded = 0;
};

Ingested in_chunks(const std::string& spec, Budget budget, const std::vector<int>& labels, std::int64_t chunk,
                   const char* sampler = "greedy") {
  const Domain domain = feature_domain();
  const auto rows = random_rows(domain, kRows, Rng(1));
  ReplayBuffer buffer(test_codec(spec, domain), kIngestClasses, budget, make_sampler(sampler));
  Ingested result;
  for (std::int64_t at = 0; at < kRows; at += chunk) {
    const std::int64_t count = std::min(chunk, kRows - at);
    result.encoded += buffer.ingest({rows.data() + at * domain.values(), count, domain.values()},
                                    {labels.begin() + at, labels.begin() + at + count}, at, Rng(3));
  }
  result.memory = memory(buffer);
  return result;
}

std::vector<std::uint8_t> one_by_one(const std::string& spec, Budget budget, const std::vector<int>& labels,
                                     const char* sampler) {
  const Domain domain = feature_domain();
  const auto rows = random_rows(domain, kRows, Rng(1));
  ReplayBuffer buffer(test_codec(spec, domain), kIngestClasses, budget, make_sampler(sampler));
  for (std::int64_t i = 0; i < kRows; ++i) {
    Rng rng = Rng(3).fork("offer", static_cast<std::uint64_t>(i));
    const float* const row = rows.data() + i * domain.values();
    buffer.offer({labels[static_cast<std::size_t>(i)], row},
                 buffer.codec().encode({row, 1, domain.values()}).entry(0), rng);
  }
  return memory(buffer);
}

TEST(IngestTest, AnyChunkSizeGivesTheBytesOfOfferingRowByRow) {
  for (const char* spec : {"none", "quantize:states=4,range=local", "thin:factor=0.9", "nonzero"})
    for (const char* kind : {"iid", "class-incremental"})
      for (const char* sampler : {"greedy", "ring", "reservoir"})
        for (const Budget budget : {Budget::slots(3), Budget::slots(40), Budget::bytes(2000)}) {
          const auto labels = labels_of(kind);
          const auto expected = one_by_one(spec, budget, labels, sampler);
          for (const std::int64_t chunk : {std::int64_t{1}, std::int64_t{33}, kRows})
            EXPECT_EQ(in_chunks(spec, budget, labels, chunk, sampler).memory, expected)
                << spec << ", " << kind << ", " << sampler << ", " << budget.amount << ", chunks of "
                << chunk;
        }
}

TEST(IngestTest, EncodesOnlyWhatIsStillHeldAtTheEndOfTheChunk) {
  const auto labels = labels_of("class-incremental");
  EXPECT_EQ(in_chunks("none", Budget::slots(40), labels, kRows).encoded, 40);
  const auto in_chunks_of_100 = in_chunks("none", Budget::slots(40), labels, 100).encoded;
  EXPECT_GT(in_chunks_of_100, 40);
  EXPECT_LT(in_chunks_of_100, in_chunks("none", Budget::slots(40), labels, 1).encoded);
}

TEST(IngestTest, ValuesThatAreNotFiniteNameTheImageAndLeaveTheBufferAlone) {
  const Domain domain = feature_domain();
  for (const float bad : {std::nanf(""), std::numeric_limits<float>::infinity()}) {
    auto rows = random_rows(domain, 10, Rng(1));
    ReplayBuffer buffer(test_codec("none", domain), kIngestClasses, Budget::slots(200));
    const auto labels = random_labels(kIngestClasses, 10, Rng(2));
    buffer.ingest({rows.data(), 10, domain.values()}, labels, 0, Rng(3));
    const auto before = memory(buffer);
    rows[static_cast<std::size_t>(4 * domain.values() + 3)] = bad;
    try {
      buffer.ingest({rows.data(), 10, domain.values()}, labels, 500, Rng(3));
      ADD_FAILURE() << bad;
    } catch (const UserError& error) {
      EXPECT_THAT(error.what(), ::testing::HasSubstr("image 504"));
    }
    EXPECT_EQ(memory(buffer), before);
  }
}

TEST(IngestTest, ALabelOutOfRangeIsRefusedBeforeAnythingIsStored) {
  const Domain domain = feature_domain();
  const auto rows = random_rows(domain, 2, Rng(1));
  ReplayBuffer buffer(test_codec("nonzero", domain), kIngestClasses, Budget::slots(20));
  EXPECT_THROW(buffer.ingest({rows.data(), 2, domain.values()}, {0, kIngestClasses}, 0, Rng(3)), UserError);
  EXPECT_EQ(buffer.size(), 0);
}

}  // namespace
}  // namespace packrat
