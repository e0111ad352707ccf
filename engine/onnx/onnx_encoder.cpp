#include "engine/onnx/onnx_encoder.h"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <opencv2/core/utils/logger.hpp>
#include <opencv2/dnn.hpp>

#include "engine/core/error.h"
#include "engine/core/files.h"
#include "engine/core/interrupt.h"

namespace packrat {
namespace {

/// OpenCV says a second time on the terminal what its exceptions say.
class SilentOpenCv {
 public:
  SilentOpenCv() : level_(cv::utils::logging::setLogLevel(cv::utils::logging::LOG_LEVEL_SILENT)) {}
  ~SilentOpenCv() { cv::utils::logging::setLogLevel(level_); }
  SilentOpenCv(const SilentOpenCv&) = delete;
  SilentOpenCv& operator=(const SilentOpenCv&) = delete;

 private:
  cv::utils::logging::LogLevel level_;
};

/// "node conv1 (Conv)" of "... Node [Conv@ai.onnx]:(onnx_node!conv1) parse error: ..."; empty when there is
/// none.
std::string node_in(const std::string& message) {
  const auto between = [&](const char* open, const char* close, std::size_t from) {
    const std::size_t begin = message.find(open, from);
    if (begin == std::string::npos) return std::string();
    const std::size_t first = begin + std::char_traits<char>::length(open), end = message.find(close, first);
    return end == std::string::npos ? std::string() : message.substr(first, end - first);
  };
  const std::size_t at = message.find("Node [");
  if (at == std::string::npos) return "";
  std::string name = between("]:(", ") parse error", at);
  for (const char* const prefix : {"onnx_node!", "onnx_node_output_0!"})
    if (name.rfind(prefix, 0) == 0) name.erase(0, std::char_traits<char>::length(prefix));
  return fmt::format("node {} ({})", name, between("Node [", "@", at));
}

/// The innermost reason, in one line.
std::string reason_in(const std::string& message) {
  std::string reason = message.substr(0, message.find_last_not_of("\n> ") + 1);
  const std::size_t last = reason.rfind("error: ");
  if (last != std::string::npos) reason.erase(0, last + 7);
  std::replace(reason.begin(), reason.end(), '\n', ' ');
  return reason;
}

[[noreturn]] void refuse_node(const OnnxSource& source, const cv::Exception& error) {
  const std::string message = error.what(), node = node_in(message);
  throw UserError(
      fmt::format("{}: OpenCV's dnn module cannot run {}: {}; export it with other operators (opset "
                  "11 or lower), or choose an earlier tensor with @OUTPUT",
                  source.file.string(), node.empty() ? "it" : node, reason_in(message)));
}

std::int64_t batch_for(const OnnxGraph& graph) {
  constexpr std::int64_t kPixels = 64 * 32 * 32, kLeast = 8;
  return graph.batch() > 0 ? graph.batch() : std::max(kLeast, kPixels / (graph.side() * graph.side()));
}

}  // namespace

struct OnnxEncoder::Net {
  cv::dnn::Net net;
  std::mutex guard;  // a pass changes it
};

OnnxEncoder::~OnnxEncoder() = default;
OnnxEncoder::OnnxEncoder(OnnxEncoder&&) noexcept = default;

OnnxEncoder::OnnxEncoder(const OnnxSource& source, const Options& options)
    : graph_(source, options.side),
      options_(options),
      batch_(batch_for(graph_)),
      file_bytes_(static_cast<std::int64_t>(std::filesystem::file_size(source.file))),
      sha256_(sha256_of_file(source.file)),
      net_(std::make_unique<Net>()) {
  const SilentOpenCv silent;
  const std::string model = graph_.model_for(batch_);
  try {
    net_->net = cv::dnn::readNetFromONNX(model.data(), model.size());
    net_->net.setPreferableBackend(cv::dnn::DNN_BACKEND_OPENCV);
    net_->net.setPreferableTarget(cv::dnn::DNN_TARGET_CPU);
  } catch (const cv::Exception& error) {
    refuse_node(source, error);
  }
  // What cannot be run is told now, not when all pictures have been read.
  const std::vector<std::uint8_t> image(static_cast<std::size_t>(3 * graph_.side() * graph_.side()));
  std::vector<float> row(static_cast<std::size_t>(map_shape(graph_.shape()).values()));
  encode(image.data(), 1, {0, 0, 0}, {1, 1, 1}, row.data());
}

void OnnxEncoder::encode(const std::uint8_t* pixels, std::int64_t count, const std::array<float, 3>& mean,
                         const std::array<float, 3>& std, float* out, const ProgressFn& progress) const {
  const SilentOpenCv silent;
  const std::lock_guard<std::mutex> lock(net_->guard);
  cv::setNumThreads(std::min(options_.threads, cv::getNumberOfCPUs()));  // TBB complains of more
  const auto batch = static_cast<int>(batch_), side = static_cast<int>(graph_.side());
  const std::int64_t plane = graph_.side() * graph_.side(), width = map_shape(graph_.shape()).values();
  const std::array<int, 4> sides{batch, 3, side, side};
  for (std::int64_t begin = 0; begin < count; begin += batch_) {
    if (stop_requested()) throw Interrupted("stopped while encoding");
    const std::int64_t images = std::min(batch_, count - begin);
    cv::Mat input(4, sides.data(), CV_32F, cv::Scalar(0));  // the last batch is filled up
    for (std::int64_t i = 0; i < 3 * images; ++i) {
      const auto channel = static_cast<std::size_t>(options_.bgr ? 2 - i % 3 : i % 3);
      const std::uint8_t* from =
          pixels + (begin + i / 3) * 3 * plane + static_cast<std::int64_t>(channel) * plane;
      float* to = input.ptr<float>() + i * plane;
      for (std::int64_t p = 0; p < plane; ++p)
        to[p] = (static_cast<float>(from[p]) / 255.0F - mean[channel]) / std[channel];
    }
    cv::Mat rows;
    try {
      net_->net.setInput(input);
      rows = net_->net.forward();
    } catch (const cv::Exception& error) {
      refuse_node(graph_.source(), error);
    }
    if (rows.type() != CV_32F || !rows.isContinuous() ||
        static_cast<std::int64_t>(rows.total()) != batch_ * width)
      throw UserError(
          fmt::format("{}: OpenCV's dnn module gives {} values for {} images, but the file says {}",
                      graph_.source().file.string(), rows.total(), batch_, batch_ * width));
    std::copy_n(rows.ptr<float>(), images * width, out + begin * width);
    if (progress) progress("encode", begin + images, count);
  }
}

}  // namespace packrat
