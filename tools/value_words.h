#pragma once
#include <CLI/CLI.hpp>
#include <functional>
#include <string>
#include <vector>

namespace packrat {

/// What a value on the command line can be, for the completion of shells.
struct ValueWords {
  enum class Paths { kNone, kFiles, kFolders, kPrograms };
  std::vector<std::string> words;  ///< "none", "cutr", "cutr34"
  Paths paths = Paths::kNone;      ///< offered beside the words
};

/// What an option or operand can be, where its own type does not tell.
struct NamedValues {
  std::string command;  ///< empty: any
  std::string option;
  std::function<std::vector<std::string>()> words;
  ValueWords::Paths paths = ValueWords::Paths::kNone;  ///< offered beside them
};

template <typename Rows>
std::vector<std::string> names_of_rows(const Rows& rows, std::vector<std::string> more = {}) {
  std::vector<std::string> names;
  for (const auto& row : rows) names.emplace_back(row.name);
  names.insert(names.end(), more.begin(), more.end());
  return names;
}

/// Of an option ("--encoder") or operand ("GRID") of a command ("codec bench"). Text that is neither one of a
/// list nor a known name takes the names of files.
ValueWords value_words(const std::string& command, const std::string& name, const CLI::Option& option);

/// "--encoder", or "-h" where there is no long one.
std::string option_name(const CLI::Option& option);

/// "GRID".
std::string operand_name(const CLI::Option& option);

/// False for flags.
bool takes_value(const CLI::Option& option);

/// A command and everything below it that --help shows, a command before its parts.
struct CommandPlace {
  std::string words;  ///< "codec bench"; empty: the program
  const CLI::App* app;
};
std::vector<CommandPlace> all_commands(const CLI::App& program);

/// The commands right below one; its options; its operands, some of which are options, too.
std::vector<const CLI::App*> commands_of(const CLI::App& command);
std::vector<const CLI::Option*> options_of(const CLI::App& command);
std::vector<const CLI::Option*> operands_of(const CLI::App& command);

}  // namespace packrat
