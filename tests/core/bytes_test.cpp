#include "engine/core/bytes.h"

#include <gtest/gtest.h>

#include <cstdint>

namespace packrat {
namespace {

TEST(ByteSize, ReadsNumbersWithAndWithoutUnits) {
  const std::vector<std::pair<const char*, std::int64_t>> cases{
      {"1", 1},
      {"1536000", 1536000},
      {"12 B", 12},
      {"600KiB", 614400},
      {"1.5MiB", 1572864},
      {"1.5 mib", 1572864},
      {"2 GB", 2000000000},
      {"2GiB", 2147483648},
      {"3kb", 3000},
      {"0.5MB", 500000},
      {"1e6", 1000000},
      {" 7", 7},
      {"7 ", 7},
      {"1.9KiB", 1945},  // bytes are whole: rounded down, so that a budget is never overrun
      {"0.001KiB", 1},
      {"010", 10},
      {"0100KB", 100000},
      {"1e6", 1000000},
      {"9223372036854775807", INT64_MAX},
  };
  for (const auto& [text, bytes] : cases) EXPECT_EQ(parse_byte_size(text), bytes) << text;
}

TEST(ByteSize, RefusesEverythingElseAndQuotesIt) {
  for (const char* text : {"",
                           " ",
                           "abc",
                           "MiB",
                           "0",
                           "-1",
                           "-1.5MiB",
                           "0.5",
                           "1.5 XiB",
                           "1MiBs",
                           "1 2",
                           "1,5MiB",
                           "nan",
                           "inf",
                           "1e30",
                           "10TB",
                           "1.5.5MiB",
                           "0x",
                           "--5",
                           "0x10",
                           "0x10KiB",
                           "1.5",
                           "0.5B",
                           "9223372036854775808",
                           "9000000000GiB",
                           "+1",
                           "1.9",
                           "1e",
                           "infMiB"}) {
    try {
      parse_byte_size(text);
      ADD_FAILURE() << "accepted '" << text << "'";
    } catch (const UserError& error) {
      const std::string message = error.what();
      EXPECT_NE(message.find("'" + std::string(text) + "'"), std::string::npos) << message;
      EXPECT_NE(message.find("1.5MiB"), std::string::npos) << "no remedy: " << message;
      EXPECT_EQ(message.find('\n'), std::string::npos);
    }
  }
}

TEST(ByteSize, IsWrittenWithTheLargestFittingUnit) {
  const std::vector<std::pair<std::int64_t, const char*>> cases{{0, "0 B"},
                                                                {1023, "1023 B"},
                                                                {1024, "1.00 KiB"},
                                                                {1536000, "1.46 MiB"},
                                                                {1048576, "1.00 MiB"},
                                                                {1073741824, "1.00 GiB"},
                                                                {1LL << 40, "1024.00 GiB"}};
  for (const auto& [bytes, text] : cases) EXPECT_EQ(format_byte_size(bytes), text);
}

TEST(Bytes, ReaderGivesBackWhatWriterPutDown) {
  std::vector<std::uint8_t> bytes;
  ByteWriter out(bytes);
  out.value(std::uint8_t{7});
  out.value(std::uint32_t{0x01020304});
  out.value(-2.5f);
  out.value(std::int64_t{-9});
  out.bytes("abc", 3);
  EXPECT_EQ(bytes.size(), 1U + 4 + 4 + 8 + 3);
  EXPECT_EQ(bytes[1], 4) << "values are little-endian";

  ByteReader in({bytes.data(), bytes.size()});
  EXPECT_EQ(in.value<std::uint8_t>(), 7);
  EXPECT_EQ(in.value<std::uint32_t>(), 0x01020304U);
  EXPECT_EQ(in.value<float>(), -2.5f);
  EXPECT_EQ(in.value<std::int64_t>(), -9);
  EXPECT_EQ(in.left(), 3U);
  EXPECT_EQ(std::memcmp(in.bytes(3), "abc", 3), 0);
  EXPECT_EQ(in.left(), 0U);
}

TEST(Bytes, ReadingPastTheEndIsACorruptEntryAtEveryLength) {
  const std::vector<std::uint8_t> bytes(16, 1);
  for (std::size_t size = 0; size < 8; ++size) {
    ByteReader in({bytes.data(), size});
    EXPECT_THROW(in.value<std::uint64_t>(), CorruptEntry) << size << " bytes";
    EXPECT_EQ(in.left(), size) << "a failed read must not move on";
    EXPECT_THROW(in.bytes(size + 1), CorruptEntry);
    EXPECT_NO_THROW(in.bytes(size));
  }
  ByteReader in({bytes.data(), bytes.size()});
  in.value<std::uint8_t>();
  EXPECT_THROW(in.bytes(SIZE_MAX), CorruptEntry) << "a length that would overflow";
}

TEST(Bytes, AnEmptyViewHasNothing) {
  ByteReader in(ByteView{});
  EXPECT_EQ(in.left(), 0U);
  EXPECT_NO_THROW(in.bytes(0));
  EXPECT_THROW(in.value<std::uint8_t>(), CorruptEntry);
}

}  // namespace
}  // namespace packrat
