#include <fmt/format.h>
#include <fmt/ranges.h>

#include <thread>

#include "compressors/kernels/isa.h"
#include "compressors/registry.h"
#include "engine/buffer/sampler.h"
#include "engine/core/build_info.h"
#include "engine/core/bytes.h"
#include "engine/data/dataset.h"
#include "engine/methods/method_table.h"
#include "models/torch_runtime.h"
#include "models/weights_dir.h"
#include "tools/commands.h"

namespace packrat {
namespace {

void print_row(std::string_view what, std::string_view text) {
  fmt::print("  {:<18} {}\n", what, text);
}

void print_info() {
  fmt::print("Packrat {}\n", version());
  for (const auto& [what, text] : runtime_info()) print_row(what, text);
  print_row("Codec kernels", kernels::isa_summary());
  print_row("Cores", fmt::format("{}", std::thread::hardware_concurrency()));
  fmt::print("Weights in {}\n", weights_dir().string());
  for (const auto& file : std::filesystem::directory_iterator(weights_dir()))
    if (file.path().extension() == ".safetensors")
      print_row(file.path().filename().string(),
                format_byte_size(static_cast<std::int64_t>(file.file_size())));
  fmt::print("Data sets\n");
  for (const DatasetInfo& info : datasets())
    print_row(info.display_name, fmt::format("{} classes", info.classes));
  print_row("folder:DIR", "your own pictures, a folder a class");
  fmt::print("Methods (--method)\n");
  for (const MethodInfo& method : method_table()) {
    print_row(method.name, method.summary);
    if (!method.options.empty()) print_row("", method.options);
  }
  fmt::print("Samplers\n");
  for (const SamplerInfo& sampler : sampler_table()) print_row(sampler.name, sampler.summary);
  fmt::print("Codec stages (chain them with |)\n");
  for (const StageInfo& stage : stage_table()) {
    print_row(stage.name, stage.summary);
    if (!stage.options.empty()) print_row("", stage.options);
  }
}

}  // namespace

void add_info_command(CLI::App& app) {
  app.add_subcommand("info", "Versions, CPU features, devices, weights, data sets, methods, codecs")
      ->callback(print_info);
}

}  // namespace packrat
