#pragma once
#include <cstdint>
#include <filesystem>
#include <string>

#include "engine/experiment/model_file.h"
#include "engine/studies/sparsify/pixel_data.h"
#include "engine/studies/sparsify/sparse_network.h"

namespace packrat {

/// The head of a continual-learning run, with which a sparsification begins.
struct TrainedHead {
  ModelInfo info;
  HeadSpec spec;
  StateDict weights;            ///< as head_plan(spec) takes them
  std::int64_t held_bytes = 0;  ///< Head::held_bytes(): taps that never meet an image included
};

/// Where it and the images come from.
struct HeadFiles {
  std::filesystem::path model;   ///< packrat run --save_model
  std::filesystem::path buffer;  ///< packrat run --save_buffer, of the same run
  std::string dataset;           ///< for the test images; empty: the one the model names
  std::filesystem::path data_dir;
  std::string weights;       ///< of the encoder; empty: where the run had them
  std::int64_t threads = 0;  ///< for encoding; 0: all cores
  std::int64_t train_images = 0;
};

struct HeadTask {
  TrainedHead head;
  PixelData data;
};

/// The head, and as its images feature maps (or pixels, without an encoder). Training: the entries of the
/// buffer as its codec gives them back, all for train_images 0, else stratified_choice() of so many, with as
/// many of the others for validation. Test: model_test_set(). UserError for unsound files, a buffer of
/// another data set, encoder, cut, weights, codec, shape or number of classes than the model's, and those of
/// the functions above.
HeadTask load_head_task(const HeadFiles& files, const ProgressFn& progress);

/// The test images alone, for a head that `info` describes and that takes `shape`.
PixelData head_test_data(const ModelInfo& info, const Shape3& shape, const std::string& dataset,
                         const std::filesystem::path& data_dir, const ProgressFn& progress);

}  // namespace packrat
