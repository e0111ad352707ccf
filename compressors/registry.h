#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "compressors/fitting.h"
#include "compressors/rows.h"
#include "engine/core/bytes.h"

namespace packrat {

class Codec;

/// Builds a codec from its text: stages joined by "|", each "name" or "name:key=value,key=value", such as
/// "thin:factor=0.9|quantize:states=16,range=local". Unknown names, unknown or repeated keys, missing keys
/// and values out of range throw UserError with the allowed ones, and so does a codec that must be fitted.
/// make_codec(c.spec(), c.domain()) equals c for every codec that learned nothing.
Codec make_codec(std::string_view spec, const Domain& domain);

/// The same for every codec: `learned` is shared() of the codec to be built again. make_codec(c.spec(),
/// c.domain(), c.shared()) equals c. CorruptEntry when these are not bytes that such a codec shares.
Codec make_codec(std::string_view spec, const Domain& domain, ByteView learned);

/// UserError for what make_codec() and fit_codec() would refuse, found without data: unknown stages and
/// options, values out of range, stages that cannot work on the domain or in their place. What a stage hands
/// on that has not learned yet is not known: the stages behind it are checked as if it passed on all its
/// values.
void check_codec(std::string_view spec, const Domain& domain);

/// A spec with its options in the table's order and those at their defaults left out; values stay as they are
/// written. Only names and keys are checked.
std::string normal_form(std::string_view spec);

/// Whether a stage of the chain learns from data what all entries share, so that make_codec() needs
/// `learned`.
bool must_be_fitted(std::string_view spec);

/// Builds a codec and lets its stages learn, first to last, each from what those before it hand on. Rows are
/// domain.values() wide. UserError when there are none to learn from. Interrupted when stop_requested().
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
};
std::vector<StageInfo> stage_table();

/// The table's examples that a domain accepts.
std::vector<std::string> example_specs(const Domain& domain);

}  // namespace packrat
