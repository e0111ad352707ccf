#include <algorithm>

#include "engine/features/prepared_data.h"
#include "engine/onnx/onnx_encoder.h"
#include "models/encoder_weights.h"

namespace packrat {
namespace {

class NetworkImages final : public ImageEncoder {
 public:
  NetworkImages(const Backbone& backbone, const std::vector<Cut>& cuts, const StateDict& weights,
                const EncoderOptions& options)
      : backbone_(&backbone), encoder_(backbone, cuts, weights, options) {}

  std::vector<Shape3> shapes() const override {
    std::vector<Shape3> all;
    for (const Cut& cut : encoder_.cuts())
      all.push_back(backbone_->output_shape(cut, encoder_.options().image));
    return all;
  }
  std::int64_t bytes() const override { return encoder_.parameter_bytes(); }
  std::int64_t batch() const override { return encoder_.options().batch; }
  void encode(const std::uint8_t* pixels, std::int64_t count, const std::array<float, 3>& mean,
              const std::array<float, 3>& std, float* out, const ProgressFn& progress) const override {
    encoder_.encode(pixels, count, mean, std, out, progress);
  }

 private:
  const Backbone* backbone_;
  Encoder encoder_;
};

class OnnxImages final : public ImageEncoder {
 public:
  explicit OnnxImages(OnnxEncoder encoder) : encoder_(std::move(encoder)) {}
  std::vector<Shape3> shapes() const override { return {encoder_.graph().shape()}; }
  std::int64_t bytes() const override { return encoder_.file_bytes(); }
  std::int64_t batch() const override { return encoder_.batch(); }
  void encode(const std::uint8_t* pixels, std::int64_t count, const std::array<float, 3>& mean,
              const std::array<float, 3>& std, float* out, const ProgressFn& progress) const override {
    encoder_.encode(pixels, count, mean, std, out, progress);
  }

 private:
  OnnxEncoder encoder_;
};

/// Batches of larger images are smaller, and hold about as many pixels.
EncoderOptions for_images(EncoderOptions options, const ImageForm& image) {
  constexpr std::int64_t kLeast = 8;
  const std::int64_t usual = ImageForm().plane_bytes();
  options.image = image.shape();
  if (image.plane_bytes() > usual)
    options.batch = std::min(options.batch, std::max(kLeast, options.batch * usual / image.plane_bytes()));
  return options;
}

std::unique_ptr<ImageEncoder> network_images(const EncodingOptions& options, const StateDict& weights) {
  std::vector<Cut> cuts;
  for (const TappedMaps& tap : options.taps) cuts.push_back(tap.cut);
  if (cuts.empty()) cuts.push_back(options.cut);
  return std::make_unique<NetworkImages>(find_backbone(options.backbone), cuts, weights,
                                         for_images(options.encoder, options.image));
}

}  // namespace

RowEncoder::RowEncoder(const EncodingOptions& options, const StateDict& weights)
    : RowEncoder(options, network_images(options, weights)) {}

OpenedEncoder open_encoder(const EncodingOptions& options) {
  if (options.onnx) {
    OnnxEncoder encoder({options.weights_file, options.onnx->output},
                        {options.image.side, options.onnx->bgr, options.encoder.threads});
    const std::string sha256 = encoder.sha256();
    return {RowEncoder(options, std::make_unique<OnnxImages>(std::move(encoder))), sha256, ""};
  }
  const EncoderWeights weights =
      read_encoder_weights(options.weights_file, find_backbone(options.backbone), options.cut);
  return {RowEncoder(options, weights.tensors), weights.sha256, weights.note};
}

}  // namespace packrat
