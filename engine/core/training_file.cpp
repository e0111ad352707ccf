#include "engine/core/training_file.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "engine/core/error.h"
#include "engine/core/json_text.h"
#include "engine/core/text_difference.h"

namespace packrat {

void check_own_file(const std::filesystem::path& path, const OwnFile& kind, const FileMetadata& metadata,
                    bool sealed) {
  if (metadata.count(kind.key) == 0)
    throw UserError(fmt::format("{} is not {}: {}", path.string(), kind.what, kind.remedy));
  if (!sealed)
    throw UserError(
        fmt::format("{} carries no checksum: it is damaged, or an older version of Packrat wrote it: {}",
                    path.string(), kind.remedy));
}

FileMetadata training_metadata(const TrainingFile& kind, const nlohmann::json& position,
                               const std::string& inputs) {
  return {{kind.own.key, position.dump()}, {kind.inputs_key, inputs}};
}

void read_training_metadata(const std::filesystem::path& path, const TrainingFile& kind,
                            const FileMetadata& metadata, const std::string& inputs,
                            const std::function<void(const nlohmann::json&)>& read) {
  const auto stored = metadata.find(kind.inputs_key);
  const std::string there = stored == metadata.end() ? "" : stored->second;
  if (there != inputs)
    throw UserError(fmt::format("{} was made with other {} ({}): {}", path.string(), kind.inputs,
                                first_difference(there, inputs), kind.other_remedy));
  const auto damaged = [&] {
    return UserError(fmt::format("{} is damaged: {}", path.string(), kind.own.remedy));
  };
  try {
    read(parse_json(metadata.at(kind.own.key)));
  } catch (const nlohmann::json::exception&) {
    throw damaged();
  } catch (const CorruptEntry&) {
    throw damaged();
  }
}

}  // namespace packrat
