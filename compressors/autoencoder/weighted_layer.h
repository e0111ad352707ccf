#pragma once
#include "compressors/autoencoder/layer.h"
#include "compressors/kernels/matrix.h"

namespace packrat {

/// What layers share that multiply by a matrix W, inputs x outputs, and add a bias to each channel.
/// Parameters: W in panels (kernels/matrix.h), then the biases. Output j belongs to channel j mod channels.
class WeightedLayer : public CodingLayer {
 public:
  WeightedLayer(std::int64_t width_in, std::int64_t width_out, std::int64_t inputs, std::int64_t outputs,
                std::int64_t channels);

  std::int64_t parameters() const final { return weights() + channels_; }
  /// Uniform in +-sqrt(6 / inputs) (He, Zhang, Ren and Sun, ICCV 2015); biases are 0.
  void initialise(Rng& rng, float* parameters) const final;
  std::int64_t channels() const final { return channels_; }
  void standardise(ConstRows out, const std::vector<double>& mean, double deviation,
                   float* parameters) const final;
  std::int64_t transposed() const override { return weights(); }
  /// W^T in panels.
  void transpose(const float* parameters, float* transposed) const override;

 protected:
  std::int64_t weights() const { return inputs_ * outputs_; }
  /// Where W(k, j) lies among the parameters.
  std::int64_t place(std::int64_t k, std::int64_t j) const;
  /// Sets `count` values to the biases, channel after channel, over and over.
  void fill_with_biases(const float* parameters, std::int64_t count, float* out) const;
  /// Adds to the gradient of the biases: d_out holds `count` values, channel after channel, over and over.
  void add_bias_gradient(const float* d_out, std::int64_t count, float* d_parameters) const;
  /// Adds A^T D to the gradient of W. a_transposed: [inputs, n]; d_out: [n, outputs], row after row.
  void add_weight_gradient(const kernels::OffsetMatrix& a_transposed, const float* d_out,
                           float* d_parameters) const;

  std::int64_t inputs_, outputs_, channels_;
};

/// 0, step, 2 step, ...
std::vector<std::int64_t> multiples(std::int64_t count, std::int64_t step);

}  // namespace packrat
