#pragma once
#include <filesystem>
#include <functional>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>

namespace packrat {

/// A kind of sealed safetensors file (safetensors.h) that Packrat writes for itself.
struct OwnFile {
  const char* key;     ///< of the metadata that every such file has
  const char* what;    ///< "a checkpoint of a run"
  const char* remedy;  ///< for one that cannot be used: "delete it and run without --resume"
};

/// Metadata of a safetensors file, without the seal.
using FileMetadata = std::map<std::string, std::string>;

/// UserError unless `metadata` have the kind's key and the file was sealed.
void check_own_file(const std::filesystem::path& path, const OwnFile& kind, const FileMetadata& metadata,
                    bool sealed);

/// A kind of file in which a training that was stopped waits to be continued. Runs, pretraining, stages of
/// sparsifications and fits of codecs all have this one form: tensors, and in the metadata how far the
/// training has come, as JSON, and as text all that it depends on.
struct TrainingFile {
  OwnFile own;               ///< its key is that of the JSON
  const char* inputs_key;    ///< of the text
  const char* inputs;        ///< what it is: "options", "recipe"
  const char* other_remedy;  ///< for a file of other inputs
};

/// What such a file has beside its tensors.
FileMetadata training_metadata(const TrainingFile& kind, const nlohmann::json& position,
                               const std::string& inputs);

/// Hands the position to `read`. UserError in one line when the file was made from other inputs, with the
/// first difference, and when `read` throws nlohmann::json::exception or CorruptEntry: then it is damaged.
void read_training_metadata(const std::filesystem::path& path, const TrainingFile& kind,
                            const FileMetadata& metadata, const std::string& inputs,
                            const std::function<void(const nlohmann::json&)>& read);

}  // namespace packrat
