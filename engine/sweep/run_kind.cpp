#include "engine/sweep/run_kind.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "engine/core/error.h"
#include "engine/sweep/experiment_kind.h"

namespace packrat {
namespace {

std::vector<const RunKind*>& table_of_kinds() {
  static std::vector<const RunKind*> table{&experiment_kind()};
  return table;
}

}  // namespace

const std::vector<const RunKind*>& run_kinds() {
  return table_of_kinds();
}

void add_run_kind(const RunKind& kind) {
  std::vector<const RunKind*>& table = table_of_kinds();
  if (std::find(table.begin(), table.end(), &kind) == table.end()) table.push_back(&kind);
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
