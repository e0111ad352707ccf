#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compressors/codec_spec.h"
#include "compressors/fitting.h"
#include "compressors/rows.h"
#include "engine/core/bytes.h"

namespace packrat {

class Codec;
struct StageCost;

/// Builds a codec. Values out of range throw UserError with the allowed ones, and so does a codec that must
/// be fitted. make_codec(c.spec(), c.domain()) equals c for every codec that learned nothing. Here and below
/// a text stands for CodecSpec::parse() of it.
Codec make_codec(const CodecSpec& spec, const Domain& domain);
Codec make_codec(std::string_view spec, const Domain& domain);

/// The same for every codec: `learned` is shared() of the codec to be built again. make_codec(c.spec(),
/// c.domain(), c.shared()) equals c. CorruptEntry when these are not bytes that such a codec shares.
Codec make_codec(const CodecSpec& spec, const Domain& domain, ByteView learned);
Codec make_codec(std::string_view spec, const Domain& domain, ByteView learned);

/// UserError for what make_codec() and fit_codec() would refuse, found without data: values out of range,
/// stages that cannot work on the domain or in their place. What a stage hands on that has not learned yet is
/// not known: the stages behind it are checked as if it passed on all its values.
void check_codec(const CodecSpec& spec, const Domain& domain);
void check_codec(std::string_view spec, const Domain& domain);

/// What a perfect implementation of each stage needs. nullopt when entries differ in size. UserError for
/// values out of range, and for a stage behind one that ends the chain.
std::optional<std::vector<StageCost>> stage_costs(const CodecSpec& spec, const Domain& domain);

/// CodecSpec::text() and learns() of a text.
std::string normal_form(std::string_view spec);
bool must_be_fitted(std::string_view spec);

/// Builds a codec and lets its stages learn, first to last, each from what those before it hand on. Rows are
/// domain.values() wide. UserError when there are none to learn from. Interrupted when stop_requested().
Codec fit_codec(const CodecSpec& spec, const Domain& domain, const FittingRows& rows,
                const FittingOptions& options);
Codec fit_codec(std::string_view spec, const Domain& domain, const FittingRows& rows,
                const FittingOptions& options);

/// One row of the table of stages, for help texts, tests and benchmarks that loop over it.
struct StageInfo {
  std::string name;
  std::string options;                ///< "states=2..256, range=local|LO:HI"
  std::string summary;                ///< one line
  std::vector<std::string> examples;  ///< specs that every feature map and image that suits the stage accepts
  std::vector<std::string> feature_examples = {};  ///< those that only feature maps accept
  std::vector<std::string> pixel_examples = {};    ///< those that only images accept
  std::string published = {};                      ///< the word of --compressor; empty when there is none
};
std::vector<StageInfo> stage_table();

/// The table's examples that a domain accepts.
std::vector<std::string> example_specs(const Domain& domain);

}  // namespace packrat
