#include <fmt/format.h>
#include <fmt/ranges.h>

#include <filesystem>
#include <memory>
#include <thread>

#include "compressors/codec.h"
#include "compressors/kernels/cuda/device.h"
#include "compressors/kernels/isa.h"
#include "compressors/registry.h"
#include "engine/buffer/sampler.h"
#include "engine/core/build_info.h"
#include "engine/core/bytes.h"
#include "engine/core/cpu_caches.h"
#include "engine/core/error.h"
#include "engine/data/dataset.h"
#include "engine/experiment/model_file.h"
#include "engine/methods/method_table.h"
#include "models/torch_runtime.h"
#include "models/weights_dir.h"
#include "tools/commands.h"
#include "tools/run_option.h"
#include "tools/studies.h"
#include "tools/tensors.h"

namespace packrat {
namespace {

namespace fs = std::filesystem;

void print_row(std::string_view what, std::string_view text) {
  fmt::print("  {:<18} {}\n", what, text);
}

std::string caches_text() {
  std::string text;
  for (const auto& [level, bytes] : data_cache_bytes())
    text += fmt::format("{}L{} {}", text.empty() ? "" : ", ", level, format_byte_size(bytes));
  return text.empty() ? "of unknown size" : text;
}

bool is_there(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

/// Every place that is looked at, and which one is used.
void print_places(std::string_view what, const ShippedFolder& folder) {
  bool used = false;
  for (const fs::path& place : shipped_places(folder)) {
    const bool there = is_there(place);
    print_row(what, fmt::format("{}: {}", place.string(), !there ? "not there" : used ? "there" : "used"));
    used = used || there;
    what = "";
  }
  if (!used) print_row("", fmt::format("set {} to the folder with {}", folder.variable, folder.contents));
}

void print_place(std::string_view what, const fs::path& place, std::string_view remedy) {
  print_row(what, fmt::format("{}: {}", place.string(), is_there(place) ? "there" : remedy));
}

void print_place(const InfoPlace& place) try {
  print_place(place.what, place.path(), place.remedy);
} catch (const UserError& error) {
  print_row(place.what, error.what());
}

void print_weights() {
  for (const fs::path& place : shipped_places(kShippedWeights)) {
    if (!is_there(place)) continue;
    for (const auto& file : fs::directory_iterator(place))
      if (file.path().extension() == ".safetensors")
        print_row(file.path().filename().string(),
                  format_byte_size(static_cast<std::int64_t>(file.file_size())));
    return;
  }
}

void print_info(const RunConfig& config) {
  need_tensors();
  const fs::path data = config.data_dir;
  fmt::print("Packrat {}\n", version());
  for (const auto& [what, text] : runtime_info()) print_row(what, text);
  print_row("Codec kernels", kernels::isa_summary());
  const std::string no_gpu = kernels::cuda::why_no_gpu();
  print_row("on a GPU", no_gpu.empty() ? kernels::cuda::gpu_device()->name() : no_gpu);
  print_row("Cores", fmt::format("{}", std::thread::hardware_concurrency()));
  print_row("Data caches", caches_text());
  fmt::print("Where things are looked for\n");
  print_places("weights", kShippedWeights);
  for (const InfoFolder& folder : study_parts().folders) print_places(folder.what, folder.folder);
  print_place("data sets", fs::absolute(data), "not there; `packrat data get` makes it");
  print_place("encoded features", fs::absolute(encoding_cache_dir(config)), "not there; runs make it");
  for (const InfoPlace& place : study_parts().places) print_place(place);
  fmt::print("Weights\n");
  print_weights();
  fmt::print("Data sets\n");
  for (const DatasetInfo& info : datasets())
    print_row(info.display_name, fmt::format("{} classes; {}", info.classes,
                                             is_there(data / info.folder) ? (data / info.folder).string()
                                                                          : get_command(info, data)));
  print_row("folder:DIR", "your own pictures, a folder a class");
  print_row("features:DIR", "features from files, made by any program");
  fmt::print("Methods (--method)\n");
  for (const MethodInfo& method : method_table()) {
    print_row(method.name, method.summary);
    if (!method.options.empty()) print_row("", method.options);
  }
  fmt::print("Samplers\n");
  for (const SamplerInfo& sampler : sampler_table())
    if (sampler.for_runs || sampler.name == kKeepAllSampler)
      print_row(sampler.for_runs ? "--sampler " + sampler.name : "--whole_dataset", sampler.summary);
  fmt::print("Codec stages (chain them with |)\n");
  for (const StageInfo& stage : stage_table()) {
    print_row(stage.name, stage.summary);
    if (!stage.options.empty()) print_row("", stage.options);
  }
}

}  // namespace

void add_info_command(CLI::App& app) {
  CLI::App* command = app.add_subcommand(
      "info", "Versions, CPU features, where files are looked for, weights, data sets, codecs");
  const auto config = std::make_shared<RunConfig>();
  add_run_options(*command, {&RunConfig::data_dir, &RunConfig::cache_dir}, *config);
  command->callback([config] { print_info(*config); });
}

}  // namespace packrat
