#pragma once
#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "engine/experiment/config.h"
#include "engine/features/prepared_data.h"
#include "engine/methods/method.h"
#include "engine/methods/scoring.h"
#include "engine/train/hybrid.h"
#include "models/head.h"

namespace packrat {

/// What a saved model says about itself.
struct ModelInfo {
  RunConfig config;                      ///< of the run that trained it
  std::vector<std::string> class_names;  ///< by output of the head
  std::array<float, 3> mean, std;        ///< what its images were normalised with, by channel
  std::vector<int> class_order;          ///< output of the head -> label of the data set
  std::string weights_sha256;            ///< of the encoder's file; empty without an encoder
  std::string codec;                     ///< Codec::spec() of the buffer it was trained on; empty: not known
  std::vector<std::uint8_t> codec_shared;  ///< Codec::shared()
};

/// A trained model: a head, a method that keeps no entries, or both, and all that is needed to classify an
/// image with it.
struct SavedModel {
  std::optional<Head> head;
  ModelInfo info;
  std::unique_ptr<Method> method = {};  ///< in place of the head, or beside it
  Shape3 shape{};                       ///< of the rows that it takes
  ScoreMixture mixture = {};            ///< of head and method, when there are both
  std::optional<Codec> codec = {};      ///< of a hybrid whose head is shown what it gives back

  int classes() const { return static_cast<int>(info.class_order.size()); }
  /// Its scores; valid as long as the model is.
  ScoreFn scorer();
  bool gives_probabilities() const { return head || !method || method->gives_probabilities(); }
};

/// All of it but `codec_shared`, and back. nlohmann::json::exception, or UserError for an unknown option or
/// data set, when the JSON is not such a description.
nlohmann::json to_json(const ModelInfo& info);
ModelInfo model_info_from_json(const nlohmann::json& json);

/// Writes the head's torchvision-named tensors to a safetensors file with the rest in its metadata. The
/// encoder's weights are referred to by SHA-256, not copied.
void save_model(const std::filesystem::path& path, const Head& head, const ModelInfo& info);

/// The same for both halves of a hybrid.
void save_model(const std::filesystem::path& path, const Hybrid& hybrid, const ModelInfo& info);

/// The same for the state of a method in place of a head. `shape`: of its rows.
void save_model(const std::filesystem::path& path, const Method& method, const Shape3& shape,
                const ModelInfo& info);

/// UserError when the file is not a saved model or is damaged.
SavedModel load_model(const std::filesystem::path& path);

/// A model with a head; UserError for one of a method that has none to train or to look at.
SavedModel load_head_model(const std::filesystem::path& path);

/// What the options say about encoding: architecture, cut, weights file, dtype, threads and device.
EncodingOptions encoding_options(const RunConfig& config);

/// What they say about the stream.
StreamOptions stream_options(const RunConfig& config);

/// Where encoded features and fitted codecs are kept: --cache_dir, or "features" in the data folder.
std::filesystem::path encoding_cache_dir(const RunConfig& config);

/// The head that the options ask for, on maps of `shape`.
HeadSpec head_spec(const RunConfig& config, const Shape3& shape, int classes);

/// --threads, or all cores for 0.
int thread_count(const RunConfig& config);

/// Encodes images of the model's form (image_form()) as the run that trained it did, --test_features
/// roundtrip included: rows for its head, which takes `shape`, [count, width]. Features from files are taken
/// as the next function does. UserError when the encoder's weights are not the ones it was trained with, and
/// for images where it takes features.
std::vector<float> model_rows(const ModelInfo& info, const Shape3& shape, const ImageSet& images,
                              const ProgressFn& progress);
/// Features from a file as the run took them, the round trip included. UserError for a model of images, and
/// for rows of another shape.
std::vector<float> model_rows(const ModelInfo& info, const Shape3& shape, const MappedRows& features);
/// The first for a saved model.
std::vector<float> model_rows(const SavedModel& model, const ImageSet& images, const ProgressFn& progress);

}  // namespace packrat
