// Entropy-coded entries: lossless, near the entropy of their symbols, and what they share is worth its bytes.
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "compressors/entropy_bound.h"
#include "tests/compressors/testing.h"

namespace packrat {
namespace {

using namespace packrat::testing;  // NOLINT: the helpers of this folder

Codec fitted(const std::string& spec, const Domain& domain, const std::vector<float>& train) {
  const std::int64_t n = domain.values(), count = static_cast<std::int64_t>(train.size()) / n,
                     held_out = count / 10;
  return fit_codec(
      spec, domain,
      {{train.data(), count - held_out, n}, {train.data() + (count - held_out) * n, held_out, n}}, {});
}

/// The chain before its entropy coder.
Codec without_coder(const Codec& codec) {
  const std::string spec = codec.spec().substr(0, codec.spec().rfind('|'));
  std::vector<std::uint8_t> shared = codec.shared();
  shared.resize(shared.size() - codec.coder()->shared().size());
  return make_codec(spec, codec.domain(), {shared.data(), shared.size()});
}

template <class F>
void for_every_coded(const F& check) {
  for (const Domain& domain : all_domains())
    for (const std::string& spec : example_specs(domain)) {
      if (spec.find("|entropy") == std::string::npos) continue;
      const Codec codec = codec_for(spec, domain);
      SCOPED_TRACE(spec + " on " + name_of(domain));
      check(codec, without_coder(codec));
    }
}

TEST(Entropy, LosesNothing) {
  Rng rng(1);
  int checked = 0;
  for_every_coded([&](const Codec& codec, const Codec& plain) {
    const std::vector<float> rows = rows_for(codec.domain(), 20, rng);
    EXPECT_TRUE(
        same_bits(decode(codec, views(encode(codec, rows))), decode(plain, views(encode(plain, rows)))));
    ++checked;
  });
  EXPECT_GT(checked, 40);
}

TEST(Entropy, NeverMakesAnEntryMoreThanAByteLarger) {
  Rng rng(2);
  for_every_coded([&](const Codec& codec, const Codec& plain) {
    std::vector<float> rows =
        normal_values(8 * codec.domain().values(), rng);  // unlike what was learned from
    for (float& value : rows) value = std::abs(value);
    const EntryBatch coded = encode(codec, rows), as_is = encode(plain, rows);
    for (std::int64_t i = 0; i < coded.count(); ++i) EXPECT_LE(coded.entry(i).size, as_is.entry(i).size + 1);
  });
}

TEST(Entropy, RansIsWithinThreePercentOfTheZerothOrderEntropyOf4BitCodes) {
  Rng rng(3);
  const Domain domain = features(256, 2, 2);
  const std::vector<float> train = relu_like(2000 * 1024, rng), test = relu_like(500 * 1024, rng);
  for (const char* spec :
       {"quantize:states=16,range=fit|entropy:coder=rans",
        "quantize:states=16,range=0:4,zero=exact|entropy:coder=rans",
        "quantize:states=16,range=local|entropy:coder=rans", "codebook:states=16|entropy:coder=rans"}) {
    const Codec codec = fitted(spec, domain, train);
    const EntropyBound bound = *entropy_bound(codec, {test.data(), 500, 1024});
    const double bits = 8.0 * static_cast<double>(encode(codec, test).bytes.size()) / 500;
    EXPECT_GE(bits, bound.values) << spec;
    EXPECT_LE(bits, 1.03 * bound.all()) << spec;
    EXPECT_LT(codec.shared().size(), 600u) << spec;
  }
}

TEST(Entropy, AutoTakesTheSmallerOfTheTwo) {
  Rng rng(4);
  const Domain domain = features(64, 2, 2);
  const std::vector<float> noise = relu_like(400 * 256, rng);
  // Maps of which there are only three: a dictionary memorizes them, frequencies do not.
  std::vector<float> repeats;
  for (int i = 0; i < 400; ++i)
    repeats.insert(repeats.end(), noise.begin() + 256 * (i % 3), noise.begin() + 256 * (i % 3 + 1));
  for (const auto& [rows, winner] : {std::pair{noise, "rANS"}, std::pair{repeats, "zstd"}}) {
    const Codec best = fitted("quantize:states=16,range=fit|entropy", domain, rows);
    EXPECT_EQ(best.coder()->summary().rfind(winner, 0), 0u) << best.coder()->summary();
    const std::size_t bytes = encode(best, rows).bytes.size();
    for (const char* coder : {"rans", "zstd"}) {
      const Codec one =
          fitted(std::string("quantize:states=16,range=fit|entropy:coder=") + coder, domain, rows);
      EXPECT_LE(bytes, encode(one, rows).bytes.size()) << coder;
    }
  }
}

TEST(Entropy, SharesNothingThatDoesNotPay) {
  Rng rng(5);
  std::vector<float> rows(400 * 3072);
  const Domain domain = pixels();
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::size_t c = i / 1024 % 3;
    rows[i] = normalised_pixel(static_cast<std::uint8_t>(rng.below(256)), domain.mean[c], domain.std[c]);
  }
  EXPECT_EQ(fitted("none|entropy:coder=rans", domain, rows).shared().size(), 1u) << "noise has no statistics";
  EXPECT_EQ(fitted("none|entropy:coder=zstd", domain, rows).shared().size(), 0u) << "nor a dictionary";
}

TEST(Entropy, IsWrittenInOneWay) {
  const Domain domain = features(4, 2, 2);
  for (const auto& [given, normal] : {std::pair{"none|entropy", "none|entropy"},
                                      {"none|entropy:auto", "none|entropy"},
                                      {"none|entropy:coder=auto", "none|entropy"},
                                      {"none | entropy : rans", "none|entropy:coder=rans"},
                                      {"none|entropy:zstd", "none|entropy:coder=zstd"}}) {
    EXPECT_EQ(normal_form(given), normal) << given;
    EXPECT_EQ(codec_for(given, domain).spec(), normal) << given;
  }
}

TEST(Entropy, RefusesWhereItCannotStand) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"entropy", "a stage has to stand before it: write none|entropy"},
      {"entropy|none", "put it last"},
      {"none|entropy|entropy", "put it last"},
      {"none|entropy:lzma", "choose from auto, rans, zstd"},
      {"none|entropy:rans,coder=zstd", "given twice"},
      {"none|entropy:rans,zstd", "given twice"},
      {"none|entropy:level=3", "'level' is unknown"},
      {"none|entropy:", "is unknown: 'entropy' takes coder="}};
  for (const auto& [spec, remedy] : cases) {
    const std::string message = message_of<UserError>([spec = spec] { codec_for(spec, features(4, 2, 2)); });
    EXPECT_NE(message.find(remedy), std::string::npos) << "'" << spec << "' says: " << message;
  }
  EXPECT_NE(message_of<UserError>([] { make_codec("none|entropy", features(4, 2, 2)); }).find("packrat fit"),
            std::string::npos);
}

