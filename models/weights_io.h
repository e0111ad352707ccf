#pragma once
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "engine/core/training_file.h"
#include "models/state_dict.h"

namespace packrat {

/// A tensor that a file holds in a form that Packrat does not read.
struct UnusableTensor {
  std::string name;
  std::string why;  ///< "is of type F8_E4M3", "is quantized"
};

/// A file of named tensors, as it was read.
struct WeightsFile {
  StateDict tensors;  ///< contiguous, on the CPU, in the file's types
  std::vector<UnusableTensor> unusable;
  /// safetensors: its __metadata__; PyTorch: plain values beside the tensors
  std::map<std::string, std::string> metadata;
  std::string sha256;   ///< of the whole file
  bool sealed = false;  ///< Packrat wrote it, and its checksum is that of its bytes
};

/// Reads a safetensors file or a PyTorch checkpoint (torch.save, zip or legacy), recognized by
/// content. A checkpoint is a dict of tensors, or holds one under "state_dict", "model", "net" and the like
/// or under any other name when there is one only; tensors of dicts inside it are called "outer.inner". Only
/// data is read from a checkpoint, never code, and anything beside the tensors is ignored.
/// UserError in one line when the file cannot be read, is damaged, is neither, or holds no tensor that can be
/// used.
WeightsFile read_weights(const std::filesystem::path& path);

/// Reads such a file, which write_safetensors() wrote. UserError when it is another file or is damaged: not
/// one changed bit is taken. A file without checksum is taken when its SHA-256 is one of `older`.
WeightsFile read_own_file(const std::filesystem::path& path, const OwnFile& kind,
                          const std::vector<std::string>& older = {});

/// Writes a safetensors file with a checksum over all of it (safetensors.h), all or nothing
/// (write_file_atomically). Tensors of any device and layout; types
/// F64 F32 F16 BF16 I64 I32 I16 I8 U8 BOOL. UserError for other types, for repeated names, and when the file
/// cannot be written.
void write_safetensors(const std::filesystem::path& path, const StateDict& tensors,
                       const std::map<std::string, std::string>& metadata = {});

}  // namespace packrat
