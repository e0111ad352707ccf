#pragma once
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "engine/data/task_stream.h"
#include "engine/features/row_source.h"
#include "engine/train/evaluation.h"
#include "models/encoder.h"

namespace packrat {

/// Which network encodes, and where features are kept.
struct EncodingOptions {
  Architecture architecture = Architecture::kResNet34;
  Cut cut;  ///< none: no encoder, rows are normalised pixels
  std::filesystem::path weights_file;
  EncoderOptions encoder;
  std::optional<std::filesystem::path>
      cache_dir;  ///< nullopt: features are computed again and kept in memory
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
  std::string cache_note;          ///< what the cache gave, for the user; empty without one
};

/// Encodes both splits, or takes them from the cache. The images are moved from, so that only what is
/// returned can reach them.
PreparedData prepare_data(Dataset& dataset, const EncodingOptions& options, const ProgressFn& progress);

/// The domain of pixels normalised by channel.
Domain pixel_domain(const std::array<float, 3>& mean, const std::array<float, 3>& std);
/// That of a data set's.
Domain pixel_domain(const DatasetInfo& info);

}  // namespace packrat
