#include "engine/experiment/ingest_stream.h"

#include <gtest/gtest.h>

#include "compressors/codec.h"
#include "compressors/registry.h"
#include "engine/core/error.h"
#include "engine/core/interrupt.h"
#include "tests/compressors/testing.h"

namespace packrat {
namespace {

constexpr std::int64_t kImages = 5000;  // three chunks
const Domain kDomain = testing::features(8, 1, 1);

EncodedRows made_up_rows() {
  Rng rng(5);
  return EncodedRows(FeatureRows(testing::rows_for(kDomain, kImages, rng), kDomain.values()));
}

std::vector<std::uint16_t> made_up_labels() {
  std::vector<std::uint16_t> labels;
  for (std::int64_t i = 0; i < kImages; ++i) labels.push_back(static_cast<std::uint16_t>(i % 10));
  return labels;
}

class IngestStream : public ::testing::Test {
 protected:
  ReplayBuffer buffer(const char* spec, std::int64_t slots) const {
    return ReplayBuffer(std::make_shared<const Codec>(make_codec(spec, kDomain)), stream_.classes(),
                        Budget::slots(slots));
  }

  static std::vector<std::uint8_t> memory(const ReplayBuffer& buffer) {
    std::vector<std::uint8_t> bytes;
    buffer.visit_memory(
        [&](ByteView piece) { bytes.insert(bytes.end(), piece.data, piece.data + piece.size); });
    return bytes;
  }

  const EncodedRows rows_ = made_up_rows();
  const std::vector<std::uint16_t> labels_ = made_up_labels();
  const TaskStream stream_ = make_task_stream(labels_, 10, {});
  const StreamImages images_{stream_, labels_, rows_};
};

TEST_F(IngestStream, ABufferIsTheSameWhateverIsFilledBesideItAndHoweverTheStreamIsCut) {
  ReplayBuffer alone = buffer("none", 30), beside = buffer("none", 30),
               other = buffer("thin:factor=0.5", 700);
  ingest_stream(images_, 0, kImages, {&alone}, Rng(1), {});
  for (const auto& [begin, end] : {std::pair<int, int>{0, 1}, {1, 2100}, {2100, 5000}})
    ingest_stream(images_, begin, end, {&other, &beside}, Rng(1), {});
  EXPECT_EQ(alone.size(), 30);
  EXPECT_EQ(other.size(), 700);
  EXPECT_EQ(memory(alone), memory(beside));
}

TEST_F(IngestStream, TellsHowManyImagesHaveArrived) {
  ReplayBuffer one = buffer("none", 30);
  std::vector<std::int64_t> arrived;
  ingest_stream(images_, 0, kImages, {&one}, Rng(1),
                [&](std::string_view phase, std::int64_t done, std::int64_t all) {
                  EXPECT_EQ(phase, "ingest");
                  EXPECT_EQ(all, kImages);
                  arrived.push_back(done);
                });
  EXPECT_EQ(arrived, (std::vector<std::int64_t>{2048, 4096, 5000}));
}

TEST_F(IngestStream, StopsBetweenChunks) {
  ReplayBuffer one = buffer("none", 30);
  std::int64_t arrived = 0;
  const auto stop = [&](std::string_view, std::int64_t done, std::int64_t) {
    arrived = done;
    stop_requested() = true;
  };
  EXPECT_THROW(ingest_stream(images_, 0, kImages, {&one}, Rng(1), stop), Interrupted);
  stop_requested() = false;
  EXPECT_EQ(arrived, 2048);
}

}  // namespace
}  // namespace packrat
