#pragma once
#include <CLI/CLI.hpp>
#include <string>

namespace packrat {

/// packrat(1) as roff: every command with its operands, options and defaults, made from the command tree;
/// environment variables, files and exit codes.
std::string man_page(const CLI::App& program);

}  // namespace packrat
