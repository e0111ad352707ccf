#pragma once
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "engine/results/result_table.h"

namespace packrat {

class RunKind;

/// Options by name, each with a value as text.
using OptionTexts = std::map<std::string, std::string>;

/// One run of a sweep.
struct PlannedRun {
  const RunKind* kind = nullptr;
  OptionTexts options;           ///< those that the grid gave and that apply to the run
  std::string name;              ///< of its folder
  std::filesystem::path parent;  ///< that its folder is in

  std::filesystem::path folder() const { return parent / name; }
};

/// An option as grids and command lines see it.
struct GridOption {
  std::string name, group, help;
  bool holds_commas =
      false;  ///< in one value: a list of values on the command line is written by repeating it
  bool set_by_sweep = false;  ///< in every run: not for grids
};

/// A part of a run that takes time: `count` times `unit`.
struct Work {
  std::string unit;  ///< "training step of resnet34 from 3"
  double count = 0;
  double shipped_seconds = 0;  ///< of one, on a machine with two cores
  bool shared = false;         ///< of the part that runs with the same RunKind::shared_part() do once
};

/// What a finished run took for one kind of work.
struct WorkDone {
  std::string unit;
  double count = 0, seconds = 0;
};

/// What can be said of a run before it starts.
struct RunOutlook {
  std::vector<std::pair<std::string, std::string>> figures;  ///< title and text: {"slots", "1000"}
  std::vector<Work> work;
  double fixed_seconds = 0;  ///< to start and to load
};

/// What a finished run left.
struct FinishedRun {
  std::string summary;         ///< one line
  ResultTable row;             ///< one row
  std::vector<WorkDone> work;  ///< to predict others from
};

/// What a grid can be made of: a subcommand of packrat with its options, how a worker is told to do one run,
/// and how a finished run is recognised and read.
class RunKind {
 public:
  virtual ~RunKind() = default;

  /// The subcommand: "run".
  virtual std::string command() const = 0;
  /// Those that decide whether others apply come first.
  virtual const std::vector<GridOption>& options() const = 0;
  /// The text as value_text() would write it. UserError for an unknown option, or a text of another type.
  virtual std::string canonical(const std::string& option, const std::string& text) const = 0;
  /// The option's value in a run with these options: theirs, or the default.
  virtual std::string value(const std::string& option, const OptionTexts& options) const = 0;
  /// Whether the option matters for such a run.
  virtual bool applies(const std::string& option, const OptionTexts& options) const = 0;
  /// Why the option may apply to no run: "it belongs to --compressor quantization".
  virtual std::string why_not(const std::string& option) const = 0;
  /// A name for the run's folder that tells runs apart.
  virtual std::string name_of(const OptionTexts& options) const = 0;

  /// The words behind the subcommand that do the run from its beginning, in its folder.
  virtual std::vector<std::string> words(const PlannedRun& run) const = 0;
  /// The words that give it so many threads; none when it always takes one.
  virtual std::vector<std::string> thread_words(int threads) const = 0;
  /// The file in the run's folder that is there when it is done.
  virtual std::string result_file() const = 0;
  /// Files in the run's folder that say how far it has come.
  virtual std::vector<std::string> progress_files() const = 0;
  /// UserError when the folder's result is not there, or damaged.
  virtual FinishedRun read(const std::filesystem::path& folder) const = 0;

  /// Runs with the same text that is not empty begin with the same work, which is kept for the others once it
  /// is done; then shared_part_file() is in the folder of the run that did it.
  virtual std::string shared_part(const PlannedRun&) const { return ""; }
  virtual std::string shared_part_file() const { return ""; }
};

/// The one table of kinds: `packrat run`, and those that studies added.
const std::vector<const RunKind*>& run_kinds();

/// Adds a kind that outlives the program, before the first grid is read; once more changes nothing.
void add_run_kind(const RunKind& kind);

/// UserError that lists all when there is none of that subcommand.
const RunKind& find_run_kind(const std::string& command);

}  // namespace packrat
