#pragma once
#include <filesystem>
#include <string_view>
#include <utility>

#include "engine/topology/backbone.h"

namespace packrat {

/// The quantizer's constant range (lo, hi) that was computed on `dataset` ("tiny_imagenet", "cifar10",
/// "cifar100") with these weights and this cut, read from a JSON table (models/weights/transfer_ranges.json):
/// {"<SHA-256 of the weights file, or its first digits>": {"name": ..., "ranges": {"<dataset>": {"<cut>":
/// [lo, hi], ...}, ...}}, ...}. The key "pixels" holds the ranges of normalised pixels, which depend on no
/// weights (cut none).
///
/// UserError when the table has no such range, with those it has for these weights and the remedy; and when
/// the table is damaged.
std::pair<float, float> transfer_range(const std::filesystem::path& table, std::string_view weights_sha256,
                                       std::string_view dataset, const Cut& cut);

}  // namespace packrat
