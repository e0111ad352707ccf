#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "engine/onnx/onnx_source.h"
#include "engine/topology/network.h"

namespace packrat {

/// The network of an ONNX file, up to the tensor that is wanted, for images of one size. What stands behind
/// that tensor is left out. Nothing is computed here.
class OnnxGraph {
 public:
  /// side: of the images, 3 x side x side; 0: as the file has it, or 224. UserError, which names the file and
  /// the layer, tensor or choices, when it is no ONNX file or a damaged one, keeps its weights in other
  /// files, does not take one batch of float32 images [N, 3, H, W], takes images of another size, has no such
  /// output, or an output that is no row or map an image.
  explicit OnnxGraph(const OnnxSource& source, std::int64_t side = 0);
  ~OnnxGraph();
  OnnxGraph(OnnxGraph&&) noexcept;

  const OnnxSource& source() const { return source_; }
  /// Of the tensor that is wanted, for one image: a row of n values is [n, 1, 1], and so are the tokens of a
  /// transformer, one behind the other.
  const Shape3& shape() const { return shape_; }
  std::int64_t side() const { return side_; }
  /// Images of a pass that the file fixes; 0: any number.
  std::int64_t batch() const { return batch_; }
  /// The graph as an ONNX file of its own, for so many images a pass.
  std::string model_for(std::int64_t batch) const;

  /// Its convolutions, products, batch norms, pools and sums as layers that can be counted, named by their
  /// outputs. `left_out` gets the kinds of nodes that have no place among those, each once.
  Network network(std::vector<std::string>& left_out) const;

 private:
  struct Model;

  OnnxSource source_;
  std::unique_ptr<Model> model_;
  Shape3 shape_{};
  std::int64_t side_ = 0, batch_ = 0;
};

/// OnnxGraph(source, side).shape(), which is computed once for a file that stays as it is.
Shape3 onnx_shape(const OnnxSource& source, std::int64_t side);

}  // namespace packrat
