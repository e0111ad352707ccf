#include <fmt/format.h>

#include "tools/commands.h"
#include "tools/man_page.h"
#include "tools/shell_completion.h"

namespace packrat {

void add_completion_command(CLI::App& app) {
  CLI::App* command =
      app.add_subcommand("completion", "Print a script that completes command lines in a shell");
  command->require_subcommand(1);
  command
      ->add_subcommand(
          "bash", "Of bash: packrat completion bash > ~/.local/share/bash-completion/completions/packrat")
      ->callback([&app] { fmt::print("{}", bash_completion(app)); });
  command->add_subcommand("zsh", "Of zsh: packrat completion zsh > _packrat, in a folder of $fpath")
      ->callback([&app] { fmt::print("{}", zsh_completion(app)); });
  // Not in --help: installing calls it.
  app.add_subcommand("man", "Print the manual page")->group("")->callback([&app] {
    fmt::print("{}", man_page(app));
  });
}

}  // namespace packrat
