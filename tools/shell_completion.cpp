#include "tools/shell_completion.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "tools/value_words.h"

namespace packrat {
namespace {

using Paths = ValueWords::Paths;

/// In single quotes, as both shells read it.
std::string quoted_for_shell(const std::string& text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

/// A backslash before each character of `special`.
std::string escaped_for_zsh(const std::string& text, std::string_view special) {
  std::string out;
  for (const char c : text) {
    if (special.find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

std::vector<std::string> spellings(const CLI::Option& option) {
  std::vector<std::string> names;
  for (const std::string& name : option.get_lnames()) names.push_back("--" + name);
  for (const std::string& name : option.get_snames()) names.push_back("-" + name);
  return names;
}

// ---- bash ----

std::string_view bash_paths(Paths paths) {
  switch (paths) {
    case Paths::kFiles:
      return "files";
    case Paths::kFolders:
      return "folders";
    case Paths::kPrograms:
      return "programs";
    case Paths::kNone:
      break;
  }
  return "none";
}

/// "files rescon-cifar10 rescon-cifar100": kind of paths, then words.
std::string bash_value(const ValueWords& value) {
  return quoted_for_shell(fmt::format("{}{}{}", bash_paths(value.paths), value.words.empty() ? "" : " ",
                                      fmt::join(value.words, " ")));
}

std::string bash_command(const CommandPlace& place) {
  std::vector<std::string> commands, options, operands;
  for (const CLI::App* part : commands_of(*place.app)) commands.push_back(part->get_name());
  for (const CLI::Option* option : options_of(*place.app))
    for (const std::string& name : spellings(*option)) options.push_back(name);
  for (const CLI::Option* option : operands_of(*place.app))
    operands.push_back(bash_value(value_words(place.words, operand_name(*option), *option)));
  return fmt::format("    {})\n      commands='{}'\n      options='{}'\n      operands=({})\n      ;;\n",
                     quoted_for_shell(place.words), fmt::join(commands, " "), fmt::join(options, " "),
                     fmt::join(operands, " "));
}

std::string bash_values(const CommandPlace& place) {
  std::string rows;
  for (const CLI::Option* option : options_of(*place.app)) {
    if (!takes_value(*option)) continue;
    std::vector<std::string> patterns;
    for (const std::string& name : spellings(*option))
      patterns.push_back(quoted_for_shell(place.words + ":" + name));
    rows += fmt::format("    {}) value={} ;;\n", fmt::join(patterns, " | "),
                        bash_value(value_words(place.words, option_name(*option), *option)));
  }
  return rows;
}

constexpr std::string_view kBashHead =
    R"sh(# Completion of packrat for bash; made by `packrat completion bash`.

# Of the command $1: the commands and options below it, and what its operands may be.
_packrat_command() {
  case $1 in
)sh";

constexpr std::string_view kBashMiddle = R"sh(    *) commands='' options='' operands=() ;;
  esac
}

# What the value of option $2 of the command $1 may be; fails for a flag.
_packrat_value() {
  case $1:$2 in
)sh";

constexpr std::string_view kBashTail = R"sh(    *) return 1 ;;
  esac
}

# Completes $2 as a value of $1, a kind of paths and words; $3 stays before it.
_packrat_reply() {
  local kind=${1%% *} words='' found
  [[ $1 == *' '* ]] && words=${1#* }
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$2")
  [[ $2 == folder:* || $2 == features:* ]] && kind=folders && set -- "$1" "${2#*:}" "${3}${2%%:*}:"
  case $kind in
    files) mapfile -t found < <(compgen -f -- "$2") ;;
    folders) mapfile -t found < <(compgen -d -- "$2") ;;
    programs) mapfile -t found < <(compgen -c -- "$2") ;;
    *) found=() ;;
  esac
  [[ $kind == none ]] || compopt -o filenames 2>/dev/null
  [[ ${COMPREPLY[0]-} == *: ]] && compopt -o nospace 2>/dev/null
  COMPREPLY+=("${found[@]}")
  COMPREPLY=("${COMPREPLY[@]/#/$3}")
}

_packrat() {
  local line=${COMP_LINE:0:COMP_POINT} words command='' option='' value operand=0 only_operands='' i
  local commands options operands
  read -ra words <<<"$line"
  [[ $line == *[[:space:]] ]] && words+=('')
  local last=$((${#words[@]} - 1))
  local current=${words[last]}
  COMPREPLY=()
  _packrat_command ''
  for ((i = 1; i < last; ++i)); do
    if [[ $only_operands ]]; then
      operand=$((operand + 1))
    elif [[ ${words[i]} == -- ]]; then
      only_operands=yes
    elif [[ ${words[i]} == -*=* ]]; then
      :
    elif [[ ${words[i]} == -* ]]; then
      _packrat_value "$command" "${words[i]}" || continue
      ((++i == last)) && option=${words[i - 1]}
    elif [[ " $commands " == *" ${words[i]} "* ]]; then
      command+=${command:+ }${words[i]}
      _packrat_command "$command"
    else
      operand=$((operand + 1))
    fi
  done
  if [[ $option ]] && _packrat_value "$command" "$option"; then
    _packrat_reply "$value" "$current" ''
  elif [[ ! $only_operands && $current == --*=* ]]; then
    _packrat_value "$command" "${current%%=*}" && _packrat_reply "$value" "${current#*=}" "${current%%=*}="
  elif [[ ! $only_operands && ($current == -* || ($current == '' && ! $commands && ${#operands[@]} == 0)) ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$options" -- "$current")
  elif [[ $commands ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$commands" -- "$current")
  elif ((${#operands[@]})); then
    ((operand < ${#operands[@]})) || operand=$((${#operands[@]} - 1))
    _packrat_reply "${operands[operand]}" "$current" ''
  fi
  # Bash takes = and : as ends of words: what stands before the last of them is there already.
  local kept=${current%"${current##*[=:]}"}
  [[ $kept && $COMP_WORDBREAKS == *[=:]* ]] && COMPREPLY=("${COMPREPLY[@]#"$kept"}")
  return 0
}
complete -F _packrat packrat
)sh";

// ---- zsh ----

std::string zsh_function(const std::string& words) {
  std::string name = words.empty() ? "_packrat" : "_packrat_" + words;
  std::replace(name.begin(), name.end(), ' ', '_');
  return name;
}

/// ":message:action" of a value.
std::string zsh_value(const ValueWords& value, const std::string& message) {
  std::string words;
  for (const std::string& word : value.words)
    words += (words.empty() ? "" : " ") + escaped_for_zsh(word, "\\:()[] |");
  const std::string_view paths = value.paths == Paths::kFiles      ? "_files"
                                 : value.paths == Paths::kFolders  ? "_files -/"
                                 : value.paths == Paths::kPrograms ? "_command_names -e"
                                                                   : "";
  const std::string label = escaped_for_zsh(message, ":");
  if (words.empty()) return fmt::format(":{}:{}", label, paths.empty() ? " " : paths);
  if (paths.empty()) return fmt::format(":{}:({})", label, words);
  return fmt::format(":{}:{{_packrat_words_or_paths {} {}}}", label, words, "-- " + std::string(paths));
}

std::string zsh_option(const std::string& command, const CLI::Option& option) {
  std::string rows;
  const std::string help = escaped_for_zsh(option.get_description(), "\\[]:");
  for (const std::string& name : spellings(option)) {
    const bool is_long = name.size() > 2;
    std::string row = fmt::format("{}[{}]", takes_value(option) && is_long ? name + "=" : name, help);
    if (takes_value(option)) row += zsh_value(value_words(command, option_name(option), option), "value");
    rows += fmt::format("    {} \\\n", quoted_for_shell(row));
  }
  return rows;
}

std::string zsh_command(const CommandPlace& place) {
  std::string text = fmt::format("{}() {{\n", zsh_function(place.words));
  const auto commands = commands_of(*place.app);
  text += commands.empty() ? "  _arguments -s -S \\\n"
                           : "  local curcontext=$curcontext state line\n  local -a commands\n"
                             "  _arguments -s -S -C \\\n";
  for (const CLI::Option* option : options_of(*place.app)) text += zsh_option(place.words, *option);
  if (commands.empty()) {
    const auto operands = operands_of(*place.app);
    for (std::size_t i = 0; i < operands.size(); ++i) {
      const std::string name = operand_name(*operands[i]);
      const std::string value = zsh_value(value_words(place.words, name, *operands[i]), name);
      const std::string which = i + 1 == operands.size() ? "*" : fmt::format("{}", i + 1);
      text += fmt::format("    {} \\\n", quoted_for_shell(which + value));
    }
    return text + "    && return 0\n  return 1\n}\n\n";
  }
  text += "    '1:command:->command' '*::argument:->argument' && return 0\n";
  text += "  case $state in\n    command)\n      commands=(\n";
  for (const CLI::App* part : commands)
    text += fmt::format("        {}\n", quoted_for_shell(part->get_name() + ":" +
                                                         escaped_for_zsh(part->get_description(), "\\:")));
  text += "      )\n      _describe command commands\n      ;;\n    argument)\n      case $line[1] in\n";
  for (const CLI::App* part : commands)
    text += fmt::format("        {}) {} ;;\n", part->get_name(),
                        zsh_function(place.words + (place.words.empty() ? "" : " ") + part->get_name()));
  return text + "      esac\n      ;;\n  esac\n}\n\n";
}

constexpr std::string_view kZshHead = R"sh(#compdef packrat
# Completion of packrat for zsh; made by `packrat completion zsh`.

# WORDS... -- ACTION...: the words, or what the action names.
_packrat_words_or_paths() {
  local split=${@[(i)--]}
  local -a words=("${(@)@[1,split-1]}") action=("${(@)@[split+1,-1]}")
  _alternative "names:name:($words)" "paths:path:$action"
}

)sh";

}  // namespace

std::string bash_completion(const CLI::App& program) {
  std::string commands, values;
  for (const CommandPlace& place : all_commands(program)) {
    commands += bash_command(place);
    values += bash_values(place);
  }
  return fmt::format("{}{}{}{}{}", kBashHead, commands, kBashMiddle, values, kBashTail);
}

std::string zsh_completion(const CLI::App& program) {
  std::string text(kZshHead);
  for (const CommandPlace& place : all_commands(program)) text += zsh_command(place);
  return text + "_packrat \"$@\"\n";
}

}  // namespace packrat
