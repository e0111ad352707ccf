#include "engine/sweep/run_kind.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "engine/core/error.h"
#include "engine/sweep/experiment_kind.h"
#include "engine/sweep/sparsify_kind.h"

namespace packrat {

const std::vector<const RunKind*>& run_kinds() {
  static const std::vector<const RunKind*> table{&experiment_kind(), &sparsify_kind()};
  return table;
}

const RunKind& find_run_kind(const std::string& command) {
  std::vector<std::string> commands;
  for (const RunKind* kind : run_kinds()) {
    if (kind->command() == command) return *kind;
    commands.push_back(kind->command());
  }
  throw UserError(
      fmt::format("`packrat {}` cannot be swept: choose {}", command, fmt::join(commands, " or ")));
}

}  // namespace packrat
