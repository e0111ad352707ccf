#include "models/pickle_reader.h"

#include <gtest/gtest.h>

#include "engine/core/error.h"
#include "engine/core/rng.h"

namespace packrat {
namespace {

Pickle read(const std::string& text) {
  return read_pickle({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
}

// A literal with zero bytes in it.
template <std::size_t size>
std::string bytes(const char (&literal)[size]) {
  return std::string(literal, size - 1);
}

TEST(PickleReader, ReadsPlainValues) {
  EXPECT_EQ(*read(bytes("\x80\x02K\x07.")).root->as<std::int64_t>(), 7);
  EXPECT_EQ(*read(bytes("J\xff\xff\xff\xff.")).root->as<std::int64_t>(), -1);
  EXPECT_EQ(*read(bytes("\x8a\x02\x00\xff.")).root->as<std::int64_t>(), -256);
  EXPECT_EQ(*read(bytes("\x8a\x00.")).root->as<std::int64_t>(), 0);
  EXPECT_EQ(*read(bytes("G\x3f\xf8\x00\x00\x00\x00\x00\x00.")).root->as<double>(), 1.5);
  EXPECT_EQ(*read(bytes("X\x02\x00\x00\x00hi.")).root->as<std::string>(), "hi");
  EXPECT_EQ(read("(K\x01K\x02t.").root->as<PickleSequence>()->items.size(), 2u);
}

TEST(PickleReader, KeepsCallsAsData) {
  // os.system("true"), as a hostile checkpoint would have it run.
  const Pickle pickle = read(bytes("cos\nsystem\n(X\x04\x00\x00\x00truetR."));
  const auto* const call = pickle.root->as<PickleCall>();
  ASSERT_NE(call, nullptr);
  EXPECT_EQ(call->callee, "os.system");
}

TEST(PickleReader, RefusesBrokenPickles) {
  for (const std::string& text :
       {std::string(), std::string("K"), std::string("."), std::string("t."), std::string("h\x05."),
        std::string("K\x01\x85"), std::string("a."), std::string("R."), std::string("(R."), std::string("i."),
        std::string("}K\x01(K\x02u."), std::string("X\xff\xff\xff\xff."), std::string("cname")})
    EXPECT_THROW(read(text), UserError) << text;
}

TEST(PickleReader, SurvivesDeepAndCircularValues) {
  std::string deep = "K\x01";
  for (int i = 0; i < 1'000'000; ++i) deep += '\x85';
  EXPECT_NO_THROW(read(deep + "."));
  EXPECT_NO_THROW(
      read(bytes("]q\x00h\x00"
                 "a.")));
  EXPECT_THROW(read(std::string(3'000'000, ')') + "."), UserError) << "more values than any checkpoint holds";
}

TEST(PickleReader, NeverCrashesOnRandomBytes) {
  Rng rng(3);
  const std::string instructions = "NK()]}t\x85\x86\x87\x61\x65su.cRbQq\x94hX\x8c\x88\x81\x93";
  for (int trial = 0; trial < 20000; ++trial) {
    std::string text;
    for (std::uint64_t i = rng.below(40); i > 0; --i)
      text += rng.below(4) == 0 ? static_cast<char>(rng.below(256))
                                : instructions[rng.below(instructions.size())];
    try {
      read(text);
    } catch (const UserError&) {
    }
  }
}

}  // namespace
}  // namespace packrat
