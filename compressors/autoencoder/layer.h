#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "compressors/rows.h"
#include "engine/core/rng.h"

namespace packrat {

/// What a layer needs to pass the loss's gradient on, from its output to its input and its parameters.
struct Backward {
  ConstRows in, out;        ///< what forward() took and gave
  ConstRows d_out;          ///< the gradient of `out`
  Rows d_in;                ///< overwritten with the gradient of `in`; without data: nobody asks for it
  const float* transposed;  ///< what transpose() gave
  float* d_parameters;      ///< the gradient of the parameters is added to it
};

/// One step of a network, as a function of rows. It holds no parameters: they are an argument, so that a
/// codec keeps them once, in one place, and training keeps what it wants. Every value of the output is summed
/// in one fixed order (kernels/matrix.h), whatever other rows there are. Immutable; safe to use from
/// several threads at once.
class CodingLayer {
 public:
  CodingLayer(std::int64_t width_in, std::int64_t width_out) : width_in_(width_in), width_out_(width_out) {}
  virtual ~CodingLayer() = default;
  std::int64_t width_in() const { return width_in_; }
  std::int64_t width_out() const { return width_out_; }

  /// in: [N, width_in()], out: [N, width_out()], overwritten.
  virtual void forward(const float* parameters, ConstRows in, Rows out) const = 0;
  virtual void backward(const Backward& b) const = 0;

  /// Float32 values that the layer learns.
  virtual std::int64_t parameters() const { return 0; }
  /// Fills them with random weights.
  virtual void initialise(Rng&, float* /*parameters*/) const {}
  /// Channels of the output, each with a bias of its own; 0 without parameters.
  virtual std::int64_t channels() const { return 0; }
  /// Scales fresh weights and sets biases so that channel c of the output has mean[c] and this deviation on a
  /// sample; out: what forward() gives for it.
  virtual void standardise(ConstRows /*out*/, const std::vector<double>& /*mean*/, double /*deviation*/,
                           float* /*parameters*/) const {}
  /// Values of transposed weights that backward() reads, and how they follow from the parameters.
  virtual std::int64_t transposed() const { return 0; }
  virtual void transpose(const float* /*parameters*/, float* /*transposed*/) const {}

 private:
  std::int64_t width_in_, width_out_;
};

using CodingLayers = std::vector<std::unique_ptr<const CodingLayer>>;
using MapSize = std::array<std::int64_t, 3>;  ///< channels, height, width

// Layers on maps take and give rows [height, width, channels]: position after position, the channels side by
// side.

/// out = in W + b.
std::unique_ptr<const CodingLayer> make_linear(std::int64_t width_in, std::int64_t width_out);
/// 3x3 convolution, the map surrounded by zeros, to as many positions.
std::unique_ptr<const CodingLayer> make_convolution(const MapSize& in, std::int64_t channels_out);
/// 2x2 transposed convolution of stride 2: every position becomes four.
std::unique_ptr<const CodingLayer> make_transposed_convolution(const MapSize& in, std::int64_t channels_out);
/// The greatest of 2x2 values; sides must be even.
std::unique_ptr<const CodingLayer> make_max_pool(const MapSize& in);
/// max(x, 0).
std::unique_ptr<const CodingLayer> make_relu(std::int64_t width);
/// A row [rows, columns] to [columns, rows]: between rows as they are stored, channel after channel, and
/// those above.
std::unique_ptr<const CodingLayer> make_transposition(std::int64_t rows, std::int64_t columns);

}  // namespace packrat
