#include "engine/report/palette.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <cstdint>

namespace packrat {
namespace {

constexpr const char *kBlack = "#000000", *kOrange = "#e69f00", *kSkyBlue = "#56b4e9", *kGreen = "#009e73",
                     *kYellow = "#e4d52e",  // darker than the published #f0e442, which is lost on white paper
                         *kBlue = "#0072b2", *kVermillion = "#d55e00", *kPurple = "#cc79a7",
                     *kGrey = "#666666";  // not one of theirs: dark enough beside their green

struct KnownKey {
  std::string_view key;
  const char* colour;
};

// Codec families, the lines of every figure, methods, platforms, families of networks and precisions. Add
// rows at will; do not change any.
constexpr std::array kKnown{
    KnownKey{"none", kBlack},
    KnownKey{"quantization local", kBlue},
    KnownKey{"quantization transfer", kSkyBlue},
    KnownKey{"thinning", kOrange},
    KnownKey{"convae", kGreen},
    KnownKey{"fcae", kPurple},
    KnownKey{"vae", kYellow},
    KnownKey{"chain", kVermillion},
    KnownKey{"closed forms", kPurple},
    KnownKey{"ncm", kGrey},
    KnownKey{"slda", kPurple},
    KnownKey{"ridge", kGreen},
    KnownKey{"qda", kYellow},
    KnownKey{"fecam", kSkyBlue},
    KnownKey{"reference", kGrey},
    KnownKey{"random", kGrey},
    KnownKey{"gdumb", kVermillion},
    KnownKey{"no compression", kBlack},
    KnownKey{"front", kVermillion},
    KnownKey{"published", kGrey},
    KnownKey{"CIFAR10", kBlue},
    KnownKey{"CIFAR100", kOrange},
    KnownKey{"predicted", kBlue},
    KnownKey{"measured", kOrange},
    KnownKey{"impossible", kVermillion},
    KnownKey{"load", kBlue},  // of a buffer, beside "ingest"
    // Sparsifications: ours, and a lighter colour for those that were published.
    KnownKey{"before", kVermillion},
    KnownKey{"before, published", kOrange},
    KnownKey{"fine-tuned", kBlue},
    KnownKey{"fine-tuned, published", kSkyBlue},
    KnownKey{"vd", kBlue},
    KnownKey{"vd, published", kSkyBlue},
    KnownKey{"ard", kVermillion},
    KnownKey{"ard, published", kOrange},
    // Platforms of one precision stand in one figure: those must differ.
    KnownKey{"Ultra96-DPU", kOrange},
    KnownKey{"ZCU104-DPU", kSkyBlue},
    KnownKey{"ZCU102-DPU", kBlue},
    KnownKey{"ZCU104-FINN", kBlue},
    KnownKey{"ZCU104-BISMO", kOrange},
    KnownKey{"TX2-maxn", kVermillion},
    KnownKey{"TX2-maxp", kOrange},
    KnownKey{"TX2-maxq", kSkyBlue},
    KnownKey{"EdgeTPU-fast", kVermillion},
    KnownKey{"EdgeTPU-slow", kPurple},
    KnownKey{"NCS", kGreen},
    KnownKey{"U96-Quadcore-A53", kYellow},
    KnownKey{"this-machine", kBlack},
    KnownKey{"FP32", kBlue},
    KnownKey{"BF16", kVermillion},
    KnownKey{"AlexNet", kBlack},
    KnownKey{"VGG", kBlue},
    KnownKey{"DenseNet", kOrange},
    KnownKey{"ResNet", kGreen},
    KnownKey{"Inception", kPurple},
    KnownKey{"SqueezeNet", kYellow},
    KnownKey{"small networks", kSkyBlue},
};

constexpr std::array kHashed{kOrange, kSkyBlue, kGreen, kYellow, kBlue, kVermillion, kPurple};

/// FNV-1a, 32 bits: the same on every machine.
std::uint32_t hash(std::string_view text) {
  std::uint32_t h = 2166136261u;
  for (const char c : text) h = (h ^ static_cast<unsigned char>(c)) * 16777619u;
  return h;
}

}  // namespace

std::string colour_of(std::string_view key) {
  for (const KnownKey& known : kKnown)
    if (known.key == key) return known.colour;
  return kHashed[hash(key) % kHashed.size()];
}

std::string tint(const std::string& colour, double share) {
  std::string out = "#";
  for (std::size_t at = 1; at < 7; at += 2) {
    const double part = static_cast<double>(std::stoi(colour.substr(at, 2), nullptr, 16));
    out += fmt::format("{:02x}", static_cast<int>(std::lround(part + (255 - part) * share)));
  }
  return out;
}

}  // namespace packrat
