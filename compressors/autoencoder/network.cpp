#include "compressors/autoencoder/network.h"

#include <algorithm>

namespace packrat {
namespace {

constexpr std::int64_t kLayerRows = 32;  // rows that go through all layers together

}  // namespace

CodingNetwork::CodingNetwork(CodingLayers layers) : layers_(std::move(layers)), offset_{0} {
  for (const auto& layer : layers_) offset_.push_back(offset_.back() + layer->parameters());
}

void CodingNetwork::forward(const float* parameters, ConstRows in, Rows out) const {
  for (std::int64_t begin = 0; begin < in.count; begin += kLayerRows) {
    const std::int64_t count = std::min(kLayerRows, in.count - begin);
    forward_piece(parameters, {in.row(begin), count, in.width}, {out.row(begin), count, out.width});
  }
}

void CodingNetwork::forward_piece(const float* parameters, ConstRows in, Rows out) const {
  std::vector<float> before, after;
  for (std::size_t l = 0; l < layers_.size(); ++l) {
    const bool last = l + 1 == layers_.size();
    const std::int64_t width = layers_[l]->width_out();
    if (!last) after.resize(static_cast<std::size_t>(in.count * width));
    layers_[l]->forward(parameters + offset_[l], in, last ? out : Rows{after.data(), in.count, width});
    std::swap(before, after);
    in = ConstRows(before.data(), in.count, width);
  }
}

}  // namespace packrat
