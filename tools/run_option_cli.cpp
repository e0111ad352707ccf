#include "tools/run_option_cli.h"

namespace packrat {

CLI::Option* add_run_option(CLI::App& command, const RunOption& row, RunConfig& config) {
  return std::visit(
      [&](auto field) {
        using T = std::decay_t<decltype(config.*field)>;
        if constexpr (std::is_same_v<T, bool>)
          return command.add_flag("--" + row.name, config.*field, row.help);
        else
          return command.add_option("--" + row.name, config.*field, row.help)->capture_default_str();
      },
      row.field);
}

}  // namespace packrat
