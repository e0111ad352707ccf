#include "models/state_dict.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>

#include "engine/core/error.h"

namespace packrat {
namespace {

constexpr std::size_t kNamesShown = 3;

// "missing a, b, c and 4 more"
void append_names(std::string& text, std::string_view kind, const std::vector<std::string>& names) {
  if (names.empty()) return;
  if (!text.empty()) text += "; ";
  const std::size_t shown = std::min(names.size(), kNamesShown);
  text += fmt::format("{} {}", kind, fmt::join(names.begin(), names.begin() + shown, ", "));
  if (names.size() > shown) text += fmt::format(" and {} more", names.size() - shown);
}

}  // namespace

const at::Tensor* find_tensor(const StateDict& state, std::string_view name) {
  const auto it =
      std::find_if(state.begin(), state.end(), [&](const auto& entry) { return entry.first == name; });
  return it == state.end() ? nullptr : &it->second;
}

std::string shape_text(at::IntArrayRef shape) {
  return shape.empty() ? "scalar" : fmt::format("{}", fmt::join(shape.begin(), shape.end(), "x"));
}

const at::Tensor* StateProblems::expect(const StateDict& state, std::string_view name,
                                        at::IntArrayRef shape) {
  const at::Tensor* tensor = find_tensor(state, name);
  if (!tensor) {
    missing_.emplace_back(name);
    return nullptr;
  }
  if (tensor->sizes() != shape) {
    misshapen_.push_back(
        fmt::format("{} ({}, not {})", name, shape_text(tensor->sizes()), shape_text(shape)));
    return nullptr;
  }
  if (!tensor->is_floating_point()) {
    misshapen_.push_back(
        fmt::format("{} ({}, not floating point)", name, c10::toString(tensor->scalar_type())));
    return nullptr;
  }
  return tensor;
}

const char* not_finite(const at::Tensor& values) {
  const at::Tensor narrow = values.to(at::kFloat);
  if (at::isfinite(narrow).all().item<bool>()) return nullptr;
  return at::isnan(narrow).any().item<bool>() ? "holds NaN" : "holds infinite values";
}

void StateProblems::unusable(std::string_view name, std::string_view why) {
  unusable_.push_back(fmt::format("{} {}", name, why));
}

void StateProblems::extra(std::string_view name) {
  extra_.emplace_back(name);
}

void StateProblems::throw_if_any(std::string_view what) const {
  std::string text;
  append_names(text, "missing", missing_);
  append_names(text, "wrong", misshapen_);
  append_names(text, "unexpected", extra_);
  if (!text.empty())
    throw UserError(fmt::format("these weights do not fit {}: {}; give a state dict with torchvision's names",
                                what, text));
  append_names(text, "tensor", unusable_);
  if (!text.empty())
    throw UserError(
        fmt::format("nothing can be computed with the weights of {}: {}; give those of a training "
                    "that did not diverge",
                    what, text));
}

}  // namespace packrat
