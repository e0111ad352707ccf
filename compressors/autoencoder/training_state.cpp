#include "compressors/autoencoder/training_state.h"

#include <fmt/format.h>

#include <cmath>
#include <cstring>
#include <nlohmann/json.hpp>
#include <ostream>

#include "engine/core/error.h"
#include "engine/core/files.h"
#include "engine/core/safetensors.h"
#include "engine/core/training_file.h"

namespace packrat {
namespace {

struct NamedVector {
  const char* name;
  std::vector<float> TrainingState::*values;
};
constexpr NamedVector kVectors[] = {{"values", &TrainingState::values},
                                    {"mean", &TrainingState::mean},
                                    {"square", &TrainingState::square},
                                    {"best", &TrainingState::best}};

constexpr TrainingFile kFile{{"packrat_fit", "a checkpoint of a fit", "delete it, and the fit starts over"},
                             "rows_and_options",
                             "rows or options",
                             "give those again, or delete it"};

// JSON has no infinity: before the first epoch the best loss is null.
nlohmann::json to_json(const TrainingState& state) {
  nlohmann::json json{{"epoch", state.epoch},
                      {"begin", state.begin},
                      {"steps", state.steps},
                      {"best_epoch", state.best_epoch},
                      {"best_loss", nullptr}};
  if (std::isfinite(state.best_loss)) json["best_loss"] = state.best_loss;
  return json;
}

void from_json(const nlohmann::json& json, TrainingState& state) {
  state.epoch = json.at("epoch");
  state.begin = json.at("begin");
  state.steps = json.at("steps");
  state.best_epoch = json.at("best_epoch");
  if (!json.at("best_loss").is_null()) state.best_loss = json.at("best_loss");
}

void read_vectors(const SafetensorsFile& file, std::int64_t parameters, TrainingState& state) {
  if (file.tensors.size() != std::size(kVectors)) throw CorruptEntry("it has other tensors");
  for (std::size_t i = 0; i < file.tensors.size(); ++i) {
    const SafetensorsTensor& tensor = file.tensors[i];
    const std::vector<std::int64_t> shape{parameters};
    if (tensor.name != kVectors[i].name || tensor.type != "F32" || tensor.shape != shape)
      throw CorruptEntry("it has other tensors");
    std::vector<float>& values = state.*kVectors[i].values;
    values.resize(tensor.bytes.size / sizeof(float));
    std::memcpy(values.data(), tensor.bytes.data, tensor.bytes.size);
  }
}

SafetensorsFile parse_fit(const std::filesystem::path& path, const std::vector<std::uint8_t>& bytes) try {
  return parse_safetensors({bytes.data(), bytes.size()});
} catch (const Error& error) {
  throw UserError(fmt::format("{}: {}; {}", path.string(), error.what(), kFile.own.remedy));
}

}  // namespace

void save_training(const std::filesystem::path& path, const TrainingState& state,
                   const std::string& fingerprint) {
  std::vector<SafetensorsTensor> tensors;
  for (const NamedVector& vector : kVectors) {
    const std::vector<float>& values = state.*vector.values;
    tensors.push_back(
        {vector.name,
         "F32",
         {static_cast<std::int64_t>(values.size())},
         {reinterpret_cast<const std::uint8_t*>(values.data()), values.size() * sizeof(float)}});
  }
  write_file_atomically(path, [&](std::ostream& out) {
    emit_safetensors(out, tensors, training_metadata(kFile, to_json(state), fingerprint));
  });
}

std::optional<TrainingState> load_training(const std::filesystem::path& path, const std::string& fingerprint,
                                           std::int64_t parameters) {
  if (!std::filesystem::exists(path)) return std::nullopt;
  const std::vector<std::uint8_t> bytes = read_file(path);
  const SafetensorsFile file = parse_fit(path, bytes);
  check_own_file(path, kFile.own, file.metadata, file.sealed);
  TrainingState state;
  read_training_metadata(path, kFile, file.metadata, fingerprint, [&](const nlohmann::json& json) {
    from_json(json, state);
    read_vectors(file, parameters, state);
  });
  return state;
}

}  // namespace packrat
