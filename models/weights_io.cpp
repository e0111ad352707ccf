#include "models/weights_io.h"

#include <c10/util/Exception.h>
#include <fmt/format.h>

#include <algorithm>
#include <new>

#include "engine/core/error.h"
#include "engine/core/files.h"
#include "engine/core/safetensors.h"
#include "models/checkpoint.h"
#include "models/safetensors.h"

namespace packrat {
namespace {

WeightsFile parse(ByteView file) {
  if (looks_like_checkpoint(file)) return parse_checkpoint(file);
  if (looks_like_safetensors(file)) return weights_from_safetensors(file);
  if (looks_like_pickle(file))
    throw UserError(
        "this is a pickle that torch.save did not write: load it in Python and save the state dict with "
        "torch.save, or convert it to safetensors");
  throw CorruptEntry("this is neither a safetensors file nor a PyTorch checkpoint written by torch.save");
}

WeightsFile read_or_tell(const std::filesystem::path& path, const std::string& remedy) {
  const MappedFile file(path);
  try {
    WeightsFile out = parse(file.bytes());
    if (out.tensors.empty() && !out.unusable.empty())
      throw UserError(fmt::format("tensor '{}' {}, which Packrat does not read, and there is no other",
                                  out.unusable[0].name, out.unusable[0].why));
    out.sha256 = sha256_of_file(path);
    return out;
  } catch (const CorruptEntry& error) {
    throw UserError(fmt::format("{}: {}; {}", path.string(), error.what(), remedy));
  } catch (const UserError& error) {
    throw UserError(fmt::format("{}: {}", path.string(), error.what()));
  } catch (const std::bad_alloc&) {
    throw UserError(fmt::format("{}: its tensors do not fit into memory", path.string()));
  } catch (const c10::Error& error) {
    throw UserError(
        fmt::format("{}: damaged weights file: {}", path.string(), error.what_without_backtrace()));
  }
}

}  // namespace

WeightsFile read_weights(const std::filesystem::path& path) {
  return read_or_tell(path, "get or make the file again");
}

WeightsFile read_own_file(const std::filesystem::path& path, const OwnFile& kind,
                          const std::vector<std::string>& older) {
  WeightsFile out = read_or_tell(path, kind.remedy);
  const bool known = std::find(older.begin(), older.end(), out.sha256) != older.end();
  check_own_file(path, kind, out.metadata, out.sealed || known);
  return out;
}

void write_safetensors(const std::filesystem::path& path, const StateDict& tensors,
                       const std::map<std::string, std::string>& metadata) {
  write_file_atomically(path, [&](std::ostream& out) { emit_weights(out, tensors, metadata); });
}

}  // namespace packrat
