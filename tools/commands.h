#pragma once
#include <CLI/CLI.hpp>

#include "engine/core/progress.h"

namespace packrat {

// One function a subcommand: it adds the subcommand, its options and a callback that does the work and prints
// the answer. An Error thrown by the callback is printed by main() as one line.
void add_run_command(CLI::App& app);
void add_data_command(CLI::App& app);
void add_info_command(CLI::App& app);
void add_machine_command(CLI::App& app);
void add_roofline_command(CLI::App& app);
void add_buffer_command(CLI::App& app);
void add_predict_command(CLI::App& app);
void add_eval_command(CLI::App& app);
void add_profile_command(CLI::App& app);
void add_ranges_command(CLI::App& app);
void add_results_command(CLI::App& app);
void add_report_command(CLI::App& app);
void add_plot_command(CLI::App& app);

/// Progress on standard error: a bar with rate and remaining time on a terminal, else a line every few
/// seconds.
ProgressFn console_progress();

}  // namespace packrat
