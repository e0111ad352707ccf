#include <opencv2/core.hpp>

#include "bench/kernels/block.h"
#include "bench/peers/rows.h"

namespace packrat::bench {

void add_opencv() {
  const Block* block = &block_of(kPeerValues, 8);
  const auto codes = std::make_shared<cv::Mat>(1, static_cast<int>(kPeerValues), CV_8U);
  std::copy(block->codes.begin(), block->codes.end(), codes->data);
  const auto table = std::make_shared<cv::Mat>(1, 256, CV_32F);
  std::copy(block->table.begin(), block->table.end(), table->ptr<float>());
  const auto scaled = std::make_shared<cv::Mat>(), found = std::make_shared<cv::Mat>();
  add_benchmark(
      "peer/opencv/convertTo/width:8", kPeerValues,
      [=] { codes->convertTo(*scaled, CV_32F, block->quantizer.step, block->quantizer.base); },
      [=] { return near_floats(scaled->ptr<float>(), block->levels.floats(), kPeerValues, 1e-5f); }, 8);
  add_benchmark(
      "peer/opencv/LUT/width:8", kPeerValues, [=] { cv::LUT(*codes, *table, *found); },
      [=] { return same_floats(found->ptr<float>(), block->levels.floats(), kPeerValues); }, 8);
}

}  // namespace packrat::bench
