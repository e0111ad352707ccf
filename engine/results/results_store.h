#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/results/result_files.h"

namespace packrat {

/// The file that a finished `packrat run` leaves in its folder.
inline constexpr const char* kRunResult = "result.json";

/// One finished run, as its result.json tells it. What a run of the original program did not log is missing
/// in an imported one: std::nullopt, or an empty text.
struct StoredRun {
  std::filesystem::path file;  ///< the result.json it was read from
  std::string name;            ///< of its folder: exp_name
  bool imported = false;       ///< read from a checkpoint.log of the original program

  std::map<std::string, std::string> options;  ///< every option that applied, by name, as it is typed
  std::string dataset;                         ///< "CIFAR10"
  std::string encoder;                         ///< "none", "cutr", "cutr34"
  std::string encoding_block;                  ///< "3", "3+4", "3 to 1x1"; empty without an encoder
  std::string method = "gdumb";                ///< canonical spec: "gdumb", "slda:pool=1x2"
  std::string codec;  ///< canonical spec: "quantize:states=4,range=0:1.0785"; empty when imported
  std::string
      family;  ///< "none", "quantization", "thinning", ...; chains: "thinning+quantization"; "slda", ...
  std::string setting;  ///< the codec as it was asked for, the same with any encoder: "quantization 4 local",
                        ///< "thinning 0.9", or the spec given with --codec
  std::optional<std::int64_t> seed, num_passes;
  std::optional<std::int64_t> classes, slots, held;
  std::optional<std::int64_t> budget_bytes;  ///< the budget, when it was given in bytes

  /// Fractions of the test set: after the last pass, the best of the scored passes, and after the last pass
  /// among the classes of an image's own task.
  std::optional<double> final_acc, best_acc, task_acc;

  /// The final accuracy on the encoder's own features and on what the codec gives back; the same when it
  /// loses nothing.
  std::optional<double> raw_acc, roundtrip_acc;
  std::map<std::string, double> continual;  ///< of metrics(), by name; with --eval_tasks
  std::optional<double> roundtrip_mse;      ///< between the two, of a value of the test images

  std::optional<double> entry_bytes;    ///< of the payload, for each entry that is held
  std::optional<double> published_mib;  ///< nullopt: no formula is published for the codec
  std::optional<std::int64_t> exact_bytes, measured_bytes;
  std::string why;  ///< why measured and published bytes differ, one line

  std::map<std::string, double> seconds;  ///< by phase: load, encode, ingest, train, decode, evaluate
  std::optional<std::int64_t> peak_memory_bytes;
  std::optional<double> net_joules, kg_co2e;    ///< with --energy, where something could be measured
  std::map<std::string, std::string> versions;  ///< Packrat, LibTorch, CPU, ...
};

/// The options that decide what a run computes, but for its seed: runs that agree in them are seeds of one
/// point. Of --device the kind alone counts: GPUs agree among themselves, not with CPUs.
std::map<std::string, std::string> point_options(const StoredRun& run);

/// The run in one result.json. UserError when it is not one, or is damaged.
StoredRun load_run(const std::filesystem::path& result_file, const ReadText& read = text_on_disk);

/// Every run below the folder, or in the archive; load_all() says how.
std::vector<StoredRun> load_runs(const std::filesystem::path& place, const PassedOverFn& passed_over = {});

}  // namespace packrat
