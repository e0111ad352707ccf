// Damaged entries: each is either refused with CorruptEntry or decodes to numbers; nothing crashes.
#include <gtest/gtest.h>

#include <cmath>

#include "tests/compressors/testing.h"

namespace packrat {
namespace {

using namespace packrat::testing;  // NOLINT: the helpers of this folder

std::vector<Domain> small_domains() {
  return {features(256, 2, 2), features(7, 3, 5), pixels(5, 7)};
}

// True when the bytes were refused.
bool refused(const Codec& codec, const std::vector<std::uint8_t>& bytes) {
  // A copy of exact size on the heap, so that a sanitizer sees a read past the end.
  const std::vector<std::uint8_t> exact(bytes.begin(), bytes.end());
  try {
    for (float value : decode(codec, {ByteView{exact.data(), exact.size()}}))
      EXPECT_TRUE(std::isfinite(value));
  } catch (const CorruptEntry&) {
    return true;
  }
  return false;
}

template <class F>
void for_every_small_codec(const F& check) {
  for (const Domain& domain : small_domains())
    for (const std::string& spec : example_specs(domain)) {
      SCOPED_TRACE(spec + " on " + name_of(domain));
      check(codec_for(spec, domain));
    }
}

TEST(CorruptEntries, TruncatedOnesAreRefusedAtEveryLength) {
  Rng rng(1);
  for_every_small_codec([&](const Codec& codec) {
    std::vector<std::uint8_t> bytes = encode(codec, rows_for(codec.domain(), 1, rng)).bytes;
    EXPECT_FALSE(refused(codec, bytes));
    while (!bytes.empty()) {
      bytes.pop_back();
      ASSERT_TRUE(refused(codec, bytes)) << bytes.size() << " bytes left";
    }
  });
}

TEST(CorruptEntries, OverLongOnesAreRefused) {
  Rng rng(2);
  for_every_small_codec([&](const Codec& codec) {
    std::vector<std::uint8_t> bytes = encode(codec, rows_for(codec.domain(), 1, rng)).bytes;
    for (int extra = 1; extra < 20; ++extra) {
      bytes.push_back(0);
      EXPECT_TRUE(refused(codec, bytes)) << extra;
    }
  });
}

TEST(CorruptEntries, RandomBytesAndFlippedBitsNeverCrash) {
  Rng rng(3);
  for_every_small_codec([&](const Codec& codec) {
    const std::vector<std::uint8_t> good = encode(codec, rows_for(codec.domain(), 1, rng)).bytes;
    for (int trial = 0; trial < 60; ++trial) {
      std::vector<std::uint8_t> bytes = good;
      if (trial % 2 == 0)
        for (auto& byte : bytes) byte = static_cast<std::uint8_t>(rng.next());
      else
        for (int flips = 0; flips < 4; ++flips)
          bytes[rng.below(bytes.size())] ^= static_cast<std::uint8_t>(1u << rng.below(8));
      refused(codec, bytes);
    }
  });
}

void put_float(std::vector<std::uint8_t>& bytes, std::size_t at, float value) {
  std::memcpy(&bytes[at], &value, 4);
}
void put_u16(std::vector<std::uint8_t>& bytes, std::size_t at, int value) {
  const auto u16 = static_cast<std::uint16_t>(value);
  std::memcpy(&bytes[at], &u16, 2);
}

TEST(CorruptEntries, ImpossibleRangesAreRefused) {
  const Codec codec = make_codec("quantize:states=4,range=local", features(1, 1, 8));
  const std::vector<std::uint8_t> good = encode(codec, {0, 1, 2, 3, 4, 5, 6, 7}).bytes;
  const std::vector<std::pair<float, float>> ranges{{1, 0},          {NAN, 1},      {0, NAN},
                                                    {-INFINITY, 0},  {0, INFINITY}, {INFINITY, INFINITY},
                                                    {-3e38f, 3e38f}, {2, 2}};
  for (const auto& [lo, hi] : ranges) {  // {2, 2}: a constant map has no codes but 0
    std::vector<std::uint8_t> bytes = good;
    put_float(bytes, 0, lo);
    put_float(bytes, 4, hi);
    EXPECT_TRUE(refused(codec, bytes)) << lo << " to " << hi;
  }
}

TEST(CorruptEntries, CodesWithoutAStateAndBitsAfterTheLastCodeAreRefused) {
  for (const char* range : {"local", "0:1"}) {
    const Codec codec = make_codec(std::string("quantize:states=3,range=") + range, features(1, 1, 3));
    std::vector<std::uint8_t> bytes = encode(codec, {0, 0.5f, 1}).bytes;
    EXPECT_EQ(bytes.back(), 0b100100);
    for (int damaged : {0b110100, 0b100111, 0b01100100, 0b10100100}) {
      bytes.back() = static_cast<std::uint8_t>(damaged);
      EXPECT_TRUE(refused(codec, bytes)) << range << ", codes " << damaged;
    }
  }
}

TEST(CorruptEntries, CoordinatesThatDoNotAscendBelowTheLengthAreRefused) {
  for (const char* spec : {"thin:factor=0.5,index=coordinates16",
                           "thin:factor=0.5,index=coordinates16|quantize:states=4,range=0:8"}) {
    const Codec codec = make_codec(spec, features(1, 1, 8));
    const std::vector<std::uint8_t> good = encode(codec, {0, 1, 2, 3, 4, 5, 6, 7}).bytes;
    const std::size_t first = good.size() == 24 ? 0 : 1;  // after one byte of codes in the chain
    for (const std::array<int, 4>& at :
         {std::array{4, 5, 6, 8}, {4, 5, 5, 7}, {5, 4, 6, 7}, {4, 5, 6, 65535}}) {
      std::vector<std::uint8_t> bytes = good;
      for (std::size_t j = 0; j < 4; ++j) put_u16(bytes, first + 2 * j, at[j]);
      EXPECT_TRUE(refused(codec, bytes)) << spec << ", last " << at[3];
    }
    EXPECT_FALSE(refused(codec, good));
  }
}

TEST(CorruptEntries, StoredNanAndInfinityAreRefused) {
  for (const char* spec : {"none", "thin:factor=0.5"}) {
    const Codec codec = make_codec(spec, features(1, 1, 8));
    for (float bad : {NAN, INFINITY, -INFINITY}) {
      std::vector<std::uint8_t> bytes = encode(codec, {0, 1, 2, 3, 4, 5, 6, 7}).bytes;
      put_float(bytes, bytes.size() - 4, bad);
      EXPECT_TRUE(refused(codec, bytes)) << spec;
    }
  }
}

TEST(CorruptEntries, TheMessageNamesTheEntry) {
  const Codec codec = make_codec("none", features(1, 1, 2));
  const EntryBatch batch = encode(codec, {1, 2, 3, 4});
  std::vector<ByteView> entries = views(batch);
  entries[1].size = 7;
  const std::string message = message_of<CorruptEntry>([&] { decode(codec, entries); });
  EXPECT_NE(message.find("entry 1 of the batch has 7 bytes"), std::string::npos) << message;
}

}  // namespace
}  // namespace packrat
