#include "compressors/autoencoder/weighted_layer.h"

#include <algorithm>
#include <cmath>

namespace packrat {
namespace {

constexpr double kLeastDeviation = 1e-6;  // a channel that hardly changes keeps its scale

}  // namespace

WeightedLayer::WeightedLayer(std::int64_t width_in, std::int64_t width_out, std::int64_t inputs,
                             std::int64_t outputs, std::int64_t channels)
    : CodingLayer(width_in, width_out), inputs_(inputs), outputs_(outputs), channels_(channels) {}

std::int64_t WeightedLayer::place(std::int64_t k, std::int64_t j) const {
  const std::int64_t first = j / kernels::kPanelColumns * kernels::kPanelColumns;
  return first * inputs_ + k * std::min(kernels::kPanelColumns, outputs_ - first) + (j - first);
}

void WeightedLayer::initialise(Rng& rng, float* parameters) const {
  const double bound = std::sqrt(6.0 / static_cast<double>(inputs_));
  for (std::int64_t i = 0; i < weights(); ++i)
    parameters[i] = static_cast<float>(bound * (2 * rng.uniform() - 1));
  std::fill(parameters + weights(), parameters + weights() + channels_, 0.0f);
}

void WeightedLayer::standardise(ConstRows out, const std::vector<double>& mean, double deviation,
                                float* parameters) const {
  const std::int64_t count = out.count * out.width / channels_;
  for (std::int64_t c = 0; c < channels_; ++c) {
    double sum = 0, squares = 0;
    for (std::int64_t i = 0; i < count; ++i) {
      const double value = out.data[i * channels_ + c];
      sum += value;
      squares += value * value;
    }
    const double found = sum / static_cast<double>(count);
    const double spread = std::sqrt(std::max(0.0, squares / static_cast<double>(count) - found * found));
    const double scale = spread > kLeastDeviation ? deviation / spread : 1;
    for (std::int64_t j = c; j < outputs_; j += channels_)
      for (std::int64_t k = 0; k < inputs_; ++k) {
        float& weight = parameters[place(k, j)];
        weight = static_cast<float>(weight * scale);
      }
    parameters[weights() + c] = static_cast<float>(mean[static_cast<std::size_t>(c)] - found * scale);
  }
}

void WeightedLayer::transpose(const float* parameters, float* transposed) const {
  for (std::int64_t first = 0; first < inputs_; first += kernels::kPanelColumns) {
    const std::int64_t end = std::min(inputs_, first + kernels::kPanelColumns);
    for (std::int64_t j = 0; j < outputs_; ++j)
      for (std::int64_t k = first; k < end; ++k) *transposed++ = parameters[place(k, j)];
  }
}

void WeightedLayer::fill_with_biases(const float* parameters, std::int64_t count, float* out) const {
  const float* const biases = parameters + weights();
  for (std::int64_t i = 0; i < count; i += channels_) std::copy(biases, biases + channels_, out + i);
}

void WeightedLayer::add_bias_gradient(const float* d_out, std::int64_t count, float* d_parameters) const {
  float* const d_biases = d_parameters + weights();
  for (std::int64_t i = 0; i < count; i += channels_)
    for (std::int64_t c = 0; c < channels_; ++c) d_biases[c] += d_out[i + c];
}

void WeightedLayer::add_weight_gradient(const kernels::OffsetMatrix& a_transposed, const float* d_out,
                                        float* d_parameters) const {
  if (outputs_ <= kernels::kPanelColumns) {  // one panel is the rows as they lie
    kernels::multiply_add_panels(a_transposed, d_out, outputs_, d_parameters);
    return;
  }
  std::vector<float> panels(static_cast<std::size_t>(a_transposed.columns * outputs_));
  kernels::pack_panels(d_out, outputs_, 1, a_transposed.columns, outputs_, panels.data());
  kernels::multiply_add_panels(a_transposed, panels.data(), outputs_, d_parameters);
}

std::vector<std::int64_t> multiples(std::int64_t count, std::int64_t step) {
  std::vector<std::int64_t> values(static_cast<std::size_t>(count));
  for (std::int64_t i = 0; i < count; ++i) values[static_cast<std::size_t>(i)] = i * step;
  return values;
}

}  // namespace packrat