TEST(Entropy, LearnedTablesThatDoNotAddUpAreRefused) {
  const Domain domain = features(4, 2, 2);
  const auto make = [&](const std::string& spec, const std::vector<std::uint8_t>& shared) {
    make_codec(spec, domain, {shared.data(), shared.size()});
  };
  const std::string rans = "quantize:states=2,range=local,zero=exact|entropy:coder=rans";
  const std::vector<std::uint8_t> good{0,    0, 0,    0,   1,
                                       0xff, 7, 0xff, 0x17};  // four bytes of hi as they are; 1024 and 3072
  EXPECT_NO_THROW(make(rans, good));
  for (const std::vector<std::uint8_t>& bad :
       std::vector<std::vector<std::uint8_t>>{{},
                                              {0, 0, 0, 0},
                                              {0, 0, 0, 0, 1, 0xff, 7, 0xfe, 0x17},
                                              {0, 0, 0, 0, 2, 0xff, 7, 0xff, 0x17},
                                              {0, 0, 0, 0, 1, 0xff, 0x1f, 0xff, 0x1f},
                                              {0, 0, 0, 0, 1, 0, 7},
                                              {0, 0, 0, 0, 0, 0}})
    EXPECT_THROW(make(rans, bad), CorruptEntry) << bad.size();
  EXPECT_THROW(make("none|entropy", {2}), CorruptEntry);
  EXPECT_THROW(make("none|entropy", {}), CorruptEntry);
}

}  // namespace
}  // namespace packrat
