#include "tools/value_words.h"

#include <algorithm>

#include "compressors/registry.h"
#include "engine/data/dataset.h"
#include "engine/experiment/run_options.h"
#include "engine/methods/method_table.h"
#include "engine/sweep/presets.h"
#include "engine/topology/counting.h"
#include "engine/topology/networks.h"
#include "tools/studies.h"

namespace packrat {
namespace {

using Words = std::vector<std::string>;
using Paths = ValueWords::Paths;

/// The words of a row in the table of a run's options; none when there is no such row.
Words words_of_option(const std::string& name) {
  if (name.rfind("--", 0) != 0) return {};
  const RunOption* const row = known_run_option(name.substr(2));
  return row == nullptr ? Words{} : row->completions();
}

Words words_of(const RunOption& row) {
  return row.completions();
}

const std::vector<NamedValues>& named_values() {
  static const std::vector<NamedValues> table{
      {"sweep", "GRID", [] { return names_of_rows(presets()); }, Paths::kFiles},
      {"profile", "MODEL", [] { return names_of_rows(networks()); }},
      {"profile", "--counting", [] { return names_of_rows(counting_rules()); }},
      {"", "--methods", [] { return words_of(find_run_option(&RunConfig::method)); }},
      {"", "names", [] { return words_of(find_run_option(&RunConfig::dataset)); }},
      {"fit", "CODEC", [] { return words_of(find_run_option(&RunConfig::codec)); }},
  };
  return table;
}

/// "table", "csv", "json" of the type "TEXT:{table,csv,json}".
Words words_in_type(const std::string& type) {
  Words words;
  const std::size_t begin = type.find('{'), end = type.find('}');
  if (begin == std::string::npos || end == std::string::npos) return words;
  for (std::size_t at = begin + 1; at <= end;) {
    const std::size_t next = std::min(type.find(',', at), end);
    words.push_back(type.substr(at, next - at));
    at = next + 1;
  }
  return words;
}

bool ends_with(const std::string& text, const std::string& end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

Paths paths_of(const std::string& name, const std::string& type) {
  if (name == "COMMAND") return Paths::kPrograms;
  if (type == "DIR" || name == "DIR" || ends_with(name, "_dir")) return Paths::kFolders;
  return type == "FILE" || type == "TEXT" ? Paths::kFiles : Paths::kNone;
}

}  // namespace

std::string option_name(const CLI::Option& option) {
  return option.get_lnames().empty() ? "-" + option.get_snames().front() : "--" + option.get_lnames().front();
}

std::string operand_name(const CLI::Option& option) {
  return option.get_name(true);
}

bool takes_value(const CLI::Option& option) {
  return option.get_items_expected_max() != 0;
}

ValueWords value_words(const std::string& command, const std::string& name, const CLI::Option& option) {
  const std::string type = option.get_type_name();
  if (Words words = words_in_type(type); !words.empty()) return {std::move(words), Paths::kNone};
  for (const auto* const rows : {&study_parts().values, &named_values()})
    for (const NamedValues& row : *rows) {
      if (row.option != name || (!row.command.empty() && row.command != command)) continue;
      Words words = row.words();
      const Paths paths = words.empty() ? paths_of(name, type) : row.paths;
      return {std::move(words), paths};
    }
  if (Words words = words_of_option(name); !words.empty()) return {std::move(words), Paths::kNone};
  return {{}, paths_of(name, type)};
}

std::vector<const CLI::App*> commands_of(const CLI::App& command) {
  return command.get_subcommands([](const CLI::App* part) { return !part->get_group().empty(); });
}

std::vector<const CLI::Option*> options_of(const CLI::App& command) {
  return command.get_options([](const CLI::Option* option) {
    return !option->get_group().empty() && !(option->get_lnames().empty() && option->get_snames().empty());
  });
}

std::vector<const CLI::Option*> operands_of(const CLI::App& command) {
  return command.get_options([](const CLI::Option* option) { return option->get_positional(); });
}

std::vector<CommandPlace> all_commands(const CLI::App& program) {
  std::vector<CommandPlace> places{{"", &program}};
  for (std::size_t i = 0; i < places.size(); ++i) {
    const CommandPlace place = places[i];
    std::size_t behind = i;
    for (const CLI::App* part : commands_of(*place.app))
      places.insert(places.begin() + static_cast<std::ptrdiff_t>(++behind),
                    {place.words + (place.words.empty() ? "" : " ") + part->get_name(), part});
  }
  return places;
}

}  // namespace packrat
