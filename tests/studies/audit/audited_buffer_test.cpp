#include "engine/studies/audit/audited_buffer.h"

#include <gmock/gmock.h>

#include <memory>

#include "compressors/codec.h"
#include "compressors/registry.h"
#include "engine/core/error.h"
#include "engine/core/interrupt.h"
#include "engine/cost/exact_cost.h"
#include "engine/experiment/codec_choice.h"
#include "engine/results/codec_setting.h"
#include "tests/compressors/testing.h"
#include "tests/experiment/small_run.h"

namespace packrat {
namespace {
using ::testing::AllOf;
using ::testing::HasSubstr;

const std::vector<std::int64_t> kSlots{10, 33, 200};  // the last has more slots than there are images

class AuditBuffers : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { world_ = std::make_unique<SmallWorld>(); }
  static void TearDownTestSuite() { world_.reset(); }

  /// The codecs behind the small world's encoder, or without one.
  static std::vector<AuditSetting> settings(const std::vector<std::string>& codecs, bool encoded) {
    std::vector<AuditSetting> all;
    for (const std::string& codec : codecs) {
      AuditSetting setting{world_->config(""), {"codec"}, codec};
      setting.config.codec = codec;
      if (!encoded) {
        setting.config.encoder = "none";
        setting.config.weights.clear();
      }
      all.push_back(std::move(setting));
    }
    return all;
  }

  static std::vector<AuditedBuffer> audited(const std::vector<AuditSetting>& settings) {
    std::vector<AuditedBuffer> buffers;
    audit_buffers(settings, kSlots, {{}, [&](const AuditedBuffer& buffer) { buffers.push_back(buffer); }});
    return buffers;
  }

