#pragma once
#include <cstdint>
#include <string>

namespace packrat {

/// What weights and activations are. Complex activations are pairs: of 2C channels the first C are real
/// parts, the others imaginary ones; so ReLU and pooling act on both parts as they are.
enum class NumberField { kReal, kComplex };

/// A linear layer, or a convolution with zeros around its input.
struct LayerShape {
  std::string name;  ///< "conv1"
  NumberField field = NumberField::kReal;
  std::int64_t inputs = 0, outputs = 0;  ///< features or channels; complex ones count once
  std::int64_t kernel = 0;               ///< side of a convolution's window; 0: a linear layer
  std::int64_t stride = 1, padding = 0, dilation = 1;
  bool bias = true;

  bool convolution() const { return kernel > 0; }
  std::int64_t parts() const { return field == NumberField::kComplex ? 2 : 1; }
  std::int64_t fan_in() const { return inputs * (convolution() ? kernel * kernel : 1); }
};

}  // namespace packrat
