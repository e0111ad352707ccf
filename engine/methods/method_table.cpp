#include "engine/methods/method_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "compressors/spec_text.h"
#include "engine/core/error.h"
#include "engine/methods/hybrid_spec.h"
#include "engine/methods/method_factory.h"
#include "engine/methods/method_list.h"

namespace packrat {
namespace {

const std::vector<MethodRow>& method_rows() {
  static const std::vector<MethodRow> table = [] {
    std::vector<MethodRow> rows{
        {{kReplayMethod, "", "keeps entries of a codec and retrains a head on them (GDumb)", {kReplayMethod}},
         {}},
        {{kHybridMethod,
          "HEAD+replay[:combine=average|prior,weight=auto|0..1], HEAD one of the methods below with its "
          "options",
          "a closed form and entries in one budget; averages its scores with the head's, or trains the head "
          "on "
          "them",
          {"hybrid:slda+replay", "hybrid:slda:precision=bfloat16+replay:combine=prior",
           "hybrid:ncm+replay:weight=0.3"}},
         {}},
    };
    for (const auto& of_file : listed_methods()) rows.insert(rows.end(), of_file.begin(), of_file.end());
    return rows;
  }();
  return table;
}

const MethodRow& find_method_row(std::string_view name) {
  std::string known;
  for (const MethodRow& row : method_rows()) {
    if (row.info.name == name) return row;
    known += (known.empty() ? "" : ", ") + row.info.name;
  }
  throw UserError(fmt::format("method '{}' is unknown: choose from {}", name, known));
}

/// The one piece of the spec.
StageText parse_method(std::string_view spec) {
  const std::vector<StageText> pieces = parse_spec(spec);
  if (pieces.size() != 1)
    throw UserError(fmt::format("method '{}' is a chain, but a method is one piece: leave '|' out", spec));
  return pieces.front();
}

StageOptions method_options(const MethodRow& row, const StageText& text) {
  const std::string usage = row.info.options.empty()
                                ? fmt::format("'{}' takes no options", row.info.name)
                                : fmt::format("'{}' takes {}", row.info.name, row.info.options);
  return filled_options("method", fmt::format("method '{}'", row.info.name), usage, row.keys, text);
}

/// Also for what damaged files say.
void check_setting(const MethodSetting& setting) {
  constexpr std::int64_t kMostSide = std::int64_t{1} << 14;
  const auto& [channels, height, width] = setting.shape;
  const bool sized = std::all_of(setting.shape.begin(), setting.shape.end(),
                                 [](std::int64_t side) { return side >= 1 && side <= kMostSide; });
  if (!sized || setting.classes < 1 || setting.classes > 65536)
    throw UserError(
        fmt::format("a method cannot work on {} classes of {}x{}x{} features: give 1 to 65536, and "
                    "channels, height and width from 1 to {}",
                    setting.classes, channels, height, width, kMostSide));
}

}  // namespace

std::int64_t kept_bytes(const Method& method) {
  std::int64_t sum = 0;
  for (const StateItem& item : method.kept()) sum += item.bytes;
  return sum;
}

std::vector<MethodInfo> method_table() {
  std::vector<MethodInfo> table;
  for (const MethodRow& row : method_rows()) table.push_back(row.info);
  return table;
}

std::string method_name(std::string_view spec) {
  return find_method_row(parse_method(spec).name).info.name;
}

bool keeps_entries(std::string_view spec) {
  return find_method_row(parse_method(spec).name).make == nullptr;
}

std::unique_ptr<Method> make_method(std::string_view spec, const MethodSetting& setting) {
  const StageText text = parse_method(spec);
  const MethodRow& row = find_method_row(text.name);
  if (row.make == nullptr)
    throw Error(fmt::format("method '{}' keeps entries: it is not made from its name alone", spec));
  const StageOptions options = method_options(row, text);
  check_setting(setting);
  std::unique_ptr<StreamingHead> method = row.make(options, setting);
  method->open_empty();
  method->keep();
  return method;
}

void check_method(std::string_view spec) {
  if (parse_hybrid(spec)) return;
  const StageText text = parse_method(spec);
  const MethodRow& row = find_method_row(text.name);
  const StageOptions options = method_options(row, text);
  if (row.make == nullptr) return;
  // Values are checked by making one for maps that the poolings divide.
  const RowForm form = row_form(options);
  MethodSetting setting{{1, 1, 1}, 1};
  for (std::size_t i = 0; i < std::max(form.blocks.size(), form.poolings.size()); ++i) {
    const Pooling pooling = form.poolings[i < form.poolings.size() ? i : 0];
    const auto side = [](std::int64_t size) { return std::max<std::int64_t>(1, size); };
    setting.parts.push_back(
        {i < form.blocks.size() ? form.blocks[i] : "", {1, side(pooling.height), side(pooling.width)}});
  }
  row.make(options, setting);
}

std::int64_t method_bytes(std::string_view spec, const MethodSetting& setting) {
  return kept_bytes(*make_method(spec, setting));
}

double share_of(const StageOptions& options, const char* key, const char* or_else) {
  const std::string& text = options.text(key);
  double share = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), share);
  if (failure != std::errc() || end != text.data() + text.size() || !(share >= 0 && share <= 1))
    throw options.error(key, fmt::format("give a number from 0 to 1{}", or_else));
  return share + 0.0;  // -0 is written as 0
}

RowForm row_form(const StageOptions& options) {
  const double power = share_of(options, "power");
  if (power == 0) throw options.error("power", "give a number above 0, at most 1");
  std::vector<std::string> blocks;
  if (options.text("blocks") != "all") blocks = split_at_plus(options.text("blocks"));
  if (std::count(blocks.begin(), blocks.end(), "") > 0)
    throw options.error("blocks", "name blocks of the rows joined by +, such as 2+3, or all");
  return {blocks, parse_poolings(options.text("pool"), "method option pool"), power,
          options.integer("random", 0, 65536)};
}

Shrinkage shrinkage_of(const StageOptions& options) {
  if (options.text("shrink") == "oas") return {};
  return {false, share_of(options, "shrink", ", or oas")};
}

StatePrecision precision_of(const StageOptions& options) {
  return parse_state_precision(options.choice("precision", {"float32", "bfloat16", "int8"}));
}

}  // namespace packrat
