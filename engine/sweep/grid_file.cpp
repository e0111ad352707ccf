// Grids as TOML text.
#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>

#include "engine/core/error.h"
#include "engine/sweep/grid.h"
#include "engine/sweep/option_text.h"

namespace packrat {
namespace {

class GridReader {
 public:
  explicit GridReader(std::string source) : source_(std::move(source)) {}

  Grid read(const std::string& text) {
    const toml::table table = parse(text);
    Grid grid;
    for (const auto& [key, node] : table) {
      if (key == "grid")
        grid.blocks = read_tables(node, "grid");
      else if (key == "exclude")
        grid.excludes = read_tables(node, "exclude");
      else
        read_option(key, node, grid.common);
    }
    check(grid);
    return grid;
  }

 private:
  toml::table parse(const std::string& text) const {
    try {
      return toml::parse(text);
    } catch (const toml::parse_error& error) {
      throw UserError(fmt::format("{}:{}: {}", source_, error.source().begin.line, error.description()));
    }
  }

  std::string place(const toml::node& node) const {
    return fmt::format("{}:{}", source_, node.source().begin.line);
  }

  std::vector<OptionValues> read_tables(const toml::node& node, const char* name) const {
    if (!node.is_array_of_tables())
      throw UserError(fmt::format("{}: write [[{}]], in two pairs of brackets", place(node), name));
    std::vector<OptionValues> all;
    for (const toml::node& element : *node.as_array()) {
      OptionValues& values = all.emplace_back();
      for (const auto& [key, value] : *element.as_table()) read_option(key, value, values);
    }
    return all;
  }

  void read_option(const toml::key& key, const toml::node& node, OptionValues& values) const {
    const std::string name(key.str());
    try {
      const RunOption& option = find_run_option(name);
      if (set_by_sweep(name)) throw UserError("the sweep sets this option itself: leave it out");
      std::vector<std::string>& texts = values[name];
      if (const toml::array* list = node.as_array())
        for (const toml::node& element : *list) texts.push_back(value_of(option, element));
      else
        texts.push_back(value_of(option, node));
      if (texts.empty()) throw UserError("an empty list leaves no run");
    } catch (const UserError& error) {
      throw UserError(fmt::format("{}: {}: {}", place(node), name, error.what()));
    }
  }

  static std::string value_of(const RunOption& option, const toml::node& node) {
    const std::string text = node.is_string()           ? **node.as_string()
                             : node.is_integer()        ? fmt::format("{}", **node.as_integer())
                             : node.is_floating_point() ? fmt::format("{}", **node.as_floating_point())
                             : node.is_boolean()        ? fmt::format("{}", **node.as_boolean())
                                                        : throw UserError("give a value, or a list of values");
    RunConfig unused;
    set_option(option, text, unused);
    return text;
  }

  /// Everything in the file has a purpose.
  void check(const Grid& grid) const try {
    std::set<std::string> all;
    for (const auto& [name, values] : grid.common) all.insert(name);
    for (const OptionValues& block : grid.blocks)
      for (const auto& [name, values] : block) all.insert(name);
    if (expand(grid, "").empty()) throw UserError("no run is left");
    const std::size_t runs = expand(grid, "", all).size();
    for (std::size_t i = 0; i < grid.excludes.size(); ++i) {
      Grid without = grid;
      without.excludes.erase(without.excludes.begin() + static_cast<std::ptrdiff_t>(i));
      if (expand(without, "").size() == runs)
        throw UserError(fmt::format("[[exclude]] number {} leaves out no run that another does not", i + 1));
    }
  } catch (const UserError& error) {
    throw UserError(fmt::format("{}: {}", source_, error.what()));
  }

  std::string source_;
};

}  // namespace

bool set_by_sweep(const std::string& option) {
  static const std::set<std::string> names{"log_dir", "exp_name", "threads", "save_buffer", "save_model"};
  return names.count(option) > 0;
}

Grid parse_grid(const std::string& text, const std::string& source) {
  return GridReader(source).read(text);
}

}  // namespace packrat
