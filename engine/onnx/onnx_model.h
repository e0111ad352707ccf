#pragma once
// Inside this room alone: onnx's headers are large, and want to be told how the library was built.
#define ONNX_ML 1
#define ONNX_NAMESPACE onnx
#include <onnx/onnx_pb.h>

#include <string>

#include "engine/onnx/onnx_graph.h"

namespace packrat {

struct OnnxGraph::Model {
  onnx::ModelProto proto;
  std::string input;  // name of the images
};

/// The shape of a tensor that was inferred, or nullptr.
const onnx::TensorShapeProto* onnx_shape_named(const onnx::GraphProto& graph, const std::string& name);

}  // namespace packrat
