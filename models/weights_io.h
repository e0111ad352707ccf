#pragma once
#include <filesystem>
#include <map>
#include <string>

#include "models/state_dict.h"

namespace packrat {

/// A file of named tensors, as it was read.
struct WeightsFile {
  StateDict tensors;  ///< contiguous, on the CPU, in the file's types
  std::map<std::string, std::string>
      metadata;        ///< safetensors: its __metadata__; PyTorch: plain values beside the tensors
  std::string sha256;  ///< of the whole file
};

/// Reads a safetensors file or a PyTorch checkpoint (torch.save, PyTorch 1.6 or later), told apart by
/// content. A checkpoint is a dict of tensors, or holds one under "state_dict", "model_state_dict" or
/// "model"; a "module." in front of every name is dropped. Only data is read from a checkpoint, never code.
/// UserError in one line when the file cannot be read, is damaged, or is neither.
WeightsFile read_weights(const std::filesystem::path& path);

/// Writes a safetensors file, all or nothing (write_file_atomically). Tensors of any device and layout; types
/// F64 F32 F16 BF16 I64 I32 I16 I8 U8 BOOL. UserError for other types, for repeated names, and when the file
/// cannot be written.
void write_safetensors(const std::filesystem::path& path, const StateDict& tensors,
                       const std::map<std::string, std::string>& metadata = {});

}  // namespace packrat
