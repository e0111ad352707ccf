#include <fmt/format.h>

#include <memory>

#include "engine/core/bytes.h"
#include "engine/core/files.h"
#include "engine/studies/report/machine_tables.h"
#include "engine/studies/roofline/machine/machine_profile.h"
#include "tools/commands.h"
#include "tools/number_option.h"

namespace packrat {
namespace {

struct MachineCommand {
  MachineOptions measure;
  std::string out, buffer;
  bool show = false;
};

void print_machine(const MachineProfile& profile) {
  fmt::print("{}, {} threads, largest cache {}, two buffers of {}; measured at {} in {:.0f} s\n\n",
             profile.cpu, profile.threads,
             profile.cache_bytes > 0 ? format_byte_size(profile.cache_bytes) : "unknown",
             format_byte_size(profile.buffer_bytes), profile.measured_at, profile.wall_seconds);
  fmt::print("{}\n{}\n", markdown_text(arithmetic_table(profile)), markdown_text(memory_table(profile)));
  if (const double share = least_cpu_share(profile); share < 0.9)
    fmt::print(
        "Other programs were using the cores: one of these figures was reached with {:.0f} % of their time. "
        "Measure "
        "again when the machine is idle.\n",
        100 * share);
  if (profile.buffer_bytes < 2 * profile.cache_bytes)
    fmt::print("The buffers are less than twice the largest cache: memory may look faster than it is.\n");
}

void machine(const MachineCommand& options) {
  const std::filesystem::path file =
      options.out.empty() ? default_machine_file() : std::filesystem::path(options.out);
  if (options.show) return print_machine(read_machine(file));
  MachineOptions measure = options.measure;
  check_outputs({{"--out", file}});
  if (!options.buffer.empty()) measure.buffer_bytes = parse_byte_size(options.buffer, "--buffer");
  const MachineProfile profile = measure_machine(measure, console_progress());
  write_machine(profile, file);
  print_machine(profile);
  fmt::print("Stored in {}\n", file.string());
}

}  // namespace

void add_machine_command(CLI::App& app) {
  CLI::App* command = app.add_subcommand(
      "machine",
      "Measure this machine's roofs: multiply-adds a second and memory bandwidth, in under a minute");
  const auto options = std::make_shared<MachineCommand>();
  command->add_option("--out", options->out,
                      "Where to store them; default: packrat/machine.json in the user's cache");
  add_number(*command, "--threads", options->measure.threads,
             "What 'all threads' means; 0: as many as there are", {0, 1024});
  add_number(*command, "--repetitions", options->measure.repetitions,
             "Of each measurement; the best one counts", {1, 1000});
  command->add_option(
      "--buffer", options->buffer,
      "Size of each of two buffers, such as 512MiB; default: twice the largest cache, from 256MiB to "
      "1GiB");
  command->add_flag("--show", options->show, "Print what was stored, and measure nothing");
  command->callback([options] { machine(*options); });
}

}  // namespace packrat
