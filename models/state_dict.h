#pragma once
#include <ATen/core/Tensor.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace packrat {

/// Named tensors, in the order of the file or module they came from. Names are torchvision's
/// ("layer3.0.conv1.weight").
using StateDict = std::vector<std::pair<std::string, at::Tensor>>;

/// The tensor of that name, or nullptr.
const at::Tensor* find_tensor(const StateDict& state, std::string_view name);

/// "64x3x7x7"; a scalar is "scalar".
std::string shape_text(at::IntArrayRef shape);

/// Why a network cannot compute with these values, as float32: "holds NaN", "holds infinite values"; nullptr
/// when they are all finite.
const char* not_finite(const at::Tensor& values);

/// Collects everything that is wrong with a state dict, so that one error can name it all.
class StateProblems {
 public:
  /// The tensor of that name when it is there, holds floating-point values and has this shape; else notes
  /// what is wrong and returns nullptr.
  const at::Tensor* expect(const StateDict& state, std::string_view name, at::IntArrayRef shape);
  /// Notes a tensor that fits, but whose values nothing can be computed with: "holds NaN".
  void unusable(std::string_view name, std::string_view why);
  /// Notes a tensor that nothing asked for.
  void extra(std::string_view name);
  /// UserError in one line: what does not fit `what`, the first few names of each kind "and N more". Does
  /// nothing when all is well.
  void throw_if_any(std::string_view what) const;

 private:
  std::vector<std::string> missing_, misshapen_, extra_, unusable_;
};

}  // namespace packrat
