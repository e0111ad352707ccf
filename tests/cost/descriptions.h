#pragma once
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string>
#include <vector>

#include "engine/cost/storage_description.h"

namespace packrat {

inline std::string quantization(std::int64_t states, bool local) {
  return fmt::format("quantize:states={},range={}", states, local ? "local" : "0:1");
}
/// In the published layout.
inline std::string thinning(double factor) {
  return fmt::format("thin:factor={},index=coordinates16", factor);
}
inline std::string convae(std::int64_t channels, std::int64_t blocks = 2) {
  return fmt::format("convae:channels={},blocks={}", channels, blocks);
}
inline std::string fcae(std::int64_t neurons, std::int64_t layers = 6) {
  return fmt::format("fcae:neurons={},layers={}", neurons, layers);
}
inline std::string vae(std::int64_t latent, std::int64_t width = 400) {
  return fmt::format("vae:latent={},width={}", latent, width);
}

inline StorageDescription described(const std::vector<std::string>& stages, const Domain& domain,
                                    std::int64_t slots) {
  return {CodecSpec::parse(fmt::format("{}", fmt::join(stages, "|"))), domain, slots};
}
/// ResNet-34 cut after block 3: 256 x 2 x 2 values.
inline StorageDescription features(std::int64_t slots, const std::vector<std::string>& stages) {
  Domain domain;
  domain.shape = {256, 2, 2};
  return described(stages, domain, slots);
}
/// 3 x 32 x 32 pixels.
inline StorageDescription pixels(std::int64_t slots, const std::vector<std::string>& stages) {
  Domain domain;
  domain.shape = {3, 32, 32};
  domain.pixels = true;
  domain.mean = {0.4914f, 0.4822f, 0.4465f};
  domain.std = {0.2023f, 0.1994f, 0.2010f};
  return described(stages, domain, slots);
}

}  // namespace packrat
