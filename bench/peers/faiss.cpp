#include <faiss/impl/ScalarQuantizer.h>
#include <omp.h>

#include "bench/kernels/block.h"
#include "bench/peers/rows.h"

namespace packrat::bench {
namespace {

using faiss::ScalarQuantizer;

constexpr std::int64_t kVectors = 16;

struct Encoded {
  explicit Encoded(ScalarQuantizer::QuantizerType type)
      : quantizer(kPeerValues, type), x(relu_map(kVectors * kPeerValues, 6)), out(x.size()) {
    quantizer.train(kVectors, x.data());
    codes.resize(quantizer.code_size * kVectors);
    quantizer.compute_codes(x.data(), codes.data(), kVectors);
  }
  ScalarQuantizer quantizer;
  std::vector<float> x, out;
  std::vector<std::uint8_t> codes;
};

void add_type(const char* name, ScalarQuantizer::QuantizerType type, int width) {
  const auto encoded = std::make_shared<Encoded>(type);
  const float range = *std::max_element(encoded->x.begin(), encoded->x.end());  // from 0
  const float step = range / static_cast<float>((1 << width) - 1);
  add_benchmark(
      "peer/faiss/" + std::string(name) + "/width:" + std::to_string(width), kVectors * kPeerValues,
      [e = encoded.get()] { e->quantizer.decode(e->codes.data(), e->out.data(), kVectors); },
      [=] { return near_floats(encoded->out.data(), encoded->x.data(), kVectors * kPeerValues, step); },
      width);
}

}  // namespace

void add_faiss() {
  omp_set_num_threads(1);
  add_type("QT_4bit_uniform", ScalarQuantizer::QT_4bit_uniform, 4);
  add_type("QT_4bit", ScalarQuantizer::QT_4bit, 4);
  add_type("QT_6bit", ScalarQuantizer::QT_6bit, 6);
  add_type("QT_8bit_uniform", ScalarQuantizer::QT_8bit_uniform, 8);
}

}  // namespace packrat::bench
