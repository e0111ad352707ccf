// Grids as TOML text.
#include <fmt/format.h>

#include <algorithm>

#include "engine/core/error.h"
#include "engine/experiment/toml_value.h"
#include "engine/sweep/grid.h"

namespace packrat {
namespace {

class GridReader {
 public:
  explicit GridReader(std::string source) : source_(std::move(source)) {}

  Grid read(const std::string& text) {
    const toml::table table = parse_toml(text, source_);
    Grid grid;
    kind_ = grid.kind = &kind_of(table);
    for (const auto& [key, node] : table) {
      if (key == "command")
        continue;
      else if (key == "grid")
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
  const RunKind& kind_of(const toml::table& table) const {
    const toml::node* node = table.get("command");
    if (node == nullptr) return find_run_kind("run");
    try {
      return find_run_kind(node->is_string() ? **node->as_string() : std::string("?"));
    } catch (const UserError& error) {
      throw UserError(fmt::format("{}: command: {}", place(*node), error.what()));
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
      for (const GridOption& option : kind_->options())
        if (option.name == name && option.set_by_sweep)
          throw UserError("the sweep sets this option itself: leave it out");
      std::vector<std::string>& texts = values[name];
      if (const toml::array* list = node.as_array())
        for (const toml::node& element : *list) texts.push_back(value_of(name, element));
      else
        texts.push_back(value_of(name, node));
      if (texts.empty()) throw UserError("an empty list leaves no run");
    } catch (const UserError& error) {
      throw UserError(fmt::format("{}: {}: {}", place(node), name, error.what()));
    }
  }

  std::string value_of(const std::string& option, const toml::node& node) const {
    if (!node.is_value()) throw UserError("give a value, or a list of values");
    return kind_->canonical(option, toml_value_text(node));
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
  const RunKind* kind_ = nullptr;
};

}  // namespace

Grid parse_grid(const std::string& text, const std::string& source) {
  return GridReader(source).read(text);
}

}  // namespace packrat
