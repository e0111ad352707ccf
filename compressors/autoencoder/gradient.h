#pragma once
#include "compressors/autoencoder/network.h"

namespace packrat {

/// Loss and gradient of an autoencoder on a few rows, with the memory that takes. Losses are by value: the
/// mean squared error, or the negative evidence lower bound over the number of values of a row.
class GradientWorker {
 public:
  /// At most `rows` rows at a time.
  GradientWorker(const Autoencoder& model, std::int64_t rows);

  /// Adds the gradient of the loss, summed over the rows and times `scale`, to `gradient`
  /// [model.parameters()]; returns the summed loss. transposed: the layers' transposed weights, encoder and
  /// decoder behind each other. Variational latents are drawn with `noise`.
  double add_gradient(const float* parameters, const float* transposed, ConstRows rows, double scale,
                      Rng noise, float* gradient);
  /// The loss alone, summed over the rows; a variational latent is its mean.
  double loss(const float* parameters, ConstRows rows);

 private:
  /// The rows behind each layer of a half, and their gradients.
  struct Tape {
    Tape(const CodingNetwork& network, std::int64_t rows);
    void forward(const float* parameters, ConstRows in);
    /// From the gradient behind the last layer to that of the input, if d_in has data.
    void backward(const float* transposed, ConstRows in, Rows d_in, float* gradient);
    Rows behind(std::vector<std::vector<float>>& memory, std::size_t layer, std::int64_t count) const;
    Rows out(std::int64_t count) { return behind(values, values.size() - 1, count); }
    Rows d_out(std::int64_t count) { return behind(gradients, gradients.size() - 1, count); }

    const CodingNetwork& network;
    std::vector<std::vector<float>> values, gradients;
  };

  void draw_latents(std::int64_t count, Rng* noise);
  double squared_error(ConstRows rows, double scale);
  double bernoulli_loss(ConstRows rows, double scale);
  double divergence(std::int64_t count) const;
  void latent_gradient(std::int64_t count, double scale);

  const Autoencoder& model_;
  Tape encoder_, decoder_;
  std::vector<float> latents_, d_latents_, noise_;
};

/// Values of transposed weights of both halves.
std::int64_t transposed_values(const Autoencoder& model);

}  // namespace packrat
