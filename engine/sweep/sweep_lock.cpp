#include "engine/sweep/sweep_lock.h"

#include <fmt/format.h>

#include "engine/core/error.h"
#include "engine/core/folders.h"

namespace packrat {
namespace {

FileLock::WhileHeld wait_for_workers(const std::filesystem::path& folder,
                                     const std::function<void(const std::string&)>& note) {
  make_folder(folder, "choose another --out");
  return [folder, note, told = false](const LockHolder& holder) mutable {
    if (holder.may_live())
      throw UserError(fmt::format("another sweep ({}) is at work in {}: wait for it, or stop it",
                                  holder.text(), folder.string()));
    if (!told && note) note("waiting for the workers of a sweep that was killed to write their checkpoints");
    told = true;
  };
}

}  // namespace

SweepLock::SweepLock(const std::filesystem::path& folder, const std::function<void(const std::string&)>& note)
    : lock_(folder / "sweep.lock", wait_for_workers(folder, note), FileLock::Children::kInherit) {}

}  // namespace packrat
