#include "tools/value_words.h"

#include <algorithm>

#include "compressors/registry.h"
#include "engine/data/dataset.h"
#include "engine/data/grey_dataset.h"
#include "engine/experiment/run_options.h"
#include "engine/methods/method_table.h"
#include "engine/sparsify/sparse_network.h"
#include "engine/sparsify/sparsify_options.h"
#include "engine/sweep/presets.h"
#include "engine/topology/counting.h"
#include "engine/topology/networks.h"

namespace packrat {
namespace {

using Words = std::vector<std::string>;
using Paths = ValueWords::Paths;

template <typename Rows>
Words names_of_rows(const Rows& rows, Words more = {}) {
  Words names;
  for (const auto& row : rows) names.emplace_back(row.name);
  names.insert(names.end(), more.begin(), more.end());
  return names;
}

template <typename Field>
Words words_of(const Option<Field>& row) {
  return row.completions();
}

/// The words of a row in a table of options; none when there is no such row.
Words words_of_option(const std::string& command, const std::string& name) {
  if (name.rfind("--", 0) != 0) return {};
  const std::string bare = name.substr(2);
  if (command == "sparsify") {
    for (const SparsifyOption& row : sparsify_options())
      if (row.name == bare) return words_of(row);
    return {};
  }
  const RunOption* const row = known_run_option(bare);
  return row == nullptr ? Words{} : words_of(*row);
}

/// Names that an option's own type does not tell. The first row that fits counts.
struct NamedValues {
  std::string command;  ///< empty: any
  std::string option;
  Words (*words)();
  Paths paths = Paths::kNone;
};

const std::vector<NamedValues>& named_values() {
  static const std::vector<NamedValues> table{
      {"sweep", "GRID", [] { return names_of_rows(presets()); }, Paths::kFiles},
      {"audit", "--grid", [] { return names_of_rows(presets()); }, Paths::kFiles},
      {"profile", "MODEL", [] { return names_of_rows(networks()); }},
      {"profile", "--counting", [] { return names_of_rows(counting_rules()); }},
      {"roofline", "--network", [] { return names_of_rows(networks()); }},
      {"sparsify", "--model", [] { return names_of_rows(network_plans(), {std::string(kHeadModel)}); }},
      {"sparsify", "--dataset", [] { return names_of_rows(grey_datasets(), names_of_rows(datasets())); }},
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
  for (const NamedValues& row : named_values())
    if (row.option == name && (row.command.empty() || row.command == command))
      return {row.words(), row.paths};
  if (Words words = words_of_option(command, name); !words.empty()) return {std::move(words), Paths::kNone};
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
