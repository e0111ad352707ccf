#pragma once
#include <CLI/CLI.hpp>
#include <string>

namespace packrat {

/// Scripts that complete the program's commands, options and values, made from its command tree. Bash's needs
/// nothing but bash; zsh's is a function for a folder of $fpath, to be called _packrat.
std::string bash_completion(const CLI::App& program);
std::string zsh_completion(const CLI::App& program);

}  // namespace packrat