  static std::unique_ptr<SmallWorld> world_;
};
std::unique_ptr<SmallWorld> AuditBuffers::world_;

Domain domain_of(bool encoded) {
  return encoded ? testing::features(256, 2, 2) : testing::pixels();
}

// What the issue of byte accounting comes down to: every byte of a real buffer of real entries, for every
// codec of the table, is a byte of the formula, a label, a counter or slack.
TEST_F(AuditBuffers, MeasuredIsExactToTheByteForEveryCodecOfTheTableOnPixelsAndOnMaps) {
  for (const bool encoded : {false, true}) {
    const Domain domain = domain_of(encoded);
    for (const AuditedBuffer& b : audited(settings(example_specs(domain), encoded))) {
      SCOPED_TRACE(b.setting + (encoded ? " on maps" : " on pixels"));
      ASSERT_EQ(b.not_available, "");
      EXPECT_EQ(b.disagreement, "");
      EXPECT_EQ(b.held, std::min<std::int64_t>(b.slots, SmallWorld::kTrainImages));
      EXPECT_EQ(b.learned_from.empty(), !must_be_fitted(b.setting));
      const ByteLedger& ledger = b.bytes.ledger;
      EXPECT_EQ(b.bytes.audit.measured_bytes, ledger.buffer_total());
      EXPECT_EQ(ledger.bytes(Item::kLabels), b.held);
      const auto one = exact_cost({CodecSpec::parse(b.codec), domain, 1});
      ASSERT_EQ(one.has_value(), b.bytes.entry_bytes.has_value());
      if (!one) continue;
      EXPECT_EQ(ledger.bytes(Item::kPayload), b.held * one->entry_bytes());
      EXPECT_EQ(ledger.codec_total(), one->shared);
      EXPECT_EQ(b.bytes.audit.exact_bytes, b.slots * one->entry_bytes() + one->shared);
    }
  }
}

TEST_F(AuditBuffers, AreThoseThatARunFills) {
  RunConfig config = world_->config("the run");
  config.num_passes = 1;
  config.num_classes_per_task = 1;
  config.num_tasks = 10;
  config.codec = "quantize:states=4,range=local";
  const RunRecord record = run_experiment(config, false, {});
  AuditSetting setting{config, {"codec"}, config.codec};
  audit_buffers({setting}, {config.memory_size}, {{}, [&](const AuditedBuffer& b) {
                                                    EXPECT_EQ(b.codec, record.codec);
                                                    EXPECT_EQ(b.held, record.held);
                                                    EXPECT_EQ(b.bytes.audit.sentence,
                                                              record.bytes.audit.sentence);
                                                  }});
}

TEST_F(AuditBuffers, ACodecThatIsRefusedIsListedWithTheReasonAndTheOthersAreAudited) {
  const auto all =
      settings({"none", "quantize:states=4,range=tiny_imagenet_transfer", "telepathy", "float16"}, true);
  const std::vector<AuditedBuffer> buffers = audited(all);
  ASSERT_EQ(buffers.size(), 4 * kSlots.size());
  const char* reasons[] = {"", "tiny_imagenet", "'telepathy' is unknown", ""};
  for (std::size_t i = 0; i < buffers.size(); ++i) {
    const std::string reason = reasons[i / kSlots.size()];
    EXPECT_EQ(buffers[i].slots, kSlots[i % kSlots.size()]);
    EXPECT_EQ(buffers[i].not_available.empty(), reason.empty()) << buffers[i].not_available;
    EXPECT_THAT(buffers[i].not_available, HasSubstr(reason));
  }
}

TEST_F(AuditBuffers, AMissingDataSetEndsTheAudit) {
  auto all = settings({"none"}, false);
  all[0].config.data_dir = "/nowhere";
  EXPECT_THAT(testing::message_of<UserError>([&] { audited(all); }), HasSubstr("/nowhere"));
}

TEST_F(AuditBuffers, WhatWasAuditedBeforeAnInterruptionHasBeenHandedOn) {
  std::vector<AuditedBuffer> buffers;
  const AuditHooks hooks{{}, [&](const AuditedBuffer& buffer) {
                           buffers.push_back(buffer);
                           stop_requested() = true;
                         }};
  EXPECT_THROW(audit_buffers(settings({"none", "float16"}, true), kSlots, hooks), Interrupted);
  stop_requested() = false;
  ASSERT_EQ(buffers.size(), kSlots.size());
  EXPECT_EQ(buffers[0].codec, "none");
}

TEST_F(AuditBuffers, ProgressCountsTheImagesOfAllSettings) {
  std::int64_t last = 0, all = 0;
  const ProgressFn progress = [&](std::string_view phase, std::int64_t done, std::int64_t total) {
    if (phase != "audit") return;
    EXPECT_GE(done, last);
    last = done;
    all = total;
  };
  audit_buffers(settings({"none", "telepathy", "float16"}, true), {5}, {progress, {}});
  EXPECT_EQ(all, 3 * SmallWorld::kTrainImages);
  EXPECT_EQ(last, all);
}

/// A codec that claims to be "none", but writes a byte too many.
class Padded : public Stage {
 public:
  std::string spec() const override { return "none"; }
  std::int64_t width_out() const override { return 0; }
  std::optional<std::int64_t> section_bytes() const override { return 4 * 4 + 1; }
  void encode(ConstRows in, Rows, EntryBatch& section) const override { section.append(in.count, 17); }
  void decode(ConstRows, Rows, std::vector<ByteReader>&) const override {}
};

TEST(DisagreementOf, NamesThePartOfAnEntryThatTakesMoreThanTheFormula) {
  std::vector<std::unique_ptr<Stage>> stages;
  stages.push_back(std::make_unique<Padded>());
  ReplayBuffer buffer(std::make_shared<const Codec>(testing::features(4, 1, 1), std::move(stages)), 2,
                      Budget::slots(3));
  EXPECT_THAT(disagreement_of(buffer),
              AllOf(HasSubstr("the values of an entry take 17"), HasSubstr("gives 16")));
}

}  // namespace
}  // namespace packrat
