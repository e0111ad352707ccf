#include "models/weights_io.h"

#include <c10/util/Exception.h>
#include <fmt/format.h>

#include <new>

#include "engine/core/error.h"
#include "engine/core/files.h"
#include "models/checkpoint.h"
#include "models/safetensors.h"

namespace packrat {
namespace {

WeightsFile parse(ByteView file) {
  if (looks_like_checkpoint(file)) return parse_checkpoint(file);
  if (looks_like_safetensors(file)) return parse_safetensors(file);
  if (looks_like_legacy_checkpoint(file))
    throw UserError(
        "this is a PyTorch file of the old layout: load it in Python and save it again with torch.save "
        "(PyTorch 1.6 or later), or convert "
        "it to safetensors");
  throw UserError(
      "this is neither a safetensors file nor a PyTorch checkpoint written by torch.save; get or make the "
      "file again");
}

}  // namespace

WeightsFile read_weights(const std::filesystem::path& path) {
  const MappedFile file(path);
  try {
    WeightsFile out = parse(file.bytes());
    out.sha256 = sha256_of_file(path);
    return out;
  } catch (const UserError& error) {
    throw UserError(fmt::format("{}: {}", path.string(), error.what()));
  } catch (const std::bad_alloc&) {
    throw UserError(fmt::format("{}: its tensors do not fit into memory", path.string()));
  } catch (const c10::Error& error) {
    throw UserError(
        fmt::format("{}: damaged weights file: {}", path.string(), error.what_without_backtrace()));
  }
}

void write_safetensors(const std::filesystem::path& path, const StateDict& tensors,
                       const std::map<std::string, std::string>& metadata) {
  write_file_atomically(path, [&](std::ostream& out) { emit_safetensors(out, tensors, metadata); });
}

}  // namespace packrat
