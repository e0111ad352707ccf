#include "tools/run_option.h"

namespace packrat {

CLI::Option* add_run_option(CLI::App& command, const std::string& name, RunConfig& config) {
  const RunOption& row = find_run_option(name);
  return std::visit(
      [&](auto field) {
        if constexpr (std::is_same_v<decltype(field), bool RunConfig::*>)
          return command.add_flag("--" + row.name, config.*field, row.help);
        else
          return command.add_option("--" + row.name, config.*field, row.help)->capture_default_str();
      },
      row.field);
}

}  // namespace packrat
