#include <fmt/format.h>

#include <cstdio>
#include <exception>
#include <filesystem>
#include <new>
#include <nlohmann/json.hpp>
#include <opencv2/core/utils/logger.hpp>
#include <sstream>
#include <string_view>
#include <system_error>

#include "compressors/kernels/isa.h"
#include "engine/core/build_info.h"
#include "engine/core/closest_name.h"
#include "engine/core/error.h"
#include "engine/core/utf8.h"
#include "tools/commands.h"
#include "tools/process.h"
#include "tools/studies.h"
#include "tools/tensors.h"

namespace {

/// The innermost command that was asked for.
const CLI::App& asked_command(const CLI::App& app) {
  const CLI::App* at = &app;
  while (!at->get_subcommands().empty()) at = at->get_subcommands().front();
  return *at;
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

/// "; did you mean --memory_size?" for a word that no command or option knows, when one is close.
std::string suggestion(const CLI::App& app) {
  const CLI::App& command = asked_command(app);
  const std::vector<std::string> unknown = command.remaining();
  if (unknown.empty()) return "";
  const std::string word = unknown.front().substr(0, unknown.front().find('='));
  std::vector<std::string> names;
  if (word.rfind('-', 0) == 0)
    for (const CLI::Option* option : command.get_options()) names.push_back(option->get_name());
  else
    for (const CLI::App* subcommand : command.get_subcommands([](const CLI::App*) { return true; }))
      names.push_back(subcommand->get_name());
  const std::string closest = packrat::closest_name(word, names);
  return closest.empty() ? "" : fmt::format("; did you mean {}?", closest);
}

/// What is wrong with the words of the command line. CLI11 calls a command that it does not know missing.
std::string problem(const CLI::App& app, const CLI::ParseError& error) {
  const std::vector<std::string> unknown = asked_command(app).remaining();
  if (dynamic_cast<const CLI::RequiredError*>(&error) == nullptr || unknown.empty() ||
      unknown.front().rfind('-', 0) == 0)
    return error.what();
  return fmt::format("there is no command '{}{}'", command_words(app), unknown.front());
}

/// Names end up in JSON, TOML and SQLite, which hold nothing but UTF-8. `packrat predict` stores none.
void check_words(int argc, char** argv) {
  if (argc > 1 && std::string_view(argv[1]) == "predict") return;
  for (int i = 1; i < argc; ++i)
    if (!packrat::is_utf8(argv[i]))
      throw packrat::UserError(fmt::format(
          "'{}' is not UTF-8 text: rename the file or folder (convmv does many), or write the name in UTF-8",
          packrat::printable(argv[i])));
}

int run(int argc, char** argv) {
  CLI::App app("Packrat: continual learning inside a byte budget", "packrat");
  app.set_version_flag("--version", "packrat " + packrat::version());
  app.require_subcommand(1);
  packrat::register_studies();
  packrat::add_run_command(app);
  packrat::add_sweep_command(app);
  packrat::add_plan_command(app);
  packrat::add_results_command(app);
  packrat::add_report_command(app);
  packrat::add_plot_command(app);
  packrat::add_data_command(app);
  packrat::add_buffer_command(app);
  packrat::add_predict_command(app);
  packrat::add_eval_command(app);
  packrat::add_encode_command(app);
  packrat::add_fit_command(app);
  packrat::add_ranges_command(app);
  packrat::add_profile_command(app);
  packrat::add_energy_command(app);
  packrat::add_codec_command(app);
  packrat::add_study_commands(app);
  packrat::add_info_command(app);
  packrat::add_completion_command(app);
  packrat::kernels::active_isa();  // a wrong PACKRAT_ISA is refused before any work
  check_words(argc, argv);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& help) {
    std::ostringstream out;  // std::cout would not tell of a full disk
    const int code = app.exit(help, out, out);
    fmt::print("{}", out.str());
    return code;
  } catch (const CLI::ParseError& error) {
    fmt::print(stderr, "packrat: {}{} (see `packrat {}--help`)\n", packrat::printable(problem(app, error)),
               suggestion(app), command_words(app));
    return 2;
  }
  return 0;
}

/// Of an exception that is none of ours: what a lack of memory looks like where LibTorch and oneDNN meet it.
bool is_out_of_memory(const std::exception& error) {
  const std::string_view what = error.what();
  return dynamic_cast<const std::bad_alloc*>(&error) != nullptr ||
         what.find("not enough memory") != std::string_view::npos ||
         what.find("can't allocate memory") != std::string_view::npos;
}

/// One line, whatever the names in it: a file may hold some with line ends and a terminal's control codes.
int say(std::string_view what, int code) {
  fmt::print(stderr, "packrat: {}\n", packrat::printable(what));
  return code;
}

int run_and_say_why_not(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const packrat::ExitCode& end) {
    return end.code;
  } catch (const packrat::Interrupted& stop) {
    fmt::print(stderr, "\npackrat: {}\n", stop.what());
    return 130;
  } catch (const packrat::Error& error) {
    return say(error.what(), 2);
  } catch (const std::exception& error) {
    if (is_out_of_memory(error)) return say(packrat::out_of_memory_text(), 2);
    const auto* system = dynamic_cast<const std::system_error*>(&error);
    if (system != nullptr && system->code() == std::errc::resource_unavailable_try_again)
      return say("cannot start a thread: raise ulimit -u, or give --threads 1", 2);
    const auto* file = dynamic_cast<const std::filesystem::filesystem_error*>(&error);
    if (file != nullptr) return say(fmt::format("{}: {}", file->path1().string(), file->code().message()), 2);
    constexpr int kNotUtf8 = 316;
    const auto* json = dynamic_cast<const nlohmann::json::type_error*>(&error);
    if (json != nullptr && json->id == kNotUtf8)
      return say("a name in the files that were read is not UTF-8 text, which JSON needs: rename it", 2);
    return say(fmt::format("internal error: {}", error.what()), 1);
  }
}

}  // namespace

int main(int argc, char** argv) {
  packrat::set_up_process();
  packrat::remember_arguments(argv);
  cv::utils::logging::setLogLevel(cv::utils::logging::LOG_LEVEL_SILENT);  // our messages name the file
  const int code = run_and_say_why_not(argc, argv);
  try {
    packrat::check_standard_output();
  } catch (const packrat::UserError& error) {
    return say(error.what(), code == 0 ? 2 : code);
  }
  return code;
}
