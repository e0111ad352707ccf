#pragma once
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "engine/sweep/run_kind.h"

namespace packrat {

/// Values of options, by name, as text.
using OptionValues = std::map<std::string, std::vector<std::string>>;

/// A set of runs of one kind, as lists of values that multiply. Its text form is TOML:
///
///     command = "run"                    # the kind of run, of run_kinds(); this one when it is left out
///     dataset = "CIFAR10"                # a value that all runs share
///     memory_size = [10, 100]            # lists multiply
///     seed = [0, 1, 2]
///     [[grid]]                           # the runs of several such tables are added up
///     compressor = "none"
///     [[grid]]
///     compressor = "quantization"
///     n_states = [2, 4]
///     [[exclude]]                        # runs that match all lines of a rule are left out
///     n_states = 2
///     memory_size = [100]                # one of these
struct Grid {
  const RunKind* kind = nullptr;
  OptionValues common;
  std::vector<OptionValues>
      blocks;  ///< each completes and overrides `common`; none is the same as one empty one
  std::vector<OptionValues> excludes;
};

/// Reads a grid. `source` is what messages call it. UserError names the line and key of unknown options,
/// values of the wrong type, options that the sweep sets, options that apply to no run, and rules that leave
/// out none.
Grid parse_grid(const std::string& text, const std::string& source);

/// Replaces an option's values in every block that has some, or else gives them to all runs. UserError for
/// unknown options and values of another type.
void set_values(Grid& grid, const std::string& option, const std::vector<std::string>& values);

/// The runs, each once, in the order of the kind's options, the last option's values changing fastest. An
/// option of a part that a run does not have is left out of it (--n_states with thinning). They go to
/// `folder`, under RunKind::name_of(). UserError when two runs that differ would share a name (several values
/// of --device or a folder), when lists multiply to more than 100000 runs, and when an option in `must_apply`
/// belongs to no run.
std::vector<PlannedRun> expand(const Grid& grid, const std::filesystem::path& folder,
                               const std::set<std::string>& must_apply = {});

}  // namespace packrat
