#include <fmt/format.h>

#include <csignal>
#include <cstdio>
#include <exception>
#include <opencv2/core/utils/logger.hpp>

#include "compressors/kernels/isa.h"
#include "engine/core/build_info.h"
#include "engine/core/error.h"
#include "engine/core/interrupt.h"
#include "tools/commands.h"

namespace {

/// The first signal asks for a stop that keeps everything; a second one ends the program at once.
void on_signal(int signal) {
  packrat::stop_requested() = true;
  std::signal(signal, SIG_DFL);
}

/// The command that was asked for, and a space behind each of its words: "codec preview ".
std::string command_words(const CLI::App& app) {
  std::string words;
  for (const CLI::App* at = &app; !at->get_subcommands().empty();) {
    at = at->get_subcommands().front();
    words += at->get_name() + " ";
  }
  return words;
}

int run(int argc, char** argv) {
  CLI::App app("Packrat: continual learning inside a byte budget", "packrat");
  app.set_version_flag("--version", "packrat " + packrat::version());
  app.require_subcommand(1);
  packrat::add_run_command(app);
  packrat::add_sweep_command(app);
  packrat::add_results_command(app);
  packrat::add_audit_command(app);
  packrat::add_report_command(app);
  packrat::add_plot_command(app);
  packrat::add_data_command(app);
  packrat::add_buffer_command(app);
  packrat::add_predict_command(app);
  packrat::add_eval_command(app);
  packrat::add_fit_command(app);
  packrat::add_ranges_command(app);
  packrat::add_profile_command(app);
  packrat::add_energy_command(app);
  packrat::add_regress_command(app);
  packrat::add_pretrain_command(app);
  packrat::add_sparsify_command(app);
  packrat::add_machine_command(app);
  packrat::add_roofline_command(app);
  packrat::add_codec_command(app);
  packrat::add_info_command(app);
  packrat::add_completion_command(app);
  packrat::kernels::active_isa();  // a wrong PACKRAT_ISA is refused before any work
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& help) {
    return app.exit(help);
  } catch (const CLI::ParseError& error) {
    fmt::print(stderr, "packrat: {} (see `packrat {}--help`)\n", error.what(), command_words(app));
    return 2;
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGINT, on_signal);
  std::signal(SIGTERM, on_signal);
  cv::utils::logging::setLogLevel(cv::utils::logging::LOG_LEVEL_SILENT);  // our messages name the file
  try {
    return run(argc, argv);
  } catch (const packrat::ExitCode& end) {
    return end.code;
  } catch (const packrat::Interrupted& stop) {
    fmt::print(stderr, "\npackrat: {}\n", stop.what());
    return 130;
  } catch (const packrat::Error& error) {
    fmt::print(stderr, "packrat: {}\n", error.what());
    return 2;
  } catch (const std::exception& error) {
    fmt::print(stderr, "packrat: internal error: {}\n", error.what());
    return 1;
  }
}
