#include "models/pickle_reader.h"

#include <gtest/gtest.h>

#include <variant>

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

// pickletools.py's instructions that torch.save writes seldom or never.
TEST(PickleReader, ReadsTheInstructionsOfEveryProtocol) {
  EXPECT_EQ(*read("I-12\n.").root->as<std::int64_t>(), -12);
  EXPECT_EQ(*read("I01\n.").root->as<bool>(), true);
  EXPECT_EQ(*read("L7L\n.").root->as<std::int64_t>(), 7);
  EXPECT_EQ(*read("F1.5\n.").root->as<double>(), 1.5);
  EXPECT_EQ(*read("S'hi'\np0\n.").root->as<std::string>(), "hi");
  EXPECT_EQ(*read("Vhi\n.").root->as<std::string>(), "hi");
  EXPECT_EQ(*read("K\x07p3\n0g3\n.").root->as<std::int64_t>(), 7);
  EXPECT_EQ(*read("K\x07(K\x01K\x02\x31.").root->as<std::int64_t>(), 7);           // POP_MARK
  EXPECT_EQ(*read("K\x07(0.").root->as<std::int64_t>(), 7);                        // POP takes the mark
  EXPECT_EQ(read("K\x07\x32\x86.").root->as<PickleSequence>()->items.size(), 2u);  // DUP
  for (const char* const text : {"(K\x01K\x02l.", "(K\x01K\x02\x91.", "\x8f(K\x01K\x02\x90."})
    EXPECT_EQ(read(text).root->as<PickleSequence>()->items.size(), 2u) << text;
  EXPECT_EQ(read("(K\x01K\x02"
                 "d.")
                .root->as<PickleDict>()
                ->items.size(),
            1u);
  EXPECT_EQ(*read(bytes("\x96\x02\x00\x00\x00\x00\x00\x00\x00hi.")).root->as<std::string>(), "hi");
  EXPECT_EQ(read("(cos\nsystem\nK\x01o.").root->as<PickleCall>()->callee, "os.system");
  EXPECT_EQ(read("(K\x01ios\nsystem\n.").root->as<PickleCall>()->callee, "os.system");
  EXPECT_EQ(read("cos\nsystem\n)}\x92.").root->as<PickleCall>()->callee, "os.system");
  EXPECT_EQ(read("Pfar\n.").root->as<PickleCall>()->callee, "persistent");
  EXPECT_EQ(read("\x82\x05.").root->as<PickleGlobal>()->name, "extension 5");
}

TEST(PickleReader, IntegersOfMoreThan64BitsAreLikeNone) {
  for (const std::string& text : {bytes("\x8a\x09\xff\xff\xff\xff\xff\xff\xff\xff\x00."),
                                  "\x8b" + bytes("\x0c\x00\x00\x00") + "123456789012.",
                                  std::string("L123456789012345678901234567890L\n.")})
    EXPECT_NE(read(text).root->as<std::monostate>(), nullptr);
}

TEST(PickleReader, KeepsTheItemsOfClassesDerivedFromDict) {
  const Pickle pickle = read("cmine\nConfig\n)\x81K\x01K\x02s(K\x03K\x04u.");
  const auto* const call = pickle.root->as<PickleCall>();
  ASSERT_NE(call, nullptr);
  ASSERT_NE(call->items, nullptr);
  EXPECT_EQ(call->items->as<PickleDict>()->items.size(), 2u);
  EXPECT_EQ(read("ccollections\nOrderedDict\n((lK\x01K\x02\x86"
                 "atR.")
                .root->as<PickleDict>()
                ->items.size(),
            1u);
  EXPECT_EQ(read("ccollections\ndefaultdict\nc__builtin__\nlist\n\x85RK\x01K\x02s.")
                .root->as<PickleDict>()
                ->items.size(),
            1u);
  EXPECT_NO_THROW(
      read("ccollections\ndeque\n)R(K\x01K\x02"
           "e."));
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
    EXPECT_THROW(read(text), CorruptEntry) << text;
}

TEST(PickleReader, SurvivesDeepAndCircularValues) {
  std::string deep = "K\x01";
  for (int i = 0; i < 1'000'000; ++i) deep += '\x85';
  EXPECT_NO_THROW(read(deep + "."));
  EXPECT_NO_THROW(
      read(bytes("]q\x00h\x00"
                 "a.")));
  EXPECT_THROW(read(std::string(5'000'000, ')') + "."), UserError) << "more values than any checkpoint holds";
}

// Two bytes recall a value, however large it is.
TEST(PickleReader, ValuesThatAreCopiedAgainAndAgainAreRefusedBeforeTheyFillTheMemory) {
  const std::string name(100000, 'x'), mark = bytes("\x80\x04");
  const auto repeated = [](const std::string& what, int times) {
    std::string all;
    for (int i = 0; i < times; ++i) all += what;
    return all;
  };
  const std::string pairs = repeated("(K\x01K\x02t", 20000);
  const std::pair<const char*, std::string> table[] = {
      {"a class with a long name, called",
       mark + "c" + name + "\ny\nq" + '\0' + repeated(bytes("h\x00)R0"), 50000) + "."},
      {"a class with a long name, made",
       mark + "S'" + name + "'\nq" + '\0' + repeated(bytes("h\x00h\x00\x93\x30"), 50000) + "."},
      {"a dict of many pairs", mark + "ccollections\nOrderedDict\nq" + '\0' + "((" + pairs + "ltq\x01" +
                                   repeated(bytes("h\x00h\x01R0"), 20000) + "."}};
  for (const auto& [what, pickle] : table) EXPECT_THROW(read(pickle), CorruptEntry) << what;
}

TEST(PickleReader, NeverCrashesOnRandomBytes) {
  Rng rng(3);
  const std::string instructions =
      "NK()]}t\x85\x86\x87\x61\x65su."
      "cRbQq\x94hX\x8c\x88\x81\x93IFLSVPlodi012gp\x8f\x90\x91\x92\x96\x97\x98\x82\n";
  for (int trial = 0; trial < 20000; ++trial) {
    std::string text;
    for (std::uint64_t i = rng.below(40); i > 0; --i)
      text += rng.below(4) == 0 ? static_cast<char>(rng.below(256))
                                : instructions[rng.below(instructions.size())];
    try {
      read(text);
    } catch (const Error&) {
    }
  }
}

}  // namespace
}  // namespace packrat
