#include "compressors/codec_spec.h"

#include <fmt/format.h>

#include "compressors/spec_text.h"
#include "compressors/stage_table.h"

namespace packrat {
namespace {

std::string usage(const StageInfo& info) {
  return info.options.empty() ? fmt::format("'{}' takes no options", info.name)
                              : fmt::format("'{}' takes {}", info.name, info.options);
}

/// Gives a value that stands alone, as in "entropy:rans", its key.
void name_lone_values(const StageRow& row, StageText& text) {
  if (!row.is_coder()) return;
  for (auto& [key, value] : text.options) {
    if (!key.empty() || value.empty()) continue;
    if (text.find(row.keys[0].name) != nullptr)
      throw UserError(
          fmt::format("codec stage '{}': option '{}' is given twice", row.info.name, row.keys[0].name));
    key = row.keys[0].name;
  }
}

StageSpec checked_stage(StageText text) {
  const StageRow& row = find_stage_row(text.name);
  name_lone_values(row, text);
  std::string name = text.name;
  return {std::move(name), filled_options("codec", fmt::format("codec stage '{}'", row.info.name),
                                          usage(row.info), row.keys, std::move(text))};
}

void check_places(const std::vector<StageSpec>& stages) {
  for (std::size_t s = 0; s + 1 < stages.size(); ++s)
    if (find_stage_row(stages[s].name).is_coder())
      throw UserError(
          fmt::format("codec stage '{}' works on finished entries, so no stage can follow it: put it last",
                      stages[s].name));
  if (stages.size() == 1 && find_stage_row(stages[0].name).is_coder())
    throw UserError(
        fmt::format("codec stage '{0}' works on finished entries, so a stage has to stand before it: write "
                    "none|{0} for values as they are",
                    stages[0].name));
}

}  // namespace

const StageRow& find_stage_row(std::string_view name) {
  std::string known;
  for (const StageRow& row : stage_rows()) {
    if (row.info.name == name) return row;
    known += (known.empty() ? "" : ", ") + row.info.name;
  }
#ifndef PACKRAT_PICTURES
  if (name == "jpeg" || name == "webp")
    throw UserError(fmt::format(
        "codec stage '{}' is not in this build of Packrat: build it with libturbojpeg and libwebp, "
        "or use 'resize'",
        name));
#endif
  throw UserError(fmt::format("codec stage '{}' is unknown: choose from {}", name, known));
}

CodecSpec CodecSpec::parse(std::string_view text) {
  CodecSpec spec;
  for (StageText& stage : parse_spec(text)) spec.stages_.push_back(checked_stage(std::move(stage)));
  check_places(spec.stages_);
  return spec;
}

std::string CodecSpec::text() const {
  std::string text;
  for (const StageSpec& stage : stages_) {
    text += (text.empty() ? "" : "|") + stage.name;
    char before = ':';
    for (const OptionKey& key : find_stage_row(stage.name).keys) {
      const std::string& value = stage.options.text(key.name);
      if (key.otherwise && value == *key.otherwise) continue;
      text += before + key.name + "=" + value;
      before = ',';
    }
  }
  return text;
}

CodecSpec CodecSpec::front(std::size_t count) const {
  CodecSpec part;
  part.stages_.assign(stages_.begin(), stages_.begin() + static_cast<std::ptrdiff_t>(count));
  return part;
}

bool CodecSpec::has_coder() const {
  return find_stage_row(stages_.back().name).is_coder();
}

CodecSpec CodecSpec::without_coder() const {
  return has_coder() ? front(stages_.size() - 1) : *this;
}

bool CodecSpec::learns() const {
  for (const StageSpec& stage : stages_)
    if (find_stage_row(stage.name).has_to_learn(stage.options)) return true;
  return false;
}

CodecSpec CodecSpec::with(std::size_t stage, std::string_view key, std::string value) const {
  CodecSpec changed = *this;
  changed.stages_[stage].options.set(key, std::move(value));
  return changed;
}

std::string published_stage_name(const std::string& name) {
  for (const StageRow& row : stage_rows())
    if (row.info.name == name && !row.info.published.empty()) return row.info.published;
  return name;
}

}  // namespace packrat
