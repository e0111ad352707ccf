#include "engine/report/memory_page.h"

#include "engine/report/area_summary.h"
#include "engine/report/memory_figures.h"
#include "engine/report/run_tables.h"

namespace packrat {
namespace {

/// The papers' data sets when there are no runs, so that their sections say what fills them.
std::vector<std::string> shown_tasks(const std::vector<RunGroup>& groups) {
  std::vector<std::string> tasks = tasks_of(groups);
  return tasks.empty() ? std::vector<std::string>{"CIFAR10", "CIFAR100"} : tasks;
}

}  // namespace

Page memory_page(const ReportInput& input) {
  const std::vector<RunGroup> groups = group_runs(input.runs);
  Page page{"memory", "Accuracy and memory"};
  page.sections.push_back({"accuracy",
                           "Accuracy against memory",
                           {"Memory is what all slots take together. `measured` is what the program held, "
                            "counted from its buffers; "
                            "`exact` is what a perfect implementation of the codec needs; `published` is the "
                            "storage formula of the "
                            "papers' notebooks, kept with its slips.",
                            accuracy_memory_figure(groups)}});
  page.sections.push_back({"fetch", "The FETCH paper's figure", {fetch_figure(groups)}});
  PageSection families{"families", "Codec families", {}}, slots{"fixed-slots", "A fixed number of slots", {}};
  for (const std::string& task : shown_tasks(groups)) {
    families.blocks.push_back(family_figure(groups, task));
    slots.blocks.push_back(fixed_slots_figure(groups, task));
  }
  page.sections.push_back(std::move(families));
  page.sections.push_back({"best", "Best for the memory", {front_figure(groups), front_table(groups)}});
  page.sections.push_back({"accuracy-per-byte", "Accuracy per byte", {area_method(), area_table(groups)}});
  page.sections.push_back({"where-to-split", "Where to split", {split_figure(groups)}});
  page.sections.push_back(std::move(slots));
  page.sections.push_back({"byte-audit", "The byte audit", {audit_table(groups)}});
  page.sections.push_back({"all-runs", "All runs", {runs_table(input.runs)}});
  return page;
}

}  // namespace packrat
