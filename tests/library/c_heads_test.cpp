// Streaming heads through the C interface.
#include <gmock/gmock.h>

#include <vector>

#include "tests/library/c_stream.h"

namespace packrat::c {
namespace {

TEST(CHeadsTest, AHeadLearnsAndGoesOnFromItsBytes) {
  if (!has_heads()) GTEST_SKIP();
  for (const char* spec : {"ncm", "slda:precision=bfloat16", "ridge"}) {
    pkr_head* made = nullptr;
    ASSERT_EQ(pkr_head_make(spec, kMaps.shape, 5, 0, 2, &made), PKR_OK) << pkr_last_error();
    const Owned<pkr_head> head(made);
    EXPECT_EQ(pkr_head_values(head.get()), kValues);
    EXPECT_EQ(pkr_head_fit(head.get()), PKR_ERROR_ARGUMENT) << "nothing was observed";
    ASSERT_EQ(pkr_head_observe(head.get(), data().rows.data(), data().labels.data(), 150), PKR_OK);
    std::vector<float> scores(10 * 5), again(scores.size());
    EXPECT_EQ(pkr_head_scores(head.get(), data().rows.data(), 10, scores.data()), PKR_ERROR_ARGUMENT);
    std::uint8_t* bytes = nullptr;
    std::int64_t size = 0;
    EXPECT_EQ(pkr_head_to_bytes(head.get(), &bytes, &size), PKR_ERROR_ARGUMENT) << "within a task";
    ASSERT_EQ(pkr_head_end_of_task(head.get()), PKR_OK);
    ASSERT_EQ(pkr_head_to_bytes(head.get(), &bytes, &size), PKR_OK) << pkr_last_error();
    const Owned<std::uint8_t> owner(bytes);
    EXPECT_GT(size, pkr_head_kept_bytes(head.get()));
    pkr_head* read = nullptr;
    ASSERT_EQ(pkr_head_from_bytes(bytes, size, 1, &read), PKR_OK) << pkr_last_error();
    const Owned<pkr_head> read_owner(read);
    EXPECT_STREQ(pkr_head_spec(read), pkr_head_spec(head.get()));
    for (pkr_head* one : {head.get(), read}) {
      ASSERT_EQ(pkr_head_observe(one, data().rows.data() + 150 * kValues, data().labels.data() + 150, 150),
                PKR_OK);
      ASSERT_EQ(pkr_head_fit(one), PKR_OK) << pkr_last_error();
      ASSERT_EQ(pkr_head_scores(one, data().rows.data(), 10, one == read ? again.data() : scores.data()),
                PKR_OK);
    }
    EXPECT_EQ(scores, again) << spec;
    for (std::int64_t at = 0; at < size; at += 5) {
      bytes[at] ^= 2;
      pkr_head* damaged = nullptr;
      EXPECT_NE(pkr_head_from_bytes(bytes, size, 1, &damaged), PKR_OK) << spec << ", byte " << at;
      bytes[at] ^= 2;
    }
  }
}

Owned<pkr_head> head_of(const char* spec, std::uint64_t seed, std::int64_t begin, std::int64_t end) {
  pkr_head* head = nullptr;
  EXPECT_EQ(pkr_head_make(spec, kMaps.shape, 5, seed, 1, &head), PKR_OK) << pkr_last_error();
  EXPECT_EQ(
      pkr_head_observe(head, data().rows.data() + begin * kValues, data().labels.data() + begin, end - begin),
      PKR_OK);
  return Owned<pkr_head>(head);
}

TEST(CHeadsTest, HeadsThatLearnedApartBecomeOne) {
  if (!has_heads()) GTEST_SKIP();
  for (const char* spec : {"ncm", "slda", "ridge:features=30", "qda"}) {
    const auto all = head_of(spec, 0, 0, 300), first = head_of(spec, 0, 0, 120),
               second = head_of(spec, 0, 120, 300);
    EXPECT_EQ(pkr_head_merge(first.get(), second.get()), PKR_ERROR_ARGUMENT) << "the other is within a task";
    ASSERT_EQ(pkr_head_end_of_task(second.get()), PKR_OK);
    ASSERT_EQ(pkr_head_merge(first.get(), second.get()), PKR_OK) << pkr_last_error();
    std::vector<float> scores(300 * 5), expected(scores.size());
    EXPECT_EQ(pkr_head_scores(first.get(), data().rows.data(), 300, scores.data()), PKR_ERROR_ARGUMENT)
        << "not fitted";
    for (pkr_head* head : {first.get(), all.get()}) {
      ASSERT_EQ(pkr_head_fit(head), PKR_OK) << pkr_last_error();
      ASSERT_EQ(
          pkr_head_scores(head, data().rows.data(), 300, head == all.get() ? expected.data() : scores.data()),
          PKR_OK);
    }
    for (std::size_t i = 0; i < scores.size(); ++i)
      ASSERT_NEAR(scores[i], expected[i], 1e-3) << spec << ", " << i;
    const auto other = head_of("ncm:metric=cosine", 0, 0, 10), seeded = head_of(spec, 7, 0, 10);
    for (pkr_head* stranger : {other.get(), seeded.get()}) {
      ASSERT_EQ(pkr_head_end_of_task(stranger), PKR_OK);
      EXPECT_EQ(pkr_head_merge(first.get(), stranger), PKR_ERROR_ARGUMENT);
      EXPECT_THAT(pkr_last_error(), ::testing::HasSubstr("make both alike"));
    }
  }
}

}  // namespace
}  // namespace packrat::c
