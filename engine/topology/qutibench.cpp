#include <fmt/format.h>

#include "engine/topology/builder.h"
#include "engine/topology/families.h"

namespace packrat {
namespace {

// The two networks of QuTiBench's smaller data sets (Blott et al.: QuTiBench: Benchmarking Neural Networks on
// Heterogeneous Hardware, JETC 2019), and the same with filters pruned away. As deployed: batch norms are
// thresholds, nothing has a bias.
struct QutibenchRow {
  const char* percent;
  std::int64_t cnv_width, mlp_width;
};
constexpr QutibenchRow kQutibenchRows[] = {
    {"100", 128, 2048}, {"50", 64, 1024}, {"25", 32, 512}, {"12.5", 16, 256}};

/// Umuroglu et al.: FINN, FPGA 2017; theirs is the one of 50 %. Convolutions without padding.
Network cnv(const QutibenchRow& row, const MapShape& input, std::int64_t classes) {
  NetworkBuilder b(fmt::format("cnv-{}", row.percent), input);
  Node x = kNetworkInput;
  int place = 1;
  for (std::int64_t block = 0; block < 3; ++block) {
    if (block > 0) x = b.max_pool(fmt::format("pool{}", block), x, {2, 2});
    for (int i = 0; i < 2; ++i, ++place)
      x = b.relu(fmt::format("relu{}", place),
                 b.convolution(fmt::format("conv{}", place), x, {row.cnv_width << block, 3}));
  }
  for (int i = 1; i <= 2; ++i)
    x = b.relu(fmt::format("relu{}", place++), b.linear(fmt::format("fc{}", i), x, 8 * row.cnv_width, false));
  b.linear("fc3", x, classes, false);
  return std::move(b).finish(classes);
}

Network mlp(const QutibenchRow& row, const MapShape& input, std::int64_t classes) {
  NetworkBuilder b(fmt::format("mlp-{}", row.percent), input);
  Node x = kNetworkInput;
  for (int i = 1; i <= 3; ++i)
    x = b.relu(fmt::format("relu{}", i), b.linear(fmt::format("fc{}", i), x, row.mlp_width, false));
  b.linear("fc4", x, classes, false);
  return std::move(b).finish(classes);
}

template <typename Build>
NetworkInfo info(const char* name, const QutibenchRow& row, const MapShape& input, Build build) {
  return {fmt::format("{}-{}", name, row.percent), "qutibench", input, 10,
          [&row, build](const MapShape& in, std::int64_t classes) { return build(row, in, classes); }};
}

}  // namespace

std::vector<NetworkInfo> qutibench_networks() {
  std::vector<NetworkInfo> rows;
  for (const QutibenchRow& row : kQutibenchRows) rows.push_back(info("cnv", row, {3, 32, 32}, cnv));
  for (const QutibenchRow& row : kQutibenchRows) rows.push_back(info("mlp", row, {1, 28, 28}, mlp));
  return rows;
}

}  // namespace packrat
