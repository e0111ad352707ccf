#pragma once
#include <optional>

#include "engine/core/option.h"
#include "engine/experiment/config.h"

namespace packrat {

using RunField =
    std::variant<std::int64_t RunConfig::*, double RunConfig::*, std::string RunConfig::*, bool RunConfig::*>;

/// What of a run an option tells: which part of a run's name, and which column, panel or line of a report
/// shows it.
enum class Aspect {
  kDataset,
  kTask,  ///< how the data set becomes a stream
  kMethod,
  kFeatures,
  kCodec,
  kCodecDetail,  ///< sizes that seldom vary
  kBudget,
  kPasses,
  kSeed,
  kOther  ///< nothing shows it unless it was changed
};

/// A row of the one table of options of `packrat run`.
struct RunOption : Option<RunField> {
  std::string group;  ///< heading in --help
  Aspect aspect = Aspect::kOther;
  bool about_entries = false;  ///< which entries are kept, how, or how a head is trained on them
  std::string part = {};       ///< the option that decides whether this one applies ("compressor"), or empty
  std::vector<std::string> part_values = {};  ///< ... by having one of these values
  bool published = false;    ///< an option of the published scripts: part of the log's first line
  bool beside_onnx = false;  ///< may stand in FILE.json beside the file of --encoder onnx:FILE
  std::vector<std::string> replaced_by = {};  ///< options that, once set, stand in for this one

  bool is_flag() const { return std::holds_alternative<bool RunConfig::*>(field); }
  bool is_text() const { return std::holds_alternative<std::string RunConfig::*>(field); }
};
const std::vector<RunOption>& run_options();
/// The option of that name, or nullptr.
const RunOption* known_run_option(const std::string& name);
/// UserError when there is none of that name.
const RunOption& find_run_option(const std::string& name);
const RunOption& find_run_option(RunField field);

/// Whether runs that differ in the option differ in what they compute: Role::kResult. True for a name that is
/// no option (of an imported run).
bool affects_result(const std::string& name);

/// Aspect::kOther for a name that is no option.
Aspect aspect_of(const std::string& name);

/// Whether an option is part of how the codec is spelled: --codec, --compressor and what belongs to it.
bool spells_codec(const std::string& name);

/// Whether the option has another value than the run's recipe gives it.
bool is_set(const RunOption& option, const RunConfig& config);

/// The option that is set and stands in for this one, or nullptr.
const RunOption* replacement(const RunOption& option, const RunConfig& config);

/// True when the option matters for this run (--n_states without quantization does not, nor does a codec for
/// a --method that keeps no entries).
bool applies(const RunOption& option, const RunConfig& config);

/// A value as text, see text_of().
std::string value_text(const RunOption& option, const RunConfig& config);

/// UserError when the option's value in `config` is out of its range, whatever the other options say: names
/// the value and the range.
void check_value(const RunOption& option, const RunConfig& config);

}  // namespace packrat
