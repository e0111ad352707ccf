#include "models/encoder_weights.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string_view>
#include <system_error>
#include <unordered_map>
#include <unordered_set>

#include "engine/core/error.h"
#include "models/weights_dir.h"

namespace packrat {
namespace {

// DataParallel, SWA and DeepSpeed; torch.compile; Lightning and most training scripts; and what a network is
// called inside of others.
constexpr std::string_view kWrappers[] = {
    "module.",   "_orig_mod.",         "model.",      "net.",        "network.",
    "backbone.", "encoder.",           "resnet.",     "trunk.",      "body.",
    "features.", "feature_extractor.", "base_model.", "state_dict.", "model_state_dict."};

bool ends_with(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

/// How long the wrappers at the front of a name are.
std::size_t wrappers_in(std::string_view name) {
  std::size_t length = 0;
  for (bool found = true; found;) {
    found = false;
    for (const std::string_view wrapper : kWrappers)
      if (name.substr(length, wrapper.size()) == wrapper) {
        length += wrapper.size();
        found = true;
        break;
      }
  }
  return length;
}

/// A text that stands in front of the first of the needed names, and of how many of them.
struct Candidate {
  std::string prefix;
  std::size_t names = 0;
};

std::vector<Candidate> candidates(const std::unordered_set<std::string_view>& there,
                                  const std::vector<std::string>& needed) {
  std::vector<Candidate> found;
  for (const std::string_view name : there) {
    if (!ends_with(name, needed.front())) continue;
    const std::string prefix(name.substr(0, name.size() - needed.front().size()));
    if (!prefix.empty() && prefix.back() != '.') continue;
    const auto fits = [&](const std::string& rest) { return there.count(prefix + rest) > 0; };
    found.push_back({prefix, static_cast<std::size_t>(std::count_if(needed.begin(), needed.end(), fits))});
  }
  std::sort(found.begin(), found.end(),
            [](const Candidate& a, const Candidate& b) { return a.prefix < b.prefix; });
  return found;
}

std::string chosen_prefix(const std::vector<std::string>& fitting) {
  if (fitting.size() == 1) return fitting[0];
  std::vector<std::string> customary;
  for (const std::string& prefix : fitting)
    if (wrappers_in(prefix) == prefix.size()) customary.push_back(prefix);
  if (customary.size() == 1) return customary[0];
  throw UserError(
      fmt::format("it holds {} networks that fit, called '{}': save the state dict of one of them",
                  fitting.size(), fmt::join(fitting, "', '")));
}

template <typename Entries, typename NameOf>
void keep_behind(const std::string& prefix, Entries& entries, const NameOf& name_of) {
  Entries kept;
  for (auto& entry : entries) {
    std::string& name = name_of(entry);
    if (name.compare(0, prefix.size(), prefix) != 0) continue;
    name.erase(0, prefix.size());
    kept.push_back(std::move(entry));
  }
  entries = std::move(kept);
}

void refuse_unusable(const WeightsFile& file, const std::vector<std::string>& needed) {
  std::unordered_map<std::string_view, std::string_view> why;
  for (const UnusableTensor& tensor : file.unusable) why.emplace(tensor.name, tensor.why);
  for (const std::string& name : needed)
    if (const auto found = why.find(name); found != why.end())
      throw UserError(fmt::format("tensor '{}' {}, which cannot be used: save it as dense float32 values",
                                  name, found->second));
}

bool is_shipped(const std::filesystem::path& path, const Backbone& backbone) {
  std::error_code failed;
  try {
    return std::filesystem::equivalent(path, shipped_weights(backbone), failed);
  } catch (const UserError&) {
    return false;  // nothing ships here
  }
}

/// What ships has a checksum, or a digest that is known; weights from elsewhere need neither.
void refuse_altered_shipped(const std::filesystem::path& path, const Backbone& backbone,
                            const WeightsFile& file) {
  const std::vector<std::string>& known = shipped_digests();
  if (file.sealed || std::find(known.begin(), known.end(), file.sha256) != known.end() ||
      !is_shipped(path, backbone))
    return;
  throw UserError(
      fmt::format("it is not the file that ships with Packrat (SHA-256 {:.12}...): install it again, or "
                  "name other weights with --weights",
                  file.sha256));
}

/// Names of tensors that no network needs here are not kept: a header may list a million.
void keep_needed_layers(StateDict& tensors, const std::vector<std::string>& needed) {
  std::unordered_set<std::string_view> layers;
  for (const std::string& name : needed) layers.insert(std::string_view(name).substr(0, name.find('.')));
  StateDict kept;
  for (auto& entry : tensors)
    if (layers.count(std::string_view(entry.first).substr(0, entry.first.find('.'))) > 0)
      kept.push_back(std::move(entry));
  tensors = std::move(kept);
}

}  // namespace

std::vector<std::string> encoder_tensor_names(const Backbone& backbone, const Cut& cut) {
  std::vector<std::string> names;
  for (const TensorShape& tensor : state_shapes(backbone.front(cut))) names.push_back(tensor.name);
  return names;
}

std::string fit_names(WeightsFile& file, const std::vector<std::string>& needed) {
  std::unordered_set<std::string_view> there;
  for (const auto& [name, tensor] : file.tensors) there.insert(name);
  for (const UnusableTensor& tensor : file.unusable) there.insert(tensor.name);
  const std::vector<Candidate> found = candidates(there, needed);
  std::vector<std::string> fitting;
  for (const Candidate& candidate : found)
    if (candidate.names == needed.size()) fitting.push_back(candidate.prefix);
  if (fitting.empty())  // the better part of them, so that those which are missing can be named
    for (const Candidate& candidate : found)
      if (2 * candidate.names > needed.size()) fitting.push_back(candidate.prefix);
  // The empty one sorts first: names that fit as they are stay.
  if (fitting.empty() || fitting[0].empty()) return "";
  const std::string prefix = chosen_prefix(fitting);
  keep_behind(prefix, file.tensors, [](auto& entry) -> std::string& { return entry.first; });
  keep_behind(prefix, file.unusable, [](auto& entry) -> std::string& { return entry.name; });
  return prefix;
}

std::string drop_wrappers(StateDict& tensors) {
  const auto first =
      std::find_if(tensors.begin(), tensors.end(), [](const auto& entry) { return entry.second.dim() > 0; });
  if (first == tensors.end()) return "";
  const std::string prefix = first->first.substr(0, wrappers_in(first->first));
  const auto fits = [&](const auto& entry) {
    return entry.second.dim() == 0 || entry.first.compare(0, prefix.size(), prefix) == 0;
  };
  if (prefix.empty() || !std::all_of(tensors.begin(), tensors.end(), fits)) return "";
  keep_behind(prefix, tensors, [](auto& entry) -> std::string& { return entry.first; });
  return prefix;
}

EncoderWeights read_encoder_weights(const std::filesystem::path& path, const Backbone& backbone,
                                    const Cut& cut) {
  WeightsFile file = read_weights(path);
  const std::vector<std::string> needed = encoder_tensor_names(backbone, cut);
  try {
    refuse_altered_shipped(path, backbone, file);
    const std::string prefix = fit_names(file, needed);
    refuse_unusable(file, needed);
    keep_needed_layers(file.tensors, needed);
    const std::string note =
        prefix.empty() ? "" : fmt::format("took '{}' off the names in {}", prefix, path.filename().string());
    return {std::move(file.tensors), file.sha256, note};
  } catch (const UserError& error) {
    throw UserError(fmt::format("{}: {}", path.string(), error.what()));
  }
}

}  // namespace packrat
