#include "engine/studies/report/cost_page.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "engine/core/error.h"
#include "engine/studies/regression/published_slips.h"
#include "engine/studies/report/machine_tables.h"
#include "engine/studies/report/roofline_figures.h"
#include "engine/studies/report/speed_front_figure.h"
#include "engine/studies/report/study_figures.h"

namespace packrat {
namespace {

constexpr const char* kDataSets[] = {"imagenet", "cifar", "mnist"};

/// What `packrat machine` and `packrat roofline --measure` have stored, or why there is nothing.
struct StoredMachine {
  std::optional<MachineProfile> profile;
  std::vector<TimedPart> parts;
  std::string why_no_profile, why_no_parts;
};

StoredMachine stored_machine() {
  StoredMachine stored;
  try {
    const std::filesystem::path file = default_machine_file();
    stored.profile = read_machine(file);
    try {
      stored.parts = read_timings(timings_file_beside(file), *stored.profile);
    } catch (const UserError& error) {
      stored.why_no_parts = error.what();
    }
  } catch (const UserError& error) {
    stored.why_no_profile = error.what();
  }
  return stored;
}

/// The published networks and platforms with all that is computed from them.
struct Rooflines {
  explicit Rooflines(const StoredMachine& machine)
      : networks(published_networks()), published(load_platforms()), platforms(with(machine)) {
    for (Prediction& p : predict_all(networks, published))
      if (p.top1) predictions.push_back(std::move(p));  // networks that were trained at the precision
    for (const char* const data_set : kDataSets) {
      AchievedTable table =
          achieved_fractions(best_of_batches(published_measurements(data_set)), networks, published);
      std::move(table.rows.begin(), table.rows.end(), std::back_inserter(measured));
      std::move(table.unjoined.begin(), table.unjoined.end(), std::back_inserter(unjoined));
    }
  }

  std::vector<PublishedNetwork> networks;
  PlatformTable published, platforms;  ///< as published, and with this machine where it was measured
  std::vector<Prediction> predictions;
  std::vector<Achieved> measured;
  std::vector<std::string> unjoined;  ///< measurements without a prediction, and why

 private:
  PlatformTable with(const StoredMachine& machine) const {
    std::vector<Platform> all = published.all();
    if (machine.profile) all.push_back(machine_platform(*machine.profile, machine.profile->threads));
    return PlatformTable(std::move(all));
  }
};

PageSection study_section(const PublishedStudy& study) {
  return {"operations",
          "Operations, errors and energy",
          {"A public study of July and August 2020 timed torchvision models behind a smart plug. Its tables "
           "ship with "
           "Packrat; `packrat regress --published` prints every fit.",
           error_operations_figure(study), energy_operations_figure(study), fits_table(study),
           models_table(study)}};
}

/// A slip's rows as a table that can be sorted.
Table slip_table(const Slip& slip) {
  Table table{"slip-" + slip.name, slip.name};
  for (const std::string& title : slip.heading) table.columns.push_back({title});
  for (const std::vector<std::string>& row : slip.rows) table.rows.emplace_back(row.begin(), row.end());
  return table;
}

PageSection slips_section(const PublishedStudy& study) {
  PageSection section{"energy-slips", "Slips of the energy study", {}};
  for (const Slip& slip : published_slips(study)) {
    section.blocks.emplace_back(slip_table(slip));
    section.blocks.emplace_back(slip.explanation);
  }
  return section;
}

PageSection roofline_section(const Rooflines& rooflines) {
  PageSection section{"rooflines-published",
                      "Rooflines",
                      {rooflines_figure(rooflines.platforms, rooflines.networks, rooflines.measured),
                       measured_predicted_figure(rooflines.measured), achieved_table(rooflines.measured)}};
  if (!rooflines.unjoined.empty())
    section.blocks.emplace_back(
        fmt::format("Measurements without a prediction: {}.", fmt::join(rooflines.unjoined, "; ")));
  return section;
}

PageSection machine_section(const StoredMachine& machine) {
  Figure figure = machine_roofline_figure(machine.profile, machine.parts);
  Table parts = timing_table(machine.parts);
  const MachineProfile profile = machine.profile.value_or(MachineProfile{});
  PageSection section{"this-machine", "This machine", {std::move(figure)}};
  if (!machine.profile) {
    section.blocks.emplace_back(fmt::format("Now: {}.", machine.why_no_profile));
    return section;
  }
  if (!machine.why_no_parts.empty()) parts.needs = machine.why_no_parts + ".";
  section.blocks.emplace_back(
      fmt::format("{}, measured at {}. The busiest moment left it {:.0f} % of the cores' time.", profile.cpu,
                  profile.measured_at, 100 * least_cpu_share(profile)));
  section.blocks.emplace_back(std::move(parts));
  section.blocks.emplace_back(arithmetic_table(profile));
  section.blocks.emplace_back(memory_table(profile));
  return section;
}

PageSection prediction_section(const Rooflines& rooflines) {
  PageSection section{"predicted", "Predicted speed", {}};
  section.blocks.emplace_back(
      "min(peak, bandwidth × intensity) / operations an input, for every network at the precisions it was "
      "trained at.");
  for (const char* const data_set : kDataSets)
    section.blocks.emplace_back(predicted_speed_figure(rooflines.predictions, data_set));
  section.blocks.emplace_back(prediction_table(rooflines.predictions));
  const std::vector<TableCheck> checks = all_table_checks(rooflines.networks, rooflines.published);
  section.blocks.emplace_back(check_table(checks));
  section.blocks.emplace_back(mismatch_table(checks));
  return section;
}

PageSection front_section() {
  PageSection section{"speed-fronts", "Accuracy against speed", {}};
  section.blocks.emplace_back(
      "The published rules take the greatest speed of a group of networks and put it beside the most "
      "frequent accuracy of "
      "the group (`published`), or keep the fastest point of each group alone (`improved`). The right rule "
      "keeps a point "
      "unless another is at least as good in both and better in one. Crosses mark published points that no "
      "network reaches.");
  std::vector<SpeedFronts> all;
  for (const char* const data_set : kDataSets) all.push_back(speed_fronts(data_set));
  for (const SpeedFronts& fronts : all) section.blocks.emplace_back(speed_front_figure(fronts));
  section.blocks.emplace_back(impossible_table(all));
  section.blocks.emplace_back(unjoined_table(all));
  for (const SpeedFronts& fronts : all) section.blocks.emplace_back(speed_front_table(fronts));
  return section;
}

}  // namespace

Page cost_page(const ReportInput&) {
  Page page{"cost", "What networks cost"};
  try {
    const StoredMachine machine = stored_machine();
    const Rooflines rooflines(machine);
    const PublishedStudy study = load_published_study();
    page.sections = {study_section(study),     roofline_section(rooflines),
                     machine_section(machine), prediction_section(rooflines),
                     front_section(),          slips_section(study)};
  } catch (const UserError& error) {
    page.sections = {
        {"no-tables", "Published tables", {fmt::format("They cannot be read: {}.", error.what())}}};
  }
  return page;
}

}  // namespace packrat
