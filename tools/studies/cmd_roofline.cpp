#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "engine/core/error.h"
#include "engine/core/files.h"
#include "engine/studies/report/cost_tables.h"
#include "engine/studies/report/machine_tables.h"
#include "engine/studies/roofline/label_text.h"
#include "engine/studies/roofline/machine/machine_profile.h"
#include "engine/studies/roofline/network_work.h"
#include "engine/studies/roofline/timing/part_timing.h"
#include "engine/topology/networks.h"
#include "tools/commands.h"
#include "tools/tensors.h"

namespace packrat {
namespace {

constexpr const char* kThisMachine = "this-machine";

struct RooflineCommand {
  std::vector<std::string> platforms, networks, precisions, platform_files, cuts;
  std::string machine, weights, out, format = "table", front;
  bool check = false, achieved = false, measure = false, measured = false, list = false;
};

nlohmann::json json_of(const TableCell& cell) {
  return std::visit(
      [](const auto& value) -> nlohmann::json {
        if constexpr (std::is_same_v<std::decay_t<decltype(value)>, std::monostate>)
          return nullptr;
        else
          return value;
      },
      cell);
}

/// Objects whose keys are the columns' titles.
nlohmann::json json_of(const Table& table) {
  nlohmann::json rows = nlohmann::json::array();
  for (const auto& row : table.rows) {
    nlohmann::json object;
    for (std::size_t c = 0; c < row.size(); ++c) object[table.columns[c].title] = json_of(row[c]);
    rows.push_back(std::move(object));
  }
  return rows;
}

/// The table in the format asked for; as JSON together with the notes, in the other formats followed by them
/// (CSV: on standard error).
void print(const Table& table, const std::string& format, const std::vector<std::string>& notes = {}) {
  if (format == "json") {
    fmt::print("{}\n", nlohmann::json{{table.name, json_of(table)}, {"notes", notes}}.dump(2));
    return;
  }
  fmt::print("{}", format == "csv" ? csv_text(table) : markdown_text(table));
  for (const std::string& note : notes) fmt::print(format == "csv" ? stderr : stdout, "- {}\n", note);
}

std::filesystem::path machine_file(const RooflineCommand& options) {
  return options.machine.empty() ? default_machine_file() : std::filesystem::path(options.machine);
}

bool names_this_machine(const RooflineCommand& options) {
  for (const std::string& name : options.platforms)
    if (label_key(name) == label_key(kThisMachine)) return true;
  return !options.machine.empty();
}

/// The same; nullopt where there is no home to keep it in, unless this machine is asked for.
std::optional<std::filesystem::path> known_machine_file(const RooflineCommand& options) {
  try {
    return machine_file(options);
  } catch (const UserError&) {
    if (names_this_machine(options)) throw;
    return std::nullopt;
  }
}

/// The shipped platforms, the user's, and this machine when it was measured. Asked for by name, it must have
/// been.
PlatformTable all_platforms(const RooflineCommand& options) {
  std::vector<Platform> all =
      load_platforms({options.platform_files.begin(), options.platform_files.end()}).all();
  const std::optional<std::filesystem::path> file = known_machine_file(options);
  std::error_code ignored;
  if (file && (names_this_machine(options) || std::filesystem::exists(*file, ignored))) {
    const MachineProfile profile = read_machine(*file);
    all.push_back(machine_platform(profile, profile.threads));
  }
  return PlatformTable(std::move(all));
}

/// Rows of the given predictions that the options ask for.
class Choice {
 public:
  Choice(const RooflineCommand& options, const PlatformTable& platforms) {
    for (const std::string& name : options.platforms) platforms_.push_back(platforms.get(name).name);
    for (const std::string& name : options.precisions) precisions_.push_back(parse_precision(name));
  }
  bool takes(const Platform& platform, Precision precision) const {
    return platform.has(precision) && among(platforms_, platform.name) && among(precisions_, precision);
  }

