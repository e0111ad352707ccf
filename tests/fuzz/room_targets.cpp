// Files from elsewhere that rooms above the buffer read.
#include <zlib.h>

#include <cstdlib>
#include <opencv2/core/utils/logger.hpp>
#include <opencv2/imgcodecs.hpp>

#include "engine/core/build_info.h"
#include "engine/core/files.h"
#include "engine/data/archive.h"
#include "engine/data/dataset.h"
#include "engine/data/idx_file.h"
#include "engine/data/image_form.h"
#include "engine/data/manifest.h"
#include "engine/data/orientation.h"
#include "engine/data/record_file.h"
#include "engine/energy/power_log.h"
#include "engine/experiment/config_file.h"
#include "engine/onnx/onnx_graph.h"
#include "engine/results/import_logs.h"
#include "engine/results/results_store.h"
#include "engine/studies/regression/points_table.h"
#include "engine/studies/roofline/platform.h"
#include "engine/studies/sparsify/sparsify_kind.h"
#include "engine/sweep/grid.h"
#include "models/checkpoint.h"
#include "tests/data/make_archive.h"
#include "tests/fuzz/memory_file.h"
#include "tests/fuzz/targets.h"
#include "tests/onnx/tiny_onnx.h"
#include "tests/support/temp_folder.h"

namespace packrat::fuzzing {
namespace {

/// A target whose reader wants a path.
Target file_target(std::string name, std::function<void(const std::filesystem::path&)> read,
                   std::function<std::vector<Bytes>()> seeds) {
  return {std::move(name),
          [read = std::move(read)](ByteView bytes) {
            const MemoryFile file(bytes);
            return not_refused([&] { read(file.path()); });
          },
          std::move(seeds)};
}

std::vector<Bytes> from_golden(const std::string& folder, const std::vector<std::string>& names) {
  std::vector<Bytes> all;
  for (const std::string& name : names)
    all.push_back(read_file(source_dir() / "tests/golden" / folder / name));
  return all;
}

std::vector<Bytes> idx_files() {
  const Bytes plain{0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2, 1, 2, 3, 4};
  const TempFolder folder;
  const std::string packed = folder / "packed";
  const gzFile file = ::gzopen(packed.c_str(), "wb");
  ::gzwrite(file, plain.data(), static_cast<unsigned>(plain.size()));
  ::gzclose(file);
  return {plain, read_file(packed)};
}

/// A byte that chooses the data set, then its file of records.
bool read_records(ByteView bytes) {
  static const DatasetInfo infos[] = {find_dataset("cifar10"), find_dataset("cifar100"),
                                      find_dataset("tinyimagenet")};
  if (bytes.size == 0 || bytes.data[0] >= std::size(infos)) return false;
  const DatasetInfo& info = infos[bytes.data[0]];
  const MemoryFile file({bytes.data + 1, bytes.size - 1});
  return not_refused([&] {
    const auto records = std::make_shared<const WatchedFile>(file.path());
    check_labels(info, "fuzzed", records->file());
    ImageSet images;
    append_records(info, records, images);
  });
}

std::vector<Bytes> record_files() {
  return {Bytes(1 + 2 * 3073, 0), [] {
            Bytes both(1 + 3074, 9);
            both[0] = 1;
            return both;
          }()};
}

std::vector<Bytes> archives() {
  const TempFolder folder;
  std::vector<Bytes> all;
  for (const char* const name : {"a.tar", "a.tar.gz", "a.tar.xz", "a.tar.bz2", "a.zip"}) {
    testing_data::make_archive(folder / name, {{"one/a.txt", "hello", ""}, {"one/b", "", "a.txt"}});
    all.push_back(read_file(folder / name));
  }
  return all;
}

bool read_picture(ByteView bytes) {
  webp_orientation(bytes);
  return not_refused([&] { decode_picture(bytes, "fuzzed", {8, true}); });
}

std::vector<Bytes> pictures() {
  // Of OpenCV's own limit, 2^30 pixels, the fuzzer's memory holds few.
  ::setenv("OPENCV_IO_MAX_IMAGE_PIXELS", "1000000", 0);
  cv::utils::logging::setLogLevel(cv::utils::logging::LOG_LEVEL_SILENT);  // as the program does
  std::vector<Bytes> all;
  for (const char* const ending : {".png", ".jpg", ".webp", ".bmp", ".ppm", ".tiff", ".gif"}) {
    Bytes& picture = all.emplace_back();
    const cv::Mat image(5, 7, CV_8UC3, cv::Scalar(10, 200, 90));
    if (!cv::haveImageWriter(ending) || !cv::imencode(ending, image, picture)) all.pop_back();
  }
  return all;
}

void read_power(const std::filesystem::path& path) {
  PowerLogFormat format;
  format.zone = parse_time_zone("+01:00");
  read_power_log(path, format);
}

void read_study_table(const std::filesystem::path& path) {
  const CsvTable table = read_csv(path);
  Selection selection;
  selection.x = table.heading.size() > 1 ? table.heading[1] : table.heading[0];
  selection.y = table.heading.back();
  selection.exclude = "out";
  select_points(table, selection);
}

bool read_grid(ByteView bytes) {
  add_sparsify_sweeps();
  return not_refused([&] { parse_grid(text_of(bytes), "fuzzed"); });
}

void read_options(const std::filesystem::path& path) {
  RunConfig config;
  std::set<std::string> given;
  read_config_file(path, config, given);
  dump_config(config);
}

bool read_log_text(ByteView bytes) {
  bool read = false;
  const std::string text = text_of(bytes);
  for (const std::string_view run : runs_in_log(text)) read = not_refused([&] { parse_log(run); }) || read;
  return read;
}

const char* const kLoggedRun =
    "[2023-01-05 10:00:00] Namespace(dataset='CIFAR100', num_classes_per_task=5, num_tasks=20, seed=2, "
    "memory_size=1000, "
    "encoder='cutr34', encoding_block=3, compressor='quantization', n_states=8, strategy='local', "
    "num_passes=128.0, "
    "log_file=None, whole_dataset=False)\n[2023-01-05 11:00:00] Acc: [0.3125]\n";

const char* const kResult =
    R"({"exp_name":"r","config":{"dataset":"CIFAR10","encoder":"cutr34","encoding_block":"3","seed":1,"num_passes":4},
"buffer":{"codec":"quantize:states=4,range=local","classes":10,"slots":5,"held":5},"accuracy":{"final":0.5,"best":0.5,
"test_features":"raw"},"bytes":{"published_mib":1.5,"exact":10,"measured":12,"items":{"payload":8}},"seconds":{"load":1}})";

