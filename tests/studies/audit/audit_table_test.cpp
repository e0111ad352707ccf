#include "engine/studies/audit/audit_table.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "engine/core/csv.h"

namespace packrat {
namespace {
using ::testing::HasSubstr;
using ::testing::Not;

AuditedBuffer example() {
  AuditedBuffer buffer;
  buffer.dataset = "CIFAR10";
  buffer.encoder = "cutr34";
  buffer.encoding_block = "3";
  buffer.setting = "quantization 4 local";
  buffer.slots = 1000;
  buffer.codec = "quantize:states=4,range=local";
  buffer.classes = 10;
  buffer.held = 1000;
  buffer.bytes.entry_bytes = 264;
  buffer.bytes.ledger.add(Item::kPayload, 264000);
  buffer.bytes.ledger.add(Item::kLabels, 1000);
  buffer.bytes.ledger.add(Item::kIndex, 60);
  Domain domain;
  domain.shape = {256, 2, 2};
  buffer.bytes.audit = audit({CodecSpec::parse(buffer.codec), domain, 1000}, buffer.bytes.ledger, 1000);
  return buffer;
}

AuditedBuffer refused() {
  AuditedBuffer buffer = example();
  buffer.setting = "convae 2 16";
  buffer.not_available = "not in this version, \"yet\"";
  return buffer;
}

TEST(AuditTable, ShowsTheThreeColumnsAndTheirRatios) {
  const std::string text = markdown_text(brief_audit_table({example(), refused()}));
  EXPECT_THAT(text, HasSubstr("| CIFAR10  | cutr34(3) | quantization 4 local |  1000 |"));
  // (256 + 16) x 1000 / 8 = 34000 bytes published; (256 + 8) x 1000 exact; 1000 labels and 60 bytes of
  // counters more.
  for (const char* figure :
       {" 0.03242 |", " 34000.0 |", " 264000 |", " 265060 |", " 7.7647 |", " 7.7959 |", " 1.0040 |"})
    EXPECT_THAT(text, HasSubstr(figure));
  EXPECT_THAT(text, HasSubstr("| convae 2 16 "));
}

TEST(AuditTable, TheFullOneIsCsvWithTheLedgerAndTheReasons) {
  const CsvTable csv = parse_csv(csv_text(full_audit_table({example(), refused()})), "audit.csv");
  ASSERT_EQ(csv.rows.size(), 2U);
  EXPECT_EQ(csv.rows[0][csv.column("spec")], "quantize:states=4,range=local");
  EXPECT_EQ(csv.required_number(0, csv.column("published MiB")), 0.0324249267578125);
  EXPECT_EQ(csv.required_number(0, csv.column("payload")), 264000);
  EXPECT_EQ(csv.required_number(0, csv.column("index")), 60);
  EXPECT_THAT(csv.heading, Not(::testing::Contains("head_weights")));
  EXPECT_THAT(csv.rows[0][csv.column("why")], HasSubstr("divides bytes by 8 again (+238000 bytes)"));
  EXPECT_EQ(csv.rows[1][csv.column("measured bytes")], "");
  EXPECT_EQ(csv.rows[1][csv.column("why")], "not available: not in this version, \"yet\"");
}

TEST(AuditTable, JsonHasEveryReasonWithItsBytes) {
  const auto list = nlohmann::json::parse(audit_json({example(), refused()}));
  ASSERT_EQ(list.size(), 2U);
  const auto& bytes = list[0].at("bytes");
  double sum = bytes.at("published_mib").get<double>() * 1048576;
  for (const char* parts : {"published_to_exact", "exact_to_measured"})
    for (const auto& part : bytes.at(parts)) sum += part.at("bytes").get<double>();
  EXPECT_EQ(sum, bytes.at("measured").get<double>());
  EXPECT_EQ(list[0].at("disagreement"), "");
  EXPECT_EQ(list[1].at("not_available"), "not in this version, \"yet\"");
  EXPECT_FALSE(list[1].contains("bytes"));
}

TEST(AuditTable, ATitleNamesDataSetEncoderCodecAndSlots) {
  EXPECT_EQ(title_of(example()), "CIFAR10, cutr34(3), quantization 4 local, 1000 slots");
}

}  // namespace
}  // namespace packrat
