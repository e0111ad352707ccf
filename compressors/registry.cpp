#include "compressors/registry.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <optional>

#include "compressors/codec.h"
#include "compressors/stage_table.h"

namespace packrat {
namespace {

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

/// Goes through the stages of a spec in the order of encoding. `visit` gets each with its options and its
/// place, and says how many values it hands on.
using VisitStage = std::function<std::int64_t(const StageRow&, const StageOptions&, const StageContext&)>;
void for_each_stage(const CodecSpec& spec, const Domain& domain, const VisitStage& visit) {
  check_domain(domain);
  StageContext context{domain, domain.values()};
  const std::size_t count = spec.stages().size() - (spec.has_coder() ? 1 : 0);
  for (std::size_t s = 0; s < count; ++s) {
    context.position = static_cast<int>(s);
    context.first = s == 0;
    context.last = s + 1 == count;
    const StageSpec& stage = spec.stages()[s];
    context.width = visit(find_stage_row(stage.name), stage.options, context);
  }
}

Codec build_chain(const CodecSpec& spec, const Domain& domain, const MakeStage& make,
                  const MakeCoder& make_coder) {
  std::vector<std::unique_ptr<Stage>> stages;
  for_each_stage(spec, domain,
                 [&](const StageRow& row, const StageOptions& options, const StageContext& context) {
                   stages.push_back(make(row, options, context));
                   return stages.back()->width_out();
                 });
  Codec plain(domain, std::move(stages));
  if (!spec.has_coder()) return plain;
  const StageSpec& last = spec.stages().back();
  auto coder = make_coder(find_stage_row(last.name), last.options, plain);
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

Codec make_codec(const CodecSpec& spec, const Domain& domain) {
  const auto refuse = [&] {
    return UserError(fmt::format(
        "codec '{}' has to learn from data before it can be used: fit it with `packrat fit`", spec.text()));
  };
  return build_chain(
      spec, domain,
      [&](const StageRow& row, const StageOptions& options, const StageContext& context) {
        if (row.has_to_learn(options)) throw refuse();
        ByteReader nothing({nullptr, 0});
        return row.make(options, context, nothing);
      },
      [&](const StageRow&, const StageOptions&, const Codec&) -> std::unique_ptr<EntryCoder> {
        throw refuse();
      });
}

Codec make_codec(const CodecSpec& spec, const Domain& domain, ByteView learned) {
  ByteReader reader(learned);
  Codec codec = build_chain(
      spec, domain,
      [&](const StageRow& row, const StageOptions& options, const StageContext& context) {
        ByteReader nothing({nullptr, 0});
        const bool reads = row.has_to_learn(options);
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

void check_codec(const CodecSpec& spec, const Domain& domain) {
  // What would have to learn finds nothing to read: CorruptEntry. Its options were looked at before.
  for_each_stage(spec, domain,
                 [](const StageRow& row, const StageOptions& options, const StageContext& context) {
                   ByteReader nothing({nullptr, 0});
                   try {
                     return row.make(options, context, nothing)->width_out();
                   } catch (const CorruptEntry&) {
                     return context.width;
                   }
                 });
  if (!spec.has_coder()) return;
  const StageSpec& coder = spec.stages().back();
  ByteReader nothing({nullptr, 0});
  try {
    find_stage_row(coder.name).make_coder(coder.options, make_codec("none", domain), nothing);
  } catch (const CorruptEntry&) {
  }
}

std::optional<std::vector<StageCost>> stage_costs(const CodecSpec& spec, const Domain& domain) {
  std::vector<StageCost> costs;
  bool known = !spec.has_coder();
  for_each_stage(
      spec, domain, [&](const StageRow& row, const StageOptions& options, const StageContext& context) {
        known = known && row.cost != nullptr;
        if (!known) return context.width;
        const StageCost& cost = costs.emplace_back(row.cost(options, context));
        if (!context.last && cost.handed_on == 0)
          throw UserError(fmt::format("stage {} of the codec stores the values: nothing can follow it",
                                      context.position + 1));
        return cost.handed_on;
      });
  return known ? std::optional(costs) : std::nullopt;
}

Codec fit_codec(const CodecSpec& spec, const Domain& domain, const FittingRows& rows,
                const FittingOptions& options) {
  check_fitting_rows(rows, domain);
  FittingRows input = rows;
  std::vector<float> train, held_out;  // what `input` looks at, behind the first stage
  const auto fit_stage = [&](const StageRow& row, const StageOptions& own, const StageContext& context) {
    std::vector<std::uint8_t> learned;
    const auto position = static_cast<std::size_t>(context.position);
    if (position < options.known.size())
      learned = options.known[position];
    else if (row.has_to_learn(own))
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

Codec make_codec(std::string_view spec, const Domain& domain) {
  return make_codec(CodecSpec::parse(spec), domain);
}
Codec make_codec(std::string_view spec, const Domain& domain, ByteView learned) {
  return make_codec(CodecSpec::parse(spec), domain, learned);
}
void check_codec(std::string_view spec, const Domain& domain) {
  check_codec(CodecSpec::parse(spec), domain);
}
std::string normal_form(std::string_view spec) {
  return CodecSpec::parse(spec).text();
}
bool must_be_fitted(std::string_view spec) {
  return CodecSpec::parse(spec).learns();
}
Codec fit_codec(std::string_view spec, const Domain& domain, const FittingRows& rows,
                const FittingOptions& options) {
  return fit_codec(CodecSpec::parse(spec), domain, rows, options);
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
