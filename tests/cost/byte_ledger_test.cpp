#include "engine/cost/byte_ledger.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace packrat {
namespace {

TEST(ByteLedgerTest, EveryItemHasItsOwnNameAndMeaning) {
  std::set<std::string_view> names, meanings;
  for (const Item item : kItems) {
    names.insert(item_name(item));
    meanings.insert(item_meaning(item));
  }
  EXPECT_EQ(names.size(), kItems.size());
  EXPECT_EQ(meanings.size(), kItems.size());
  EXPECT_EQ(item_name(Item::kCodecShared), "codec_shared");
  EXPECT_EQ(item_name(Item::kHeadWeights), "head_weights");
}

TEST(ByteLedgerTest, TheBuffersTotalLeavesOutTheNetworks) {
  ByteLedger ledger;
  std::int64_t bytes = 1;
  for (const Item item : kItems) ledger.add(item, bytes *= 10);
  EXPECT_EQ(ledger.buffer_total(), 111111110);
  EXPECT_EQ(ledger.codec_total(), 1000000 + 10000000 + 100000000);
  EXPECT_EQ(ledger.total(), 1111111111110);
  EXPECT_EQ(ledger.kept_total(), 111111110 + 100000000000);
  EXPECT_FALSE(in_buffer(Item::kEncoderWeights));
  EXPECT_TRUE(in_buffer(Item::kSlack));
}

TEST(ByteLedgerTest, WhatIsAddedTwiceCountsTwice) {
  ByteLedger ledger;
  ledger.add(Item::kIndex, 3);
  ledger.add(Item::kIndex, 4);
  EXPECT_EQ(ledger.bytes(Item::kIndex), 7);
}

}  // namespace
}  // namespace packrat
