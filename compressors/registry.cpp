#include "compressors/registry.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <optional>

#include "compressors/codec.h"
#include "compressors/spec_text.h"
#include "compressors/stage_table.h"

namespace packrat {
namespace {

const StageRow& find_row(std::string_view name) {
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

/// The stage's options, all of them known, with the defaults of those left out.
StageOptions checked_options(const StageRow& row, StageText text) {
  name_lone_values(row, text);
  return filled_options("codec", fmt::format("codec stage '{}'", row.info.name), usage(row.info), row.keys,
                        std::move(text));
}

bool learns(const StageRow& row, const StageOptions& options) {
  return row.is_coder() || (row.learns != nullptr && row.learns(options));
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

/// Makes one stage, given all that a factory may need.
using MakeStage =
    std::function<std::unique_ptr<Stage>(const StageRow&, const StageOptions&, const StageContext&)>;

/// Makes the coder of what the stages write.
using MakeCoder =
    std::function<std::unique_ptr<EntryCoder>(const StageRow&, const StageOptions&, const Codec& plain)>;

/// How many of the pieces of a spec are stages: all, or all but the last.
std::size_t count_stages(const std::vector<StageText>& texts) {
  const std::size_t stages = texts.size() - (find_row(texts.back().name).is_coder() ? 1 : 0);
  for (std::size_t s = 0; s < stages; ++s)
    if (find_row(texts[s].name).is_coder())
      throw UserError(
          fmt::format("codec stage '{}' works on finished entries, so no stage can follow it: put it last",
                      texts[s].name));
  if (stages == 0)
    throw UserError(
        fmt::format("codec stage '{0}' works on finished entries, so a stage has to stand before it: write "
                    "none|{0} for values as they are",
                    texts[0].name));
  return stages;
}

/// Goes through the stages of a spec in the order of encoding. `visit` gets each with its options and its
/// place, and says how many values it hands on. Returns the coder behind them, if there is one.
using VisitStage = std::function<std::int64_t(const StageRow&, const StageOptions&, const StageContext&)>;
std::optional<StageText> for_each_stage(std::string_view spec, const Domain& domain,
                                        const VisitStage& visit) {
  check_domain(domain);
  std::vector<StageText> texts = parse_spec(spec);
  StageContext context{domain, domain.values()};
  const std::size_t count = count_stages(texts);
  for (std::size_t s = 0; s < count; ++s) {
    context.position = static_cast<int>(s);
    context.first = s == 0;
    context.last = s + 1 == count;
    const StageRow& row = find_row(texts[s].name);
    context.width = visit(row, checked_options(row, std::move(texts[s])), context);
  }
  if (count == texts.size()) return std::nullopt;
  return std::move(texts.back());
}

Codec build_chain(std::string_view spec, const Domain& domain, const MakeStage& make,
                  const MakeCoder& make_coder) {
  std::vector<std::unique_ptr<Stage>> stages;
  auto text = for_each_stage(
      spec, domain, [&](const StageRow& row, const StageOptions& options, const StageContext& context) {
        stages.push_back(make(row, options, context));
        return stages.back()->width_out();
      });
  Codec plain(domain, std::move(stages));
  if (!text) return plain;
  const StageRow& row = find_row(text->name);
  auto coder = make_coder(row, checked_options(row, std::move(*text)), plain);
  return {std::move(plain), std::move(coder)};
}

/// What the next stage learns from: the rows that `stage` hands on. Worked out in pieces, so that the bytes
/// which encoding also gives are not kept.
std::vector<float> handed_on(const Stage& stage, ConstRows rows) {
  constexpr std::int64_t kPiece = 1024;
  const std::int64_t width = stage.width_out();
  std::vector<float> values(static_cast<std::size_t>(rows.count * width));
  for (std::int64_t begin = 0; begin < rows.count; begin += kPiece) {
    const std::int64_t count = std::min(kPiece, rows.count - begin);
    EntryBatch unused;
    stage.encode({rows.row(begin), count, rows.width}, {values.data() + begin * width, count, width}, unused);
  }
  return values;
}

// Enough for the frequencies of bytes, and for what a dictionary saves.
constexpr std::int64_t kMostEntriesToLearnFrom = 10000, kMostEntriesToCompare = 2000;

ConstRows first_rows(ConstRows rows, std::int64_t most) {
  return {rows.data, std::min(rows.count, most), rows.width};
}

void check_fitting_rows(const FittingRows& rows, const Domain& domain) {
  for (const ConstRows& part : {rows.train, rows.held_out})
    if (part.count < 1 || part.width != domain.values())
      throw UserError(
          fmt::format("a codec for {} values cannot be fitted on {} rows of {} values: give at least one "
                      "row to learn from and one that is held out",
                      domain.values(), part.count, part.width));
}

}  // namespace

Codec make_codec(std::string_view spec, const Domain& domain) {
  const auto refuse = [&] {
    return UserError(fmt::format(
        "codec '{}' has to learn from data before it can be used: fit it with `packrat fit`", spec));
  };
  return build_chain(
      spec, domain,
      [&](const StageRow& row, const StageOptions& options, const StageContext& context) {
        if (learns(row, options)) throw refuse();
        ByteReader nothing({nullptr, 0});
        return row.make(options, context, nothing);
      },
      [&](const StageRow&, const StageOptions&, const Codec&) -> std::unique_ptr<EntryCoder> {
        throw refuse();
      });
}

Codec make_codec(std::string_view spec, const Domain& domain, ByteView learned) {
  ByteReader reader(learned);
  Codec codec = build_chain(
      spec, domain,
      [&](const StageRow& row, const StageOptions& options, const StageContext& context) {
        ByteReader nothing({nullptr, 0});
        const bool reads = learns(row, options);
        auto stage = row.make(options, context, reads ? reader : nothing);
        if (!reads) reader.bytes(stage->shared().size());  // compared with the others' below
        return stage;
      },
      [&](const StageRow& row, const StageOptions& options, const Codec& plain) {
        return row.make_coder(options, plain, reader);
      });
  const std::vector<std::uint8_t> shared = codec.shared();
  if (shared.size() != learned.size || !std::equal(shared.begin(), shared.end(), learned.data))
    throw CorruptEntry(fmt::format("what the entries share differs from what {} gives", codec.spec()));
  return codec;
}

void check_codec(std::string_view spec, const Domain& domain) {
  // What would have to learn finds nothing to read: CorruptEntry. Its options were looked at before.
  const auto coder = for_each_stage(
      spec, domain, [](const StageRow& row, const StageOptions& options, const StageContext& context) {
        ByteReader nothing({nullptr, 0});
        try {
          return row.make(options, context, nothing)->width_out();
        } catch (const CorruptEntry&) {
          return context.width;
        }
      });
  if (!coder) return;
  const StageRow& row = find_row(coder->name);
  ByteReader nothing({nullptr, 0});
  try {
    row.make_coder(checked_options(row, *coder), make_codec("none", domain), nothing);
  } catch (const CorruptEntry&) {
  }
}

std::string normal_form(std::string_view spec) {
  std::string normal;
  for (const StageText& text : parse_spec(spec)) {
    const StageRow& row = find_row(text.name);
    const StageOptions options = checked_options(row, text);
    normal += (normal.empty() ? "" : "|") + text.name;
    char before = ':';
    for (const OptionKey& key : row.keys) {
      if (key.otherwise && options.text(key.name) == *key.otherwise) continue;
      normal += before + key.name + "=" + options.text(key.name);
      before = ',';
    }
  }
  return normal;
}

bool must_be_fitted(std::string_view spec) {
  bool found = false;
  for (StageText& text : parse_spec(spec)) {
    const StageRow& row = find_row(text.name);
    found |= learns(row, checked_options(row, std::move(text)));
  }
  return found;
}

Codec fit_codec(std::string_view spec, const Domain& domain, const FittingRows& rows,
                const FittingOptions& options) {
  check_fitting_rows(rows, domain);
  FittingRows input = rows;
  std::vector<float> train, held_out;  // what `input` looks at, behind the first stage
  const auto fit_stage = [&](const StageRow& row, const StageOptions& own, const StageContext& context) {
    std::vector<std::uint8_t> learned;
    const auto position = static_cast<std::size_t>(context.position);
    if (position < options.known.size())
      learned = options.known[position];
    else if (learns(row, own))
      learned = row.fit(own, context, input, options);
    ByteReader reader({learned.data(), learned.size()});
    auto stage = row.make(own, context, reader);
    if (!context.last && stage->width_out() > 0) {
      const std::int64_t width = stage->width_out();
      std::vector<float> next_train = handed_on(*stage, input.train),
                         next_held_out = handed_on(*stage, input.held_out);
      train = std::move(next_train);
      held_out = std::move(next_held_out);
      input = {{train.data(), rows.train.count, width}, {held_out.data(), rows.held_out.count, width}};
    }
    return stage;
  };
  const auto fit_coder = [&](const StageRow& row, const StageOptions& own, const Codec& plain) {
    const std::vector<std::uint8_t> learned =
        row.fit_coder(own, plain, plain.encode_plain(first_rows(rows.train, kMostEntriesToLearnFrom)),
                      plain.encode_plain(first_rows(rows.held_out, kMostEntriesToCompare)));
    ByteReader reader({learned.data(), learned.size()});
    return row.make_coder(own, plain, reader);
  };
  return build_chain(spec, domain, fit_stage, fit_coder);
}

std::vector<StageInfo> stage_table() {
  std::vector<StageInfo> table;
  for (const StageRow& row : stage_rows()) table.push_back(row.info);
  return table;
}

std::vector<std::string> example_specs(const Domain& domain) {
  std::vector<std::string> specs;
  for (const StageRow& row : stage_rows()) {
    if (row.suits != nullptr && !row.suits(domain)) continue;
    for (const auto* part :
         {&row.info.examples, domain.pixels ? &row.info.pixel_examples : &row.info.feature_examples})
      specs.insert(specs.end(), part->begin(), part->end());
  }
  return specs;
}

}  // namespace packrat
