#include "engine/cost/audit.h"

#include <gmock/gmock.h>

#include "compressors/codec.h"
#include "compressors/registry.h"
#include "engine/buffer/replay_buffer.h"
#include "tests/cost/descriptions.h"

namespace packrat {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

double sum(const std::vector<AuditPart>& parts) {
  double bytes = 0;
  for (const AuditPart& part : parts) bytes += part.bytes;
  return bytes;
}

struct AuditCase {
  StorageDescription description;
};

std::vector<AuditCase> audit_cases(std::int64_t slots) {
  return {
      {features(slots, {"none"})},
      {features(slots, {quantization(2, true)})},
      {features(slots, {quantization(16, true)})},
      {features(slots, {quantization(4, false)})},
      {features(slots, {thinning(0.5)})},
      {features(slots, {thinning(0.9)})},
      {features(slots, {thinning(0.95)})},
      {features(slots, {thinning(0.9), quantization(4, true)})},
  };
}

/// A buffer of those slots that holds `held` entries.
ReplayBuffer filled(const AuditCase& c, std::int64_t held, int classes = 10) {
  Domain domain;
  domain.shape = {256, 2, 2};
  ReplayBuffer buffer(std::make_shared<const Codec>(make_codec(c.description.codec, domain)), classes,
                      Budget::slots(c.description.slots));
  std::vector<float> row(1024, 0.5f);
  row[3] = 1;
  const EntryBatch entry = buffer.codec().encode({row.data(), 1, 1024});
  Rng rng(1);
  for (std::int64_t i = 0; i < held; ++i) buffer.offer(static_cast<int>(i % classes), entry.entry(0), rng);
  return buffer;
}

AuditRow audit_of(const AuditCase& c, std::int64_t held, int classes = 10) {
  const ReplayBuffer buffer = filled(c, held, classes);
  EXPECT_EQ(buffer.size(), held) << c.description.codec.text();
  return audit(c.description, buffer.ledger(), buffer.size());
}

TEST(AuditTest, TheNamedPartsSumToTheDifferenceExactly) {
  for (const std::int64_t slots : {10, 1000, 30000})
    for (const AuditCase& c : audit_cases(slots))
      for (const std::int64_t held : {slots, slots * 7 / 10}) {
        const AuditRow row = audit_of(c, held);
        EXPECT_EQ(static_cast<double>(*row.exact_bytes) + sum(row.exact_to_measured),
                  static_cast<double>(row.measured_bytes))
            << c.description.codec.text() << ", " << held << " of " << slots;
        if (!row.published_mib) continue;
        EXPECT_EQ(*row.published_mib * 1048576.0 + sum(row.published_to_exact),
                  static_cast<double>(*row.exact_bytes))
            << c.description.codec.text() << ", " << held << " of " << slots;
        EXPECT_DOUBLE_EQ(*row.measured_over_published,
                         static_cast<double>(row.measured_bytes) / (*row.published_mib * 1048576.0));
      }
}

TEST(AuditTest, NoPartIsNamedThatMakesNoDifference) {
  for (const AuditCase& c : audit_cases(100)) {
    const AuditRow row = audit_of(c, 100);
    for (const auto* parts : {&row.published_to_exact, &row.exact_to_measured})
      for (const AuditPart& part : *parts) {
        EXPECT_NE(part.bytes, 0) << part.why;
        EXPECT_THAT(row.sentence, HasSubstr(part.why));
      }
  }
}

TEST(AuditTest, QuantizationSaysThatThePublishedTotalIsDividedByEightAndStoresBinMiddles) {
  const AuditRow row = audit_of({features(1000, {quantization(16, true)})}, 1000);
  // Published: (512 + 64) x 1000 / 8 = 72000. Exact: (512 + 8) x 1000. Measured: + 1000 labels + 6 x 10
  // counters.
  EXPECT_DOUBLE_EQ(*row.published_mib, 72000 / 1048576.0);
  EXPECT_EQ(row.exact_bytes, 520000);
  EXPECT_EQ(row.measured_bytes, 521060);
  EXPECT_THAT(row.sentence, HasSubstr("the published total divides bytes by 8 again (+504000 bytes)"));
  EXPECT_THAT(row.sentence,
              HasSubstr("stores 64 bytes of bin middles with every entry where lo and hi take 8 (-56000"));
  EXPECT_THAT(row.sentence, HasSubstr("do not count labels (1000 x 1 byte) (+1000 bytes)"));
  EXPECT_THAT(row.sentence, HasSubstr("Measured is 7.237 times published"));
}

TEST(AuditTest, ThinningSaysThatFractionsOfValuesWereCounted) {
  const AuditRow row = audit_of({features(1000, {thinning(0.95)})}, 1000);
  EXPECT_THAT(row.sentence,
              HasSubstr("counts 307.2 bytes of values per entry, a whole number of kept values takes 306"));
  EXPECT_THAT(row.sentence, Not(HasSubstr("divides")));
}

TEST(AuditTest, EmptySlotsAndWideLabelsAreNamed) {
  const AuditRow row = audit_of({features(2000, {"none"})}, 600, 300);
  EXPECT_THAT(row.sentence, HasSubstr("1400 of 2000 slots hold no entry"));
  EXPECT_THAT(row.sentence, HasSubstr("the slack (allocated but unused) (+"));
  EXPECT_THAT(row.sentence, HasSubstr("labels (600 x 2 bytes)"));
}

TEST(AuditTest, AChainHasNoPublishedFigure) {
  const AuditRow row = audit_of(audit_cases(50).back(), 50);
  EXPECT_FALSE(row.published_mib);
  EXPECT_FALSE(row.measured_over_published);
  EXPECT_THAT(row.sentence, HasSubstr("No figure is published"));
}

TEST(AuditTest, EntriesThatDifferHaveMeasuredBytesAlone) {
  ByteLedger ledger;
  ledger.add(Item::kPayload, 777);
  const AuditRow row = audit(pixels(10, {"jpeg:quality=50"}), ledger, 3);
  EXPECT_EQ(row.measured_bytes, 777);
  EXPECT_FALSE(row.exact_bytes);
  EXPECT_FALSE(row.measured_over_exact);
  EXPECT_THAT(row.sentence, HasSubstr("No closed formula for this codec: its entries differ in size"));
  EXPECT_THAT(row.sentence, HasSubstr("259 bytes an entry on average, 0.6745 bits a value"));
}

TEST(AuditTest, AnAutoencoderSaysThatThePublishedModelIsTwiceTheEncoderHalf) {
  ByteLedger ledger;
  ledger.add(Item::kPayload, 10 * 4096);
  ledger.add(Item::kCodecEncoder, 4 * 2768);
  ledger.add(Item::kCodecDecoder, 4 * 1235);
  const AuditRow row = audit(pixels(10, {convae(16)}), ledger, 10);
  EXPECT_EQ(row.exact_bytes, 40960 + 16012);
  EXPECT_EQ(row.measured_bytes, row.exact_bytes);
  EXPECT_THAT(
      row.sentence,
      HasSubstr("twice the encoder half, 22144 bytes, where encoder (2768 parameters) and decoder (1235) "
                "take 16012 (-6132 bytes)"));
  EXPECT_TRUE(row.exact_to_measured.empty());
}

TEST(AuditTest, AnEntryThatTakesMoreThanItNeedsIsNamed) {
  ByteLedger ledger;
  ledger.add(Item::kPayload, 10 * 4100);
  const AuditRow row = audit(features(10, {"none"}), ledger, 10);
  EXPECT_THAT(row.sentence,
              HasSubstr("a stored entry takes 4100 bytes where the exact formula needs 4096 (+40 bytes)"));
}

TEST(AuditTest, MeasuredBytesAgreeItemByItemWithTheExactFormula) {
  for (const std::int64_t slots : {10, 1000})
    for (const AuditCase& c : audit_cases(slots))
      for (const std::int64_t held : {slots, slots / 2})
        EXPECT_EQ(disagreement(c.description, filled(c, held).ledger(), held), "")
            << c.description.codec.text();
}

TEST(AuditTest, AByteTooManyOrTooFewIsADisagreement) {
  const StorageDescription description = features(100, {quantization(4, false)});
  for (const int wrong : {-1, 1}) {
    ByteLedger payload, shared;
    payload.add(Item::kPayload, 60 * 256 + wrong);
    payload.add(Item::kCodecShared, 8);
    EXPECT_THAT(disagreement(description, payload, 60),
                HasSubstr("but the exact formula gives 15360 (256 each)"));
    shared.add(Item::kPayload, 60 * 256);
    shared.add(Item::kCodecShared, 8 + wrong);
    EXPECT_THAT(disagreement(description, shared, 60), HasSubstr("bytes, but the exact formula gives 8"));
  }
}

TEST(AuditTest, EntriesThatDifferHaveNoFormulaToDisagreeWith) {
  ByteLedger ledger;
  ledger.add(Item::kPayload, 777);
  EXPECT_EQ(disagreement(pixels(10, {"jpeg:quality=50"}), ledger, 3), "");
}

TEST(AuditTest, LabelsCountersAndSlackAreOutsideBothFormulas) {
  const AuditRow row = audit_of({features(1000, {"none"})}, 1000);
  EXPECT_EQ(*row.published_mib * 1048576.0, 4096000);
  EXPECT_EQ(row.exact_bytes, 4096000);
  EXPECT_EQ(row.measured_bytes, 4096000 + 1000 + 6 * 10);
}

}  // namespace
}  // namespace packrat
