#pragma once
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "engine/experiment/run_options.h"
#include "engine/topology/heads.h"

// How the table of run_options.cpp is written.

namespace packrat {

/// A row while the table is written.
struct RunOptionRow {
  RunOption& option;

  template <typename A, typename B>
  RunOptionRow& in(A least, B most, std::string remedy = "") {
    using T = std::conditional_t<std::is_floating_point_v<A>, double, std::int64_t>;
    option.range = Range<T>{least, most, std::move(remedy)};
    return *this;
  }
  RunOptionRow& below(double least, double most) {
    option.range = Range<double>{least, most, "", false, true};
    return *this;
  }
  RunOptionRow& one_of(std::vector<std::string> choices) {
    return option.choices = std::move(choices), *this;
  }
  RunOptionRow& such_as(std::vector<std::string> words) { return option.words = std::move(words), *this; }
  RunOptionRow& of(std::string part, std::vector<std::string> values) {
    option.part = std::move(part);
    option.part_values = std::move(values);
    return *this;
  }
  RunOptionRow& of_network() { return of("encoder", encoder_names()); }
  RunOptionRow& of_any_encoder() {
    of_network();
    option.part_values.emplace_back("onnx:");
    return *this;
  }
  RunOptionRow& unless(std::vector<std::string> others) {
    return option.replaced_by = std::move(others), *this;
  }
  RunOptionRow& tells(Aspect aspect) { return option.aspect = aspect, *this; }
  RunOptionRow& decides(Role role) { return option.role = role, *this; }
  RunOptionRow& beside_onnx() { return option.beside_onnx = true, *this; }
  RunOptionRow& published() { return option.published = true, *this; }
  RunOptionRow& about_entries(bool is) { return option.about_entries = is, *this; }
};

/// Rows under one heading of --help, which share what mostly holds for them.
class RunOptionGroup {
 public:
  RunOptionGroup(std::vector<RunOption>& table, std::string heading, Role role = Role::kResult)
      : table_(table), heading_(std::move(heading)), role_(role) {}
  RunOptionGroup& about_entries() { return about_entries_ = true, *this; }
  RunOptionRow add(std::string name, RunField field, std::string help) {
    RunOption& row = table_.emplace_back();
    row.name = std::move(name);
    row.field = field;
    row.help = std::move(help);
    row.role = role_;
    row.group = heading_;
    row.about_entries = about_entries_;
    return {row};
  }

 private:
  std::vector<RunOption>& table_;
  std::string heading_;
  Role role_;
  bool about_entries_ = false;
};

}  // namespace packrat
