#include "compressors/registry.h"

#include <fmt/format.h>

#include <algorithm>

#include "compressors/spec_text.h"
#include "compressors/stage_factory.h"

namespace packrat {

std::unique_ptr<Stage> make_raw_stage(const StageOptions& options, const StageContext& context);
std::unique_ptr<Stage> make_quantize_stage(const StageOptions& options, const StageContext& context);
std::unique_ptr<Stage> make_thin_stage(const StageOptions& options, const StageContext& context);

namespace {

struct StageRow {
  StageInfo info;
  std::vector<std::string> keys;  // all are needed
  StageFactory make;
};

// The one list of stages.
const std::vector<StageRow>& rows() {
  static const std::vector<StageRow> table{
      {{"none", "", "every value as it is: float32, or uint8 for pixels", {"none"}}, {}, make_raw_stage},
      {{"quantize",
        "states=2..256, range=local|LO:HI",
        "equal bins between the entry's own extremes or two fixed values, codes packed without gaps",
        {"quantize:states=2,range=local", "quantize:states=4,range=local", "quantize:states=5,range=local",
         "quantize:states=16,range=local", "quantize:states=256,range=local",
         "quantize:states=8,range=0:1.0785", "quantize:states=100,range=-2.086:2.6636"}},
       {"states", "range"},
       make_quantize_stage},
      {{"thin",
        "factor=0 up to, not including, 1",
        "the smallest values become 0; the others are kept with their coordinates",
        {"thin:factor=0", "thin:factor=0.5", "thin:factor=0.9", "thin:factor=0.95",
         "thin:factor=0.9|quantize:states=16,range=local", "thin:factor=0.5|quantize:states=3,range=-1:2"}},
       {"factor"},
       make_thin_stage},
  };
  return table;
}

const StageRow& find_row(std::string_view name) {
  std::string known;
  for (const StageRow& row : rows()) {
    if (row.info.name == name) return row;
    known += (known.empty() ? "" : ", ") + row.info.name;
  }
  throw UserError(fmt::format("codec stage '{}' is unknown: choose from {}", name, known));
}

std::string usage(const StageInfo& info) {
  return info.options.empty() ? fmt::format("'{}' takes no options", info.name)
                              : fmt::format("'{}' takes {}", info.name, info.options);
}

/// The stage's options, all of them known and none missing.
StageOptions checked_options(const StageRow& row, StageText text) {
  for (const auto& [key, value] : text.options)
    if (std::find(row.keys.begin(), row.keys.end(), key) == row.keys.end())
      throw UserError(fmt::format("codec option '{}' is unknown: {}", key, usage(row.info)));
  for (const std::string& key : row.keys)
    if (text.find(key) == nullptr)
      throw UserError(fmt::format("codec option '{}' is missing: {}", key, usage(row.info)));
  return {row.info.name, std::move(text.options)};
}

std::unique_ptr<Stage> make_stage(StageText text, const StageContext& context) {
  const StageRow& row = find_row(text.name);
  return row.make(checked_options(row, std::move(text)), context);
}

void check_domain(const Domain& domain) {
  const auto [channels, height, width] = domain.shape;
  constexpr std::int64_t kMost = std::int64_t{1} << 20;
  for (std::int64_t size : domain.shape)
    if (size < 1 || size > kMost)
      throw UserError(
          fmt::format("a codec cannot work on shape {}x{}x{}: give channels, height and width from 1 to {}",
                      channels, height, width, kMost));
  if (!domain.pixels) return;
  if (channels > 3)
    throw UserError(fmt::format("images of {} channels cannot be stored as pixels: give 1 to 3", channels));
  for (std::size_t c = 0; c < static_cast<std::size_t>(channels); ++c)
    if (!(domain.std[c] > 0.0f && domain.std[c] <= 100.0f && domain.mean[c] >= -100.0f &&
          domain.mean[c] <= 100.0f))
      throw UserError(
          fmt::format("pixels cannot be normalised with mean {} and std {} (channel {}): give a mean in "
                      "[-100, 100] and a std in (0, 100]",
                      domain.mean[c], domain.std[c], c));
}

}  // namespace

Codec make_codec(std::string_view spec, const Domain& domain) {
  check_domain(domain);
  std::vector<StageText> texts = parse_spec(spec);
  std::vector<std::unique_ptr<Stage>> stages;
  StageContext context{domain, domain.values()};
  for (std::size_t s = 0; s < texts.size(); ++s) {
    context.first = s == 0;
    context.last = s + 1 == texts.size();
    stages.push_back(make_stage(std::move(texts[s]), context));
    context.width = stages.back()->width_out();
  }
  return {domain, std::move(stages)};
}

std::vector<StageInfo> stage_table() {
  std::vector<StageInfo> table;
  for (const StageRow& row : rows()) table.push_back(row.info);
  return table;
}

}  // namespace packrat
