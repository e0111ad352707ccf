#pragma once
#include <CLI/CLI.hpp>

#include "engine/core/progress.h"

namespace packrat {

// One function a subcommand: it adds the subcommand, its options and a callback that does the work and prints
// the answer. An Error thrown by the callback is printed by main() as one line.
void add_run_command(CLI::App& app);
void add_audit_command(CLI::App& app);
void add_data_command(CLI::App& app);
void add_info_command(CLI::App& app);
void add_completion_command(CLI::App& app);  ///< and `packrat man`
void add_machine_command(CLI::App& app);
void add_roofline_command(CLI::App& app);
void add_buffer_command(CLI::App& app);
void add_predict_command(CLI::App& app);
void add_eval_command(CLI::App& app);
void add_encode_command(CLI::App& app);
void add_fit_command(CLI::App& app);
void add_profile_command(CLI::App& app);
void add_energy_command(CLI::App& app);
void add_regress_command(CLI::App& app);
void add_ranges_command(CLI::App& app);
void add_codec_command(CLI::App& app);
void add_codec_bench_command(CLI::App& codec);  ///< under `packrat codec`
void add_results_command(CLI::App& app);
void add_report_command(CLI::App& app);
void add_plot_command(CLI::App& app);
void add_sweep_command(CLI::App& app);
void add_plan_command(CLI::App& app);
void add_pretrain_command(CLI::App& app);
void add_sparsify_command(CLI::App& app);

/// Thrown by a callback to end the program with a code that is not an error of its own, without a message.
struct ExitCode {
  int code;
};

/// Progress on standard error: a bar with rate and remaining time on a terminal, else a line every few
/// seconds.
ProgressFn console_progress();

/// 75 -> "1:15", 3675 -> "1:01:15".
std::string clock_text(double seconds);

}  // namespace packrat
