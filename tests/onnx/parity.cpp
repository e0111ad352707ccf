// onnx_parity FOLDER: compares what make_cases.py wrote there. Exit code 1 when anything differs by more than
// 1e-4.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <nlohmann/json.hpp>
#include <thread>

#include "engine/core/files.h"
#include "engine/core/timer.h"
#include "engine/onnx/onnx_encoder.h"
#include "models/encoder.h"
#include "models/encoder_weights.h"
#include "models/torch_runtime.h"

namespace {
using namespace packrat;

constexpr double kMost = 1e-4;
constexpr std::int64_t kSide = 224;

double relative(const std::vector<float>& got, const std::vector<float>& expected) {
  double difference = 0, size = 0;
  for (std::size_t i = 0; i < got.size(); ++i) {
    difference += std::pow(got[i] - expected[i], 2);
    size += std::pow(expected[i], 2);
  }
  return std::sqrt(difference / size);
}

/// Prints how far `encode` is from `expected`, and images a second; whether it is near enough.
template <typename Encode>
bool compared(const std::string& what, std::int64_t images, const std::vector<float>& expected,
              const Encode& encode) {
  std::vector<float> rows(expected.size());
  encode(rows.data());
  double best = 1e9;
  for (int i = 0; i < 3; ++i) {
    const Timer timer;
    encode(rows.data());
    best = std::min(best, timer.seconds());
  }
  const double error = relative(rows, expected);
  fmt::print("{:<44} {:>10.2e} {:>10.1f}\n", what, error, static_cast<double>(images) / best);
  std::fflush(stdout);
  return error < kMost;
}

bool compare_case(const std::filesystem::path& folder, const nlohmann::json& all, const nlohmann::json& one) {
  const std::int64_t images = all.at("images");
  const std::array<float, 3> mean = all.at("mean"), std = all.at("std");
  const std::vector<std::uint8_t> pixels = read_file(folder / "images.raw"),
                                  maps = read_file(folder / one.at("maps").get<std::string>());
  std::vector<float> expected(maps.size() / sizeof(float));
  std::memcpy(expected.data(), maps.data(), maps.size());
  const int threads = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  bool near = true;
  const OnnxEncoder onnx({folder / one.at("onnx").get<std::string>(), ""}, {kSide, false, threads});
  near &= compared(one.at("onnx"), images, expected,
                   [&](float* out) { onnx.encode(pixels.data(), images, mean, std, out); });
  const Backbone& backbone = find_backbone(one.at("network").get<std::string>());
  const Cut cut(one.at("cut").get<std::string>());
  for (const std::string file : one.at("checkpoints")) {
    EncoderOptions options;
    options.threads = threads;
    options.batch = std::max<std::int64_t>(1, images / threads);
    options.image = {3, kSide, kSide};
    const Encoder encoder(backbone, cut, read_encoder_weights(folder / file, backbone, cut).tensors, options);
    near &= compared(fmt::format("{} cut {}", file, cut.text()), images, expected,
                     [&](float* out) { encoder.encode(pixels.data(), images, mean, std, out); });
  }
  return near;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  use_one_thread();
  const std::filesystem::path folder = argv[1];
  const auto all = nlohmann::json::parse(read_text(folder / "cases.json"));
  fmt::print("{:<44} {:>10} {:>10}\n", "beside torchvision, 3x224x224", "error", "images/s");
  bool near = true;
  for (const auto& one : all.at("cases")) near &= compare_case(folder, all, one);
  if (!near) fmt::print("differs by more than {}\n", kMost);
  return near ? 0 : 1;
}
