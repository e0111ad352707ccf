#include "engine/experiment/run_claim.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "engine/buffer/mapped_buffer.h"
#include "engine/core/error.h"
#include "engine/core/files.h"
#include "engine/core/folders.h"
#include "engine/core/json_text.h"
#include "engine/core/partial.h"
#include "engine/core/text_difference.h"
#include "engine/data/manifest.h"
#include "engine/experiment/option_text.h"
#include "engine/experiment/run_checkpoint.h"
#include "models/weights_io.h"

namespace packrat {
namespace fs = std::filesystem;
namespace {

/// The options of a finished run as fingerprint() writes them; nothing when the file is not such a result (it
/// is damaged, or was cut off) and holds nothing that could be lost.
std::optional<std::string> finished_fingerprint(const fs::path& result) {
  std::error_code failed;
  if (!fs::exists(result, failed)) return std::nullopt;
  RunConfig config;
  try {
    const auto json = parse_json(read_text(result));
    if (json.contains("imported")) return "a run of the original program\n";
    if (!json.at("config").is_object()) return std::nullopt;
    for (const auto& [name, value] : json.at("config").items())
      set_option(find_run_option(name), value.is_string() ? value.get<std::string>() : value.dump(), config);
  } catch (const nlohmann::json::exception&) {
    return std::nullopt;
  } catch (const UserError& unknown) {  // an option or a value of another version
    return fmt::format("{}\n", unknown.what());
  }
  return fingerprint(config);
}

/// The options of a run that was stopped; nothing when there is no checkpoint that could be resumed.
std::optional<std::string> stopped_fingerprint(const fs::path& checkpoint) {
  std::error_code failed;
  if (!fs::exists(checkpoint, failed)) return std::nullopt;
  try {
    const auto metadata = read_weights(checkpoint).metadata;
    const auto options = metadata.find("options");
    return options == metadata.end() ? std::nullopt : std::optional(options->second);
  } catch (const Error&) {
    return std::nullopt;
  }
}

/// Hours of training are not lost to a name that was used before.
void refuse_other_checkpoint(const RunFolder& folder, const RunConfig& config) {
  const std::optional<std::string> there = stopped_fingerprint(folder.checkpoint);
  if (there && *there != fingerprint(config) && !config.overwrite)
    throw UserError(fmt::format(
        "{} was written with other options ({}): give the same ones to continue with --resume, another "
        "--exp_name, or --overwrite to give it up",
        folder.checkpoint.string(), first_difference(*there, fingerprint(config))));
}

/// Says of a finished result what becomes of it.
std::string note_on_result(const RunFolder& folder, const RunConfig& config) {
  const std::optional<std::string> there = finished_fingerprint(folder.result);
  if (!there) return "";
  if (*there == fingerprint(config))
    return fmt::format("{} is of the same options: it is made again", folder.result.string());
  if (config.overwrite)
    return fmt::format("{} is of other options: it will be replaced", folder.result.string());
  throw UserError(
      fmt::format("{} is the result of a run with other options ({}): give another --exp_name, or "
                  "--overwrite to replace it",
                  folder.result.string(), first_difference(*there, fingerprint(config))));
}

/// An output in the folder of a data set would be one of its files before long, or is one.
void refuse_data_files(const std::vector<NamedFile>& outputs) {
  std::error_code failed;
  for (const NamedFile& output : outputs)
    if (!output.path.empty() && fs::exists(output.path.parent_path() / kManifestName, failed))
      throw UserError(fmt::format("{} {} lies in the folder of a data set: name a file elsewhere",
                                  output.option, output.path.string()));
}

void check_run_outputs(const RunConfig& config, const RunFolder& folder) {
  const std::vector<NamedFile> chosen{
      {"--save_buffer", config.save_buffer},
      {"--save_model", config.save_model},
      {"--buffer_storage", mapped_file(config.buffer_storage, "--buffer_storage")}};
  refuse_data_files(chosen);
  std::vector<NamedFile> all{{"the run's log", folder.log},
                             {"the run's result", folder.result},
                             {"the run's checkpoint", folder.checkpoint}};
  all.insert(all.end(), chosen.begin(), chosen.end());
  check_outputs(all, {{"--weights", config.weights},
                      {"--codec_file", config.codec_file},
                      {"--power_log", config.energy ? config.power_log : ""}});
}

}  // namespace

RunClaim::RunClaim(const RunConfig& config) : folder_(config) {
  std::error_code failed;
  made_parent_ = !fs::exists(folder_.folder.parent_path(), failed);
  make_folder(folder_.folder, "choose another --log_dir or --exp_name");
  try {
    lock_.emplace(folder_.folder / "run.lock", refuse_while_held(folder_.folder.string()));
    remove_leftovers_in(folder_.folder);
    note_ = note_on_result(folder_, config);
    refuse_other_checkpoint(folder_, config);
    check_run_outputs(config, folder_);
  } catch (...) {
    remove_if_empty();
    throw;
  }
}

RunClaim::~RunClaim() {
  remove_if_empty();
}

void RunClaim::remove_if_empty() {
  lock_.reset();
  std::error_code ignored;  // only goes when it is empty
  if (fs::remove(folder_.folder, ignored) && made_parent_) fs::remove(folder_.folder.parent_path(), ignored);
}

}  // namespace packrat
