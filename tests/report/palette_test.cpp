#include "engine/report/palette.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <set>
#include <string>
#include <vector>

#include "engine/report/marks.h"

namespace packrat {
namespace {

using Triple = std::array<double, 3>;
using Matrix = std::array<Triple, 3>;

Triple times(const Matrix& m, const Triple& v) {
  Triple out{};
  for (std::size_t row = 0; row < 3; ++row)
    for (std::size_t column = 0; column < 3; ++column) out[row] += m[row][column] * v[column];
  return out;
}

/// sRGB, IEC 61966-2-1, without its gamma.
Triple linear_rgb(const std::string& colour) {
  Triple out{};
  for (std::size_t at = 0; at < 3; ++at) {
    const double value = std::stoi(colour.substr(1 + 2 * at, 2), nullptr, 16) / 255.0;
    out[at] = value <= 0.04045 ? value / 12.92 : std::pow((value + 0.055) / 1.055, 2.4);
  }
  return out;
}

/// CIE 1976 L*a*b* under D65.
Triple lab(Triple rgb) {
  for (double& value : rgb) value = std::min(1.0, std::max(0.0, value));
  const Matrix to_xyz{{{0.4124, 0.3576, 0.1805}, {0.2126, 0.7152, 0.0722}, {0.0193, 0.1192, 0.9505}}};
  const Triple xyz = times(to_xyz, rgb);
  const auto f = [](double t) { return t > 0.008856 ? std::cbrt(t) : 7.787 * t + 16.0 / 116; };
  const double x = f(xyz[0] / 0.9505), y = f(xyz[1]), z = f(xyz[2] / 1.089);
  return {116 * y - 16, 500 * (x - y), 200 * (y - z)};
}

// What readers without one kind of cone see: G. M. Machado, M. M. Oliveira, L. A. F. Fernandes, "A
// Physiologically-based Model for Simulation of Color Vision Deficiency", 2009, severity 1.
struct Vision {
  const char* name;
  Matrix seen;
};
const std::vector<Vision> kVisions{
    {"trichromat", {{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}}},
    {"protanope",
     {{{0.152286, 1.052583, -0.204868}, {0.114503, 0.786281, 0.099216}, {-0.003882, -0.048116, 1.051998}}}},
    {"deuteranope",
     {{{0.367322, 0.860646, -0.227968}, {0.280085, 0.672501, 0.047413}, {-0.011820, 0.042940, 0.968881}}}},
    {"tritanope",
     {{{1.255528, -0.076749, -0.178779}, {-0.078411, 0.930809, 0.147602}, {0.004733, 0.691367, 0.303900}}}}};

const std::vector<std::string> kFamilies{
    "none",  "thinning", "quantization local", "quantization transfer", "convae", "fcae", "vae",
    "chain", "random"};

TEST(Palette, KeepsCodecFamiliesApartForEveryReader) {
  for (const Vision& vision : kVisions)
    for (std::size_t a = 0; a < kFamilies.size(); ++a)
      for (std::size_t b = a + 1; b < kFamilies.size(); ++b) {
        const Triple one = lab(times(vision.seen, linear_rgb(colour_of(kFamilies[a])))),
                     other = lab(times(vision.seen, linear_rgb(colour_of(kFamilies[b]))));
        EXPECT_GT(std::hypot(one[0] - other[0], one[1] - other[1], one[2] - other[2]), 12)
            << kFamilies[a] << " and " << kFamilies[b] << " for a " << vision.name;
      }
}

TEST(Palette, GivesAKeyTheSameColourEveryTime) {
  // Stored: another colour would change figures that were published.
  EXPECT_EQ(colour_of("none"), "#000000");
  EXPECT_EQ(colour_of("quantization local"), "#0072b2");
  EXPECT_EQ(colour_of("thinning"), "#e69f00");
  for (const std::string key : {"a new stage", "another", "x", ""}) {
    const std::string colour = colour_of(key);
    EXPECT_EQ(colour.size(), 7u);
    EXPECT_EQ(colour, colour_of(key));
  }
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) seen.insert(colour_of("key " + std::to_string(i)));
  EXPECT_GE(seen.size(), 6u) << "unknown keys take few colours";
}

TEST(Palette, TintsFromTheColourToWhite) {
  EXPECT_EQ(tint("#0072b2", 0), "#0072b2");
  EXPECT_EQ(tint("#0072b2", 1), "#ffffff");
  EXPECT_EQ(tint("#000000", 0.5), "#808080");
}

TEST(Palette, NeighbouringVariantsDifferInMarkerAndDash) {
  for (int v = 0; v + 1 < static_cast<int>(kMarkStyles.size()); ++v) {
    EXPECT_STRNE(mark_style(v).plotly_symbol, mark_style(v + 1).plotly_symbol);
    EXPECT_NE(mark_style(v).gnuplot_point, mark_style(v + 1).gnuplot_point);
    EXPECT_STRNE(mark_style(v).plotly_dash, mark_style(v + 1).plotly_dash);
    EXPECT_NE(mark_style(v).gnuplot_dash, mark_style(v + 1).gnuplot_dash);
  }
  EXPECT_STREQ(mark_style(0).plotly_symbol, mark_style(static_cast<int>(kMarkStyles.size())).plotly_symbol);
}

}  // namespace
}  // namespace packrat
