#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>
#include <ostream>

#include "engine/core/error.h"
#include "engine/core/files.h"
#include "engine/experiment/run_options.h"
#include "engine/studies/audit/audit_table.h"
#include "engine/sweep/experiment_kind.h"
#include "tools/commands.h"
#include "tools/grid_choice.h"
#include "tools/number_option.h"
#include "tools/run_option.h"
#include "tools/tensors.h"

namespace packrat {
namespace {

struct AuditCommand {
  GridChoice choice{"iso-byte", {}};
  RunConfig machine;
  std::vector<std::int64_t> slots{10, 100, 1000, 10000};
  std::string format = "table", out;
  bool why = false;
};

/// What decides the bytes of an entry, but for what a codec learned: that decides none.
bool is_list(const GridOption& option) {
  return aspect_of(option.name) == Aspect::kDataset || option.group == "Encoder" || spells_codec(option.name);
}

std::string reasons_text(const std::vector<AuditedBuffer>& buffers) {
  std::string text = "\nWhy they differ\n";
  for (const AuditedBuffer& buffer : buffers)
    if (buffer.not_available.empty())
      text += fmt::format("- {}: {}\n", title_of(buffer), buffer.bytes.audit.sentence);
  return text;
}

std::string not_available_text(const std::vector<AuditedBuffer>& buffers) {
  std::map<std::string, std::vector<std::string>> titles_of_reason;
  for (const AuditedBuffer& buffer : buffers)
    if (!buffer.not_available.empty()) titles_of_reason[buffer.not_available].push_back(title_of(buffer));
  std::string text;
  for (const auto& [reason, titles] : titles_of_reason)
    text += fmt::format("not available: {} ({} buffers: {}{})\n", reason, titles.size(), titles.front(),
                        titles.size() > 1 ? ", ..." : "");
  return text;
}

std::string learned_text(const std::vector<AuditedBuffer>& buffers) {
  for (const AuditedBuffer& buffer : buffers)
    if (!buffer.learned_from.empty())
      return fmt::format("Codecs that learn did so on {}: what they learn decides no entry's size.\n",
                         buffer.learned_from);
  return "";
}

std::string audit_text(const AuditCommand& options, const std::vector<AuditedBuffer>& buffers) {
  if (options.format == "csv") return csv_text(full_audit_table(buffers));
  if (options.format == "json") return audit_json(buffers);
  return markdown_text(brief_audit_table(buffers)) + (options.why ? reasons_text(buffers) : "") +
         not_available_text(buffers) + learned_text(buffers);
}

void show(const AuditCommand& options, const std::vector<AuditedBuffer>& buffers) {
  const std::string text = audit_text(options, buffers);
  if (options.out.empty()) {
    fmt::print("{}", text);
    return;
  }
  write_file_atomically(options.out, [&](std::ostream& out) { out << text; });
  fmt::print("{} buffers written to {}\n", buffers.size(), options.out);
}

void check(const std::vector<AuditedBuffer>& buffers) {
  const auto available = [](const AuditedBuffer& buffer) { return buffer.not_available.empty(); };
  if (std::none_of(buffers.begin(), buffers.end(), available))
    throw UserError(fmt::format("no codec of the grid is available: {}",
                                buffers.empty() ? "it is empty" : buffers.front().not_available));
  const auto wrong = [](const AuditedBuffer& buffer) { return !buffer.disagreement.empty(); };
  const auto first = std::find_if(buffers.begin(), buffers.end(), wrong);
  if (first != buffers.end())
    throw Error(fmt::format("measured bytes are not the exact formula's in {} of {} buffers; {}: {}",
                            std::count_if(first, buffers.end(), wrong), buffers.size(), title_of(*first),
                            first->disagreement));
}

void audit(const AuditCommand& options) {
  need_tensors();
  check_outputs({{"--out", options.out}});
  const std::vector<AuditSetting> settings =
      audit_settings(planned_runs(options.choice, ""), options.machine);
  std::vector<AuditedBuffer> buffers;
  const AuditHooks hooks{console_progress(), [&](const AuditedBuffer& buffer) { buffers.push_back(buffer); }};
  try {
    audit_buffers(settings, options.slots, hooks);
  } catch (const Interrupted&) {
    if (!buffers.empty()) show(options, buffers);
    throw Interrupted(fmt::format("stopped after {} of {} buffers: the same command starts again",
                                  buffers.size(), settings.size() * options.slots.size()));
  }
  show(options, buffers);
  check(buffers);
}

}  // namespace

void add_audit_command(CLI::App& app) {
  CLI::App* command = app.add_subcommand(
      "audit",
      "Fill buffers with real images, train nothing, and compare published, exact and measured bytes");
  const auto options = std::make_shared<AuditCommand>();
  command
      ->add_option("--grid", options->choice.grid,
                   "Whose codec settings: a preset of `packrat sweep`, or a file")
      ->capture_default_str();
  add_numbers(*command, "--slots", options->slots, "Entries that a buffer has room for; several: 10,100",
              {1, 10'000'000});
  command
      ->add_option("--format", options->format,
                   "table, csv or json; csv and json have the ledger and the reasons")
      ->check(CLI::IsMember({"table", "csv", "json"}))
      ->capture_default_str();
  command->add_option("--out", options->out, "Write to this file");
  command->add_flag("--why", options->why, "Say below the table why the three columns differ");
  add_grid_values(*command, options->choice, {&experiment_kind()}, is_list);
  using C = RunConfig;
  add_run_options(*command, {&C::data_dir, &C::cache_dir, &C::no_cache, &C::threads}, options->machine,
                  "Machine");
  command->callback([options] { audit(*options); });
}

}  // namespace packrat
