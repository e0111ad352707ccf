#include "compressors/kernels/half.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/compressors/testing.h"

namespace packrat {
namespace {

using namespace packrat::testing;  // NOLINT: the helpers of this folder

struct Format {
  const char* name;
  bool (*write)(const float*, std::int64_t, std::uint8_t*);
  bool (*read)(const std::uint8_t*, std::int64_t, float*);
  int fraction_bits, least_exponent;  // of the smallest normal value
  std::uint16_t infinity;
};
const Format kFormats[] = {{"float16", kernels::to_float16, kernels::from_float16, 10, -14, 0x7c00},
                           {"bfloat16", kernels::to_bfloat16, kernels::from_bfloat16, 7, -126, 0x7f80}};

float value_of(const Format& f, std::uint16_t code) {
  float value = NAN;
  f.read(reinterpret_cast<const std::uint8_t*>(&code), 1, &value);
  return value;
}

std::uint16_t code_of(const Format& f, float value) {
  std::uint16_t code = 0;
  f.write(&value, 1, reinterpret_cast<std::uint8_t*>(&code));
  return code;
}

// sign (fraction / 2^bits + 1) 2^exponent, in double arithmetic.
TEST(Half, EveryCodeReadsAsTheFormatDefinesItAndWritesAsItself) {
  for (const Format& f : kFormats)
    for (int code = 0; code < 0x10000; ++code) {
      const int exponent = (code & 0x7fff) >> f.fraction_bits;
      if ((code & f.infinity) == f.infinity) {
        float value;
        const auto u16 = static_cast<std::uint16_t>(code);
        EXPECT_FALSE(f.read(reinterpret_cast<const std::uint8_t*>(&u16), 1, &value)) << f.name << " " << code;
        continue;
      }
      const double fraction = std::ldexp(code & ((1 << f.fraction_bits) - 1), -f.fraction_bits);
      const double size =
          std::ldexp(exponent == 0 ? fraction : 1 + fraction, f.least_exponent + std::max(exponent - 1, 0));
      const float value = value_of(f, static_cast<std::uint16_t>(code));
      ASSERT_EQ(value, static_cast<float>(code & 0x8000 ? -size : size)) << f.name << " " << code;
      ASSERT_EQ(code_of(f, value), code) << f.name;
    }
}

TEST(Half, ValuesBetweenTwoCodesGoToTheNearerAndHalfwayToTheEvenOne) {
  for (const Format& f : kFormats)
    for (int code = 0; code + 1 < f.infinity; ++code) {
      const float below = value_of(f, static_cast<std::uint16_t>(code)),
                  above = value_of(f, static_cast<std::uint16_t>(code + 1));
      const double middle = (double{below} + above) / 2;
      const auto halfway = static_cast<float>(middle);
      if (halfway != middle) continue;  // below the smallest float
      ASSERT_EQ(code_of(f, halfway), code + (code & 1)) << f.name << " " << halfway;
      ASSERT_EQ(code_of(f, std::nextafter(halfway, 0.0f)), halfway == 0 ? 0 : code)
          << f.name << " " << halfway;
      ASSERT_EQ(code_of(f, std::nextafter(halfway, INFINITY)), code + 1) << f.name << " " << halfway;
      ASSERT_EQ(code_of(f, -halfway), 0x8000 + code + (code & 1)) << f.name << " " << halfway;
    }
}

TEST(Half, ValuesThatRoundToInfinityAreRefusedWithTheImageNamed) {
  const Codec codec = make_codec("float16", features(1, 1, 2));
  EXPECT_EQ(decode(codec, views(encode(codec, {65504, 65519.99f}))), (std::vector<float>{65504, 65504}));
  for (const float bad : {65520.0f, -1e9f})
    EXPECT_NE(message_of<UserError>([&] {
                encode(codec, {1, 2, 3, bad});
              }).find("image 1 of the batch"),
              std::string::npos);
  const Codec wide = make_codec("bfloat16", features(1, 1, 1));
  EXPECT_NO_THROW(encode(wide, {3.38e38f}));
  EXPECT_THROW(encode(wide, {3.4e38f}), UserError);
}

}  // namespace
}  // namespace packrat
