#include "engine/buffer/class_counts.h"

#include <gmock/gmock.h>

#include "engine/core/rng.h"

namespace packrat {
namespace {

TEST(ClassCountsTest, AClassStaysSeenWhenItsLastEntryGoes) {
  ClassCounts counts(3);
  EXPECT_FALSE(counts.has_seen(2));
  counts.add(2);
  counts.remove(2);
  EXPECT_TRUE(counts.has_seen(2));
  EXPECT_EQ(counts.held(2), 0);
  EXPECT_EQ(counts.seen(), 1);
  EXPECT_EQ(counts.total(), 0);
  EXPECT_THROW(counts.remove(2), std::logic_error);
  EXPECT_THROW(counts.remove(0), std::logic_error);
}

TEST(ClassCountsTest, TheLargestClassIsTheOneSeenFirstOfSeveral) {
  ClassCounts counts(4);
  for (const int label : {3, 1, 1, 3}) counts.add(label);
  EXPECT_EQ(counts.largest_with(0), 3) << "3 and 1 hold two each, 3 was seen first";
  EXPECT_EQ(counts.largest_with(1), 1) << "the incoming entry counts";
  counts.remove(3);
  counts.remove(1);
  EXPECT_EQ(counts.largest_with(0), 3) << "a class that is new itself was seen last";
}

TEST(ClassCountsTest, AnEmptyBufferHasOnlyTheIncomingClass) {
  EXPECT_EQ(ClassCounts(4).largest_with(2), 2);
}

TEST(ClassCountsTest, ItsImageIsItsBytesAndRebuildsIt) {
  for (const int classes : {1, 2, 10, 257, 65536}) {
    ClassCounts counts(classes);
    Rng rng(7);
    for (int i = 0; i < 500; ++i)
      counts.add(static_cast<int>(rng.below(static_cast<std::uint64_t>((classes + 1) / 2))));
    const auto image = counts.image();
    EXPECT_EQ(static_cast<std::int64_t>(image.size()), counts.bytes()) << classes;
    ByteReader reader({image.data(), image.size()});
    const ClassCounts again = ClassCounts::from_image(classes, reader);
    EXPECT_EQ(again.image(), image) << classes;
    EXPECT_EQ(again.seen(), counts.seen()) << classes;
    EXPECT_EQ(again.total(), 500) << classes;
  }
}

TEST(ClassCountsTest, AContradictoryImageIsRefused) {
  ClassCounts counts(3);
  counts.add(2);
  counts.add(1);
  const auto good = counts.image();
  const auto with = [&](std::size_t at, std::uint8_t value) {
    auto image = good;
    image[at] = value;
    ByteReader reader({image.data(), image.size()});
    return ClassCounts::from_image(3, reader);
  };
  EXPECT_NO_THROW(with(0, good[0]));
  EXPECT_THROW(with(3, 0x80), CorruptEntry) << "a negative count";
  EXPECT_THROW(with(12, 1), CorruptEntry) << "class 1 listed twice";
  EXPECT_THROW(with(12, 0), CorruptEntry) << "a class listed that was never seen";
  EXPECT_THROW(with(12, 9), CorruptEntry) << "no such class";
  EXPECT_THROW(with(16, 1), CorruptEntry) << "more classes listed than seen";
  ByteReader short_reader({good.data(), good.size() - 1});
  EXPECT_THROW(ClassCounts::from_image(3, short_reader), CorruptEntry);
}

TEST(ClassCountsTest, ANumberOfClassesOutOfRangeIsNamed) {
  for (const int classes : {-1, 0, 65537}) {
    try {
      ClassCounts counts(classes);
      ADD_FAILURE() << classes << " was accepted";
    } catch (const UserError& error) {
      EXPECT_THAT(error.what(), ::testing::HasSubstr(std::to_string(classes) + " classes"));
    }
  }
}

}  // namespace
}  // namespace packrat