 private:
  template <typename T>
  static bool among(const std::vector<T>& chosen, const T& value) {
    return chosen.empty() || std::find(chosen.begin(), chosen.end(), value) != chosen.end();
  }
  std::vector<std::string> platforms_;
  std::vector<Precision> precisions_;
};

/// The networks that a name means: one of the tables, a counted one, or both.
struct NamedNetworks {
  std::vector<PublishedNetwork> published;
  std::vector<std::string> counted;
};

NamedNetworks chosen_networks(const std::vector<std::string>& names) {
  const std::vector<PublishedNetwork> all = published_networks();
  if (names.empty()) return {all, {}};
  NamedNetworks out;
  for (const std::string& name : names) {
    const PublishedNetwork* const published = find_published(all, parse_network_label(name));
    if (published) out.published.push_back(*published);
    bool counted = false;
    for (const NetworkInfo& info : networks()) counted = counted || info.name == name;
    if (counted) out.counted.push_back(name);
    if (!published && !counted)
      throw UserError(
          fmt::format("no network '{}': `packrat roofline --list` names those of the tables, `packrat "
                      "profile --list` those that can be counted",
                      name));
  }
  return out;
}

std::vector<Prediction> chosen_predictions(const RooflineCommand& options) {
  const PlatformTable platforms = all_platforms(options);
  const Choice choice(options, platforms);
  const NamedNetworks chosen = chosen_networks(options.networks);
  std::vector<Prediction> out;
  const auto for_each_place = [&](const auto& add) {
    for (const Precision precision : kAllPrecisions)
      for (const Platform& platform : platforms.all())
        if (choice.takes(platform, precision)) add(platform, precision);
  };
  for (const PublishedNetwork& network : chosen.published)
    for_each_place([&](const Platform& platform, Precision precision) {
      out.push_back(predict(platform, precision, network, precision));
    });
  for (const std::string& name : chosen.counted) {
    const NetworkWork work = counted_work(build_network(name));
    for_each_place([&](const Platform& platform, Precision precision) {
      for (const Traffic traffic : {Traffic::kWeights, Traffic::kAll})
        out.push_back(predict(platform, precision, name, work, traffic));
    });
  }
  if (out.empty())
    throw UserError("no platform of those named has any of these precisions: ask for other ones");
  return out;
}

void print_checks(const std::string& format) {
  const std::vector<TableCheck> checks = all_table_checks(published_networks(), load_platforms());
  std::vector<std::string> notes{
      "Equal: the formula's value, rounded to as many decimals as the listed one has. Of the listed one ten "
      "significant digits are taken."};
  for (const TableCheck& check : checks)
    for (const TableCheck::Mismatch& wrong : check.wrong)
      notes.push_back(fmt::format("{}: {}, {} is listed as {}, right is {:.10g}: {}", check.table, wrong.row,
                                  wrong.column, wrong.listed, wrong.computed,
                                  wrong.why.empty() ? "no reason is known" : wrong.why));
  print(check_table(checks), format, notes);
}

void print_fronts(const RooflineCommand& options) {
  check_data_set(options.front);
  const std::vector<FrontView> views = front_views(options.front, options.measured);
  std::vector<std::string> notes;
  for (const FrontView& view : views) {
    for (const std::string& point : view.impossible)
      notes.push_back(fmt::format("impossible under the {}: {}", view.name, point));
    if (&view == &views.front())
      for (const std::string& name : view.unjoined)
        notes.push_back(fmt::format("no accuracy under the published spelling: {}", name));
  }
  print(front_table(views), options.format, notes);
}

void print_achieved(const std::string& format) {
  const std::vector<PublishedNetwork> networks = published_networks();
  const PlatformTable platforms = load_platforms();
  std::vector<Achieved> rows;
  std::vector<std::string> notes;
  for (const char* const data_set : {"imagenet", "cifar", "mnist"}) {
    const AchievedTable table =
        achieved_fractions(best_of_batches(published_measurements(data_set)), networks, platforms);
    rows.insert(rows.end(), table.rows.begin(), table.rows.end());
    notes.insert(notes.end(), table.unjoined.begin(), table.unjoined.end());
  }
  print(achieved_table(rows), format, notes);
}

void print_timing(const RooflineCommand& options) {
  const MachineProfile machine = read_machine(machine_file(options));
  const std::filesystem::path file =
      options.out.empty() ? timings_file_beside(machine_file(options)) : std::filesystem::path(options.out);
  check_outputs({{"--out", file}}, {{"--weights", options.weights}, {"--machine", machine_file(options)}});
  TimingOptions how;
  how.weights = options.weights;
  if (!options.cuts.empty()) how.cuts = options.cuts;
  const std::vector<TimedPart> parts = time_parts(how, machine, console_progress());
  write_timings(parts, machine, file);
  print(
      timing_table(parts), options.format,
      {"Roofs of this machine as `packrat machine` measured them. Products and weights that only meet "
       "padding do "
       "not count; weights are read once a batch, the input and every map once. Above 100 %: weights or maps "
       "stayed in a cache.",
       fmt::format("{}. Stored in {}.", machine.cpu, file.string())});
}

/// What --list tells; a platform has the peaks of the precisions that it knows.
nlohmann::json json_of_names(const PlatformTable& platforms) {
  nlohmann::json json{{"platforms", nlohmann::json::array()}, {"networks", nlohmann::json::array()}};
  for (const Platform& platform : platforms.all()) {
    nlohmann::json peaks = nlohmann::json::object();
    for (const auto& [precision, tops] : platform.peak_tops)
      peaks[std::string(precision_name(precision))] = tops;
    json["platforms"].push_back(
        {{"name", platform.name}, {"bandwidth_gb_s", platform.bandwidth_gb_s}, {"peak_tops", peaks}});
  }
  for (const PublishedNetwork& network : published_networks())
    json["networks"].push_back({{"name", network.name},
                                {"data_set", network.data_set},
                                {"gop", network.gop},
                                {"int8_operations_per_byte", network.ops_per_byte(Precision::kInt8)}});
  return json;
}

void print_names(const RooflineCommand& options) {
  if (options.format == "csv")
    throw UserError(
        "--list names platforms and networks, which are two tables: choose --format table or json");
  const PlatformTable platforms = all_platforms(options);
  if (options.format == "json") {
    fmt::print("{}\n", json_of_names(platforms).dump(2));
    return;
  }
  fmt::print("Platforms:\n");
  for (const Platform& platform : platforms.all()) {
    fmt::print("  {:<18} {:>8.4g} GB/s ", platform.name, platform.bandwidth_gb_s);
    for (const auto& [precision, tops] : platform.peak_tops)
      fmt::print("  {} {:.4g} TOP/s", precision_name(precision), tops);
    fmt::print("\n");
  }
  fmt::print(
      "Networks of the published tables (`packrat profile --list` names those that can be counted):\n");
  for (const PublishedNetwork& network : published_networks())
    fmt::print("  {:<22} {:<9} {:>11.6g} GOP {:>9.2f} operations/byte at INT8\n", network.name,
               network.data_set, network.gop, network.ops_per_byte(Precision::kInt8));
}

void roofline(const RooflineCommand& options) {
  const bool filters = !options.platforms.empty() || !options.networks.empty() ||
                       !options.precisions.empty() || !options.platform_files.empty();
  const int kinds =
      options.check + options.achieved + options.measure + options.list + !options.front.empty();
  if (kinds > 1) throw UserError("--check, --achieved, --measure, --front and --list: one at a time");
  if (kinds == 1 && filters && !options.list)
    throw UserError(
        "--platform, --network, --precision and --platforms choose predictions: leave out the other option");
  if (options.measured && options.front.empty())
    throw UserError("--measured belongs to --front: name its data set, such as --front cifar --measured");
  if ((!options.cuts.empty() || !options.weights.empty() || !options.out.empty()) && !options.measure)
    throw UserError("--cut, --weights and --out belong to --measure");
  if (options.check) return print_checks(options.format);
  if (options.achieved) return print_achieved(options.format);
  if (options.measure) {
    need_tensors();
    return print_timing(options);
  }
  if (options.list) return print_names(options);
  if (!options.front.empty()) return print_fronts(options);
  print(prediction_table(chosen_predictions(options)), options.format);
}

}  // namespace

void add_roofline_command(CLI::App& app) {
  CLI::App* command = app.add_subcommand(
      "roofline", "How fast networks could run on platforms, and on this machine, by arithmetic and memory");
  const auto options = std::make_shared<RooflineCommand>();
  command->add_option("--platform", options->platforms,
                      "Only these: see --list; this-machine once it was measured");
  command->add_option("--network", options->networks,
                      "Only these, of the published tables or of `packrat profile --list`");
  command->add_option("--precision", options->precisions, "Only these: INT2 INT4 INT8 FP16 BF16 FP32");
  command->add_option("--platforms", options->platform_files, "Files with more platforms, as JSON");
  command->add_option("--machine", options->machine,
                      "What `packrat machine` stored; default: packrat/machine.json in the user's cache");
  command->add_flag("--list", options->list, "Name platforms and published networks");
  command->add_flag("--check", options->check,
                    "Compute every published count and prediction again, and say which cells differ and why");
  command->add_option(
      "--front", options->front,
      "Fronts of accuracy against speed, by the published rules and the right one: imagenet, cifar or mnist");
  command->add_flag("--measured", options->measured,
                    "With --front: of published measurements, not of predictions");
  command->add_flag("--achieved", options->achieved,
                    "Published measurements as a fraction of their roofline");
  command->add_flag("--measure", options->measure,
                    "Time Packrat's encoders and heads on this machine, as a fraction of its roofline");
  command->add_option("--cut", options->cuts, "With --measure: where to cut the network; default 1 2 3 4");
  command->add_option("--weights", options->weights,
                      "With --measure: a ResNet-34 checkpoint; default: the shipped one");
  command->add_option(
      "--out", options->out,
      "With --measure: where to store the figures for `packrat report`; default: timings.json beside "
      "what `packrat machine` stored");
  command->add_option("--format", options->format, "table, json or csv")
      ->check(CLI::IsMember({"table", "json", "csv"}))
      ->capture_default_str();
  command->callback([options] { roofline(*options); });
}

}  // namespace packrat
