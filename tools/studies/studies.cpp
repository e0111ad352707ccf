// What engine/studies adds to the program.
#include "tools/studies.h"

#include <fmt/format.h>

#include <iterator>

#include "engine/data/dataset.h"
#include "engine/data/grey_dataset.h"
#include "engine/report/table.h"
#include "engine/studies/report/study_pages.h"
#include "engine/studies/roofline/machine/machine_profile.h"
#include "engine/studies/sparsify/network_plans.h"
#include "engine/studies/sparsify/packed_file.h"
#include "engine/studies/sparsify/sparsify_kind.h"
#include "engine/studies/sparsify/sparsify_options.h"
#include "engine/studies/sparsify/stored_sparsification.h"
#include "engine/sweep/presets.h"
#include "engine/topology/networks.h"
#include "tools/commands.h"
#ifndef PACKRAT_WITHOUT_TENSORS
#include "engine/studies/sparsify/pixel_data.h"
#include "tools/studies/packed_model.h"
#endif

namespace packrat {
namespace {

void print_sparsifications(const std::vector<StoredSparsification>& runs) {
  Table table{{},
              {},
              {},
              {{"data set"},
               {"network"},
               {"method"},
               {"C", 6},
               {"seed"},
               {"compression", 1},
               {"left"},
               {"packed B"},
               {"in bytes", 1},
               {"dense %"},
               {"before %"},
               {"after %"},
               {"epochs"},
               {"trained s", 0}},
              {}};
  for (const StoredSparsification& run : runs)
    table.rows.push_back(
        {run.dataset, (run.complex ? "complex " : "") + run.model, run.method, run.c, run.seed,
         run.compression, run.parameters - run.zeros, cell_of(run.packed_bytes),
         cell_of(run.byte_compression()), 100 * run.dense_acc, 100 * run.before_acc, 100 * run.after_acc,
         fmt::format("{}+{}+{}", run.dense.epochs, run.sparsify.epochs, run.fine_tune.epochs),
         run.dense.seconds + run.sparsify.seconds + run.fine_tune.seconds});
  fmt::print("{}", markdown_text(table));
}

PackedKind packed_sparsifications() {
  return {{kSparsificationResult, "dense.json", "sparsify.json"},
          [](const std::filesystem::path& file, const ReadText& read) { load_sparsification(file, read); }};
}

LoadedResults load_results_of_sparsify(const std::vector<std::string>& folders, const PassedOverFn& note) {
  return loaded_results<StoredSparsification>(folders, note, load_sparsifications, print_sparsifications);
}

std::vector<NamedValues> named_values() {
  using Paths = ValueWords::Paths;
  std::vector<NamedValues> rows{
      {"audit", "--grid", [] { return names_of_rows(presets()); }, Paths::kFiles},
      {"roofline", "--network", [] { return names_of_rows(networks()); }},
      {"sparsify", "--model", [] { return names_of_rows(network_plans(), {std::string(kHeadModel)}); }},
      {"sparsify", "--dataset", [] { return names_of_rows(grey_datasets(), names_of_rows(datasets())); }},
  };
  for (const SparsifyOption& option : sparsify_options())
    rows.push_back({"sparsify", "--" + option.name, [&option] { return option.completions(); }});
  return rows;
}

#ifndef PACKRAT_WITHOUT_TENSORS
OutlookFn make_sparsify_outlook() {
  return [](const PlannedRun& run) {
    const SparsifyConfig config = sparsify_config(run);
    check_recipe(config.recipe);
    find_network_plan(config.recipe.model);
    return outlook_of(config);
  };
}

/// Reads every data set once. Dense networks are trained by the workers: see run_sweep().
void prepare_sparsifications(std::vector<SweepRun>& runs, int) {
  const auto key_of = [](const SweepRun& run) {
    const SparsifyConfig c = sparsify_config(run.planned);
    return std::vector<std::string>{c.dataset, c.data_dir, fmt::format("{}", c.train_images)};
  };
  prepare_once(runs, key_of, [](const SweepRun& run) {
    const SparsifyConfig c = sparsify_config(run.planned);
    load_pixels(c.dataset, c.data_dir, c.train_images, console_progress());
  });
}
#endif

StudyParts make_parts() {
  StudyParts parts;
  parts.results = {{"sparsifications", kSparsificationResult, "sparsify", load_results_of_sparsify,
                    packed_sparsifications()}};
#ifndef PACKRAT_WITHOUT_TENSORS
  parts.sweeps = {{"sparsify", make_sparsify_outlook, prepare_sparsifications}};
  parts.models = {{begins_like_packed_file, eval_packed_network}};
#endif
  parts.values = named_values();
  parts.places = {{"measured roofs", default_machine_file, "not there; `packrat machine` makes it"}};
  parts.folders = {{"published tables", kShippedTables}};
  return parts;
}

}  // namespace

const StudyParts& study_parts() {
  static const StudyParts parts = make_parts();
  return parts;
}

void register_studies() {
  add_sparsify_sweeps();
  add_study_pages();
}

void add_study_commands(CLI::App& app) {
  constexpr void (*kAdd[])(CLI::App&) = {add_audit_command,    add_regress_command, add_pretrain_command,
                                         add_sparsify_command, add_machine_command, add_roofline_command};
  static_assert(std::size(kAdd) == std::size(kStudyCommands), "a build without studies names them all");
  for (const auto add : kAdd) add(app);
}

}  // namespace packrat
