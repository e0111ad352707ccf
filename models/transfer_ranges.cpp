#include "models/transfer_ranges.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "engine/core/error.h"
#include "engine/core/files.h"

namespace packrat {
namespace {

using nlohmann::json;

constexpr std::size_t kFewestDigits = 8;  // of a SHA-256; torchvision's file names hold eight

json read_table(const std::filesystem::path& path) {
  json table = json::parse(read_text(path), nullptr, /*allow_exceptions=*/false);
  if (!table.is_object())
    throw UserError(fmt::format("{} is not a table of transfer ranges: restore it", path.string()));
  return table;
}

// The entry whose key is the hash or begins it ("pixels" stands for no weights at all); an empty object when
// there is none.
json entry_of(const json& table, std::string_view sha256) {
  for (const auto& [key, entry] : table.items())
    if (key == sha256 || (key.size() >= kFewestDigits && sha256.substr(0, key.size()) == key)) return entry;
  return json::object();
}

// "tiny_imagenet (none, 1, 2)"
std::string what_exists(const json& ranges) {
  std::vector<std::string> texts;
  for (const auto& [dataset, cuts] : ranges.items()) {
    std::vector<std::string> names;
    for (const auto& [cut, range] : cuts.items()) names.push_back(cut);
    texts.push_back(fmt::format("{} (cut {})", dataset, fmt::join(names, ", ")));
  }
  return texts.empty() ? "none" : fmt::format("{}", fmt::join(texts, ", "));
}

}  // namespace

std::pair<float, float> transfer_range(const std::filesystem::path& table, std::string_view weights_sha256,
                                       std::string_view dataset, const Cut& cut) try {
  const json ranges = entry_of(read_table(table), weights_sha256).value("ranges", json::object());
  const json cuts = ranges.value(std::string(dataset), json::object());
  if (const auto range = cuts.find(cut.text()); range != cuts.end()) {
    const float low = range->at(0).get<float>(), high = range->at(1).get<float>();
    if (low < high) return {low, high};
    throw UserError(fmt::format("{}: the range of {}, cut {}, is empty: restore the file", table.string(),
                                dataset, cut.text()));
  }
  throw UserError(
      fmt::format("no transfer range for {} at cut {} with weights {}; known for these weights: {}. Compute "
                  "it with 'packrat "
                  "ranges', or use --strategy local or range:LO:HI",
                  dataset, cut.text(), weights_sha256.substr(0, kFewestDigits), what_exists(ranges)));
} catch (const json::exception&) {
  throw UserError(
      fmt::format("{} is damaged: an entry has not the form [lo, hi]; restore the file", table.string()));
}

}  // namespace packrat
