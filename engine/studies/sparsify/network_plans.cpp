#include "engine/studies/sparsify/network_plans.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "engine/core/error.h"

namespace packrat {
namespace {

using Image = std::array<std::int64_t, 3>;

LayerShape linear(const std::string& name, std::int64_t inputs, std::int64_t outputs) {
  return {name, NumberField::kReal, inputs, outputs};
}

LayerShape convolution(const std::string& name, std::int64_t inputs, std::int64_t outputs,
                       std::int64_t kernel) {
  return {name, NumberField::kReal, inputs, outputs, kernel};
}

std::vector<PlannedLayer> simple_conv(Image image, std::int64_t classes) {
  constexpr std::int64_t kKernel = 5, kPool = 2, kFirst = 20, kSecond = 50, kHidden = 500;
  const std::int64_t side = ((image[1] - kKernel + 1) / kPool - kKernel + 1) / kPool;
  if (side < 1)
    throw UserError(
        fmt::format("simpleconv needs images of at least 16x16 pixels, not {}x{}", image[1], image[2]));
  return {{convolution("conv1", image[0], kFirst, kKernel), true, kPool},
          {convolution("conv2", kFirst, kSecond, kKernel), true, kPool},
          {linear("fc1", kSecond * side * side, kHidden), true},
          {linear("fc2", kHidden, classes)}};
}

std::vector<PlannedLayer> two_layer_dense(Image image, std::int64_t classes) {
  constexpr std::int64_t kHidden = 4096;
  return {{linear("fc1", image[0] * image[1] * image[2], kHidden), true}, {linear("fc2", kHidden, classes)}};
}

}  // namespace

const std::vector<NetworkPlan>& network_plans() {
  static const std::vector<NetworkPlan> table{
      {"simpleconv", "two 5x5 convolutions (20, 50), each averaged over 2x2, a hidden layer of 500",
       simple_conv},
      {"twolayerdense", "a hidden layer of 4096", two_layer_dense}};
  return table;
}

const NetworkPlan& find_network_plan(const std::string& name) {
  std::vector<std::string> names;
  for (const NetworkPlan& plan : network_plans()) {
    if (plan.name == name) return plan;
    names.push_back(plan.name);
  }
  throw UserError(
      fmt::format("--model {}: choose one of {}; head is for `packrat sparsify` with --head and --buffer",
                  name, fmt::join(names, ", ")));
}

}  // namespace packrat
