#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <string>

#include "engine/core/progress.h"
#include "engine/onnx/onnx_graph.h"

namespace packrat {

/// A network from an ONNX file that OpenCV's dnn module runs on the CPU: images in, rows or maps out.
class OnnxEncoder {
 public:
  struct Options {
    std::int64_t side = 0;  ///< of the images, as OnnxGraph has it
    bool bgr = false;       ///< planes enter the network as blue, green, red
    int threads = 1;        ///< of OpenCV; features do not depend on it
  };
  /// UserError in one line as OnnxGraph, and when OpenCV cannot run a node: names the node and its kind.
  OnnxEncoder(const OnnxSource& source, const Options& options);
  ~OnnxEncoder();
  OnnxEncoder(OnnxEncoder&&) noexcept;

  const OnnxGraph& graph() const { return graph_; }
  /// Images of a pass: what the file fixes, else as many as hold 64 images of 32x32, at least 8.
  std::int64_t batch() const { return batch_; }
  std::int64_t file_bytes() const { return file_bytes_; }
  const std::string& sha256() const { return sha256_; }

  /// Encodes `count` images (planes of red, green and blue, uint8 [count, 3, side, side]). A pixel p of
  /// channel c enters the network as (p/255 - mean[c]) / std[c]. out: float32 [count, values of
  /// graph().shape()]. Interrupted between batches when stop_requested().
  void encode(const std::uint8_t* pixels, std::int64_t count, const std::array<float, 3>& mean,
              const std::array<float, 3>& std, float* out, const ProgressFn& progress = {}) const;

 private:
  struct Net;

  OnnxGraph graph_;
  Options options_;
  std::int64_t batch_ = 0, file_bytes_ = 0;
  std::string sha256_;
  std::unique_ptr<Net> net_;
};

}  // namespace packrat
