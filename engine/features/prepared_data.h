#pragma once
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "compressors/pooling.h"
#include "engine/data/normalisation.h"
#include "engine/data/task_stream.h"
#include "engine/features/image_encoder.h"
#include "engine/features/row_source.h"
#include "engine/train/evaluation.h"
#include "models/encoder.h"

namespace packrat {

/// Maps after a cut, averaged to fewer positions.
struct TappedMaps {
  Cut cut;
  Pooling pooling;
};

/// What of an ONNX file encodes; the file is EncodingOptions::weights_file.
struct OnnxOptions {
  std::string output;  ///< empty: its only one
  bool bgr = false;
};

/// Which network encodes, what of it is a row, and where features are kept.
struct EncodingOptions {
  ImageForm image;  ///< of the data set's images
  std::string backbone = "resnet34";
  Cut cut;  ///< none: no encoder, rows are normalised pixels
  /// Rows made of the maps of several cuts, `cut` the deepest, or with fewer positions; empty: of `cut` as it
  /// is.
  std::vector<TappedMaps> taps;
  bool mirrored = false;       ///< rows are the mean of an image's and its mirror image's
  bool both_views = false;     ///< but training images are rows by themselves
  bool mirror_images = false;  ///< ... and so are their mirror images: add_mirror_images() was called
  std::filesystem::path weights_file;
  std::optional<OnnxOptions> onnx;             ///< in place of `backbone` and `cut`
  std::optional<Normalisation> normalisation;  ///< nullopt: the data set's
  EncoderOptions encoder;
  std::optional<std::filesystem::path>
      cache_dir;  ///< nullopt: features are computed again and kept in memory

  bool encodes() const { return onnx || !cut.is_none(); }
  Normalisation normalisation_for(const std::array<float, 3>& mean, const std::array<float, 3>& std) const {
    return normalisation.value_or(Normalisation{mean, std});
  }
};

/// A data set in the form in which an experiment uses it.
struct PreparedData {
  Domain domain;
  std::unique_ptr<RowSource> train;  ///< released when the stream has been ingested
  std::unique_ptr<FeatureRows> test;
  std::string weights_sha256;      ///< of the encoder's file; empty without an encoder
  std::string weights_name;        ///< its file name
  std::int64_t encoder_bytes = 0;  ///< parameters held while encoding
  std::string weights_note;        ///< EncoderWeights::note
  std::string cache_note;          ///< where the rows came from, for the user; empty without a cache or files
};

/// The options' row of an image: runs the encoder, averages views and positions.
class RowEncoder {
 public:
  /// UserError as Encoder.
  RowEncoder(const EncodingOptions& options, const StateDict& weights);
  RowEncoder(const EncodingOptions& options, std::unique_ptr<ImageEncoder> encoder);

  Shape3 shape() const { return shape_; }
  std::int64_t parameter_bytes() const { return encoder_->bytes(); }
  const ImageForm& image() const { return image_; }
  std::int64_t batch() const { return encoder_->batch(); }
  /// As Encoder::encode(); out: float32 [count, values of shape()]. Not mirrored: views are not averaged.
  void encode(const std::uint8_t* pixels, std::int64_t count, const std::array<float, 3>& mean,
              const std::array<float, 3>& std, bool mirrored, float* out,
              const ProgressFn& progress = {}) const;

 private:
  void form(const float* maps, std::int64_t count, float* out) const;

  ImageForm image_;
  std::unique_ptr<ImageEncoder> encoder_;
  std::vector<Shape3> maps_;       // before they are averaged
  std::vector<Pooling> poolings_;  // of each
  Shape3 shape_;
};

struct OpenedEncoder {
  RowEncoder rows;
  std::string sha256;  ///< of its file
  std::string note;    ///< EncoderWeights::note
};

/// The encoder of the options, which encodes(). UserError for what is wrong with its file.
OpenedEncoder open_encoder(const EncodingOptions& options);

/// Rows of images begin .. end - 1, read and encoded in pieces: out float32 [end - begin, values of shape()].
void encode_images(const RowEncoder& encoder, const ImageSet& images, std::int64_t begin, std::int64_t end,
                   const std::array<float, 3>& mean, const std::array<float, 3>& std, bool mirrored,
                   float* out, const ProgressFn& progress);

/// How many rows are encoded, and kept in a cache's chunk, at a time: of larger images fewer, so that a stop
/// loses little, and of wide rows, so that they stay below 128 MiB.
std::int64_t feature_chunk_rows(const ImageForm& image, std::int64_t width);

/// The cuts and poolings of the options, for names and keys: "3", "2+3_pool-1x1+none", "none".
std::string taps_text(const EncodingOptions& options);

/// Encodes both splits, whose images are of options.image, or takes them from the cache; features from files
/// are taken as they are, without a copy or a conversion of the training rows. UserError for an encoder in
/// front of these. The images are moved from, so that only what is returned can reach them.
PreparedData prepare_data(Dataset& dataset, const EncodingOptions& options, const ProgressFn& progress);

/// Images begin .. end - 1 as rows of that domain, to out float32 [end - begin, values].
void normalise_pixels(const ImageSet& images, std::int64_t begin, std::int64_t end, const Domain& domain,
                      float* out);
/// All of them.
std::vector<float> normalised_pixels(const ImageSet& images, const Domain& domain);

/// The domain of pixels normalised by channel.
Domain pixel_domain(const std::array<float, 3>& mean, const std::array<float, 3>& std,
                    const ImageForm& form = {});
/// That of a data set's.
Domain pixel_domain(const DatasetInfo& info);

}  // namespace packrat