bool read_checkpoint_file(ByteView bytes) {
  return not_refused([&] { parse_checkpoint(bytes); });
}

}  // namespace

std::vector<Target> room_targets() {
  const auto texts = [](std::vector<std::string> all) {
    return [all] {
      std::vector<Bytes> seeds;
      for (const std::string& text : all) seeds.push_back(bytes_of(text));
      return seeds;
    };
  };
  return {
      file_target(
          "idx", [](const auto& path) { read_idx(path); }, idx_files),
      {"records", read_records, record_files},
      file_target(
          "archive",
          [](const auto& path) {
            read_archive(
                path, [](const std::string&) { return true; }, 1 << 20,
                [](const std::string&, const Bytes&) {});
          },
          archives),
      {"picture", read_picture, pictures},
      file_target("power_log", read_power,
                  texts({"timestamp,watts\n2020-08-07T15:46:21.27Z,10\n2020-08-07 16:46:22,11.5\n",
                         "# meter\ntimestamp;watts\n1600000000;1,5\n1600000001;2\n"})),
      file_target("study_table", read_study_table, texts({"name,x,y\na,1,2\nb,,3\nout,4,5\n"})),
      {"grid", read_grid,
       texts({"seed = [0, 1]\nmemory_size = 10\n[[grid]]\ncompressor = \"none\"\n[[grid]]\ncompressor = "
              "\"quantization\"\nn_states = [2, 4]\n[[exclude]]\nn_states = 2\nseed = [0]\n",
              "command = \"sparsify\"\nseed = [1, 2]\n"})},
      file_target("config", read_options,
                  texts({"dataset = \"CIFAR100\"\nmemory_bytes = \"1.5MiB\"\nseed = 3\nmaxlr = 0.1\nno_cache "
                         "= true\n"})),
      {"log", read_log_text, texts({kLoggedRun})},
      file_target(
          "result", [](const auto& path) { load_run(path); }, texts({kResult})),
      file_target(
          "platforms", [](const auto& path) { PlatformTable(read_platforms(path)); },
          texts(
              {R"({"platforms":[{"name":"A","peak_tops":{"INT8":4.6,"FP16":1},"bandwidth_gb_s":19.2,"aliases":["B"]}]})"})),
      file_target(
          "onnx",
          [](const auto& path) {
            OnnxGraph({path, ""}, 8).model_for(2);
          },
          [] {
            std::vector<Bytes> seeds = from_golden("onnx", {"tiny.onnx"});
            seeds.push_back(bytes_of(testing_data::tiny_onnx().file()));
            return seeds;
          }),
      {"checkpoint", read_checkpoint_file, [] {
         return from_golden("models/torch2.15", {"module.pth", "nested.pth", "legacy.pth", "views.pth",
                                                 "deep.pth", "wrapped.pth"});
       }}};
}

std::vector<Target> all_targets() {
  std::vector<Target> all = storage_targets();
  for (Target& target : room_targets()) all.push_back(std::move(target));
  return all;
}

}  // namespace packrat::fuzzing
