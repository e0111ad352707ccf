#include "engine/data/feature_files.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <optional>

#include "engine/core/error.h"
#include "engine/core/npy.h"
#include "engine/core/safetensors.h"
#include "engine/core/zip_members.h"

namespace packrat {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kSafetensors = ".safetensors", kNpz = ".npz", kNpy = ".npy",
                           kFeaturesNpy = ".features.npy";
constexpr std::int64_t kMostRowValues = std::int64_t{1} << 20, kMostLabel = 65534;

bool path_ends_with(const fs::path& path, std::string_view end) {
  const std::string text = path.string();
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

/// Runs what reads a file, and puts its name in front of what is wrong with it.
template <typename Read>
auto naming_file(const fs::path& path, const Read& read) {
  try {
    return read();
  } catch (const UserError& error) {
    throw UserError(fmt::format("{}: {}", path.string(), error.what()));
  } catch (const CorruptEntry& error) {
    throw UserError(fmt::format("{}: {}", path.string(), error.what()));
  }
}

struct FileArray {
  NpyArray array;
  std::shared_ptr<const WatchedFile> file;
  std::shared_ptr<const std::vector<std::uint8_t>> unpacked;
};
struct FileArrays {
  std::map<std::string, FileArray> named;
  std::string class_names;
  std::vector<std::shared_ptr<const WatchedFile>> files;
};

constexpr const char* kNames[] = {"features", "labels", "tasks"};

bool is_array_name(const std::string& name) {
  return std::find(std::begin(kNames), std::end(kNames), name) != std::end(kNames);
}

void read_safetensors_arrays(const std::shared_ptr<const WatchedFile>& file, FileArrays& arrays) {
  SafetensorsFile parsed = parse_safetensors(file->bytes());
  for (SafetensorsTensor& tensor : parsed.tensors)
    if (is_array_name(tensor.name))
      arrays.named[tensor.name] = {{tensor.type, std::move(tensor.shape), tensor.bytes}, file, nullptr};
  if (const auto found = parsed.metadata.find("class_names"); found != parsed.metadata.end())
    arrays.class_names = found->second;
}

FileArray npz_array(const ZipMember& member, const std::shared_ptr<const WatchedFile>& file) {
  if (!member.deflated) return {parse_npy(member.packed), file, nullptr};
  const auto bytes = std::make_shared<const std::vector<std::uint8_t>>(inflated(member));
  check_crc(member, {bytes->data(), bytes->size()});
  return {parse_npy({bytes->data(), bytes->size()}), file, bytes};
}

/// "features" of "features.npy"; empty for other members.
std::string array_of_member(const ZipMember& member) {
  for (const char* const name : kNames)
    if (member.name == std::string(name) + std::string(kNpy)) return name;
  return {};
}

void read_npz_arrays(const std::shared_ptr<const WatchedFile>& file, FileArrays& arrays) {
  for (const ZipMember& member : zip_members(file->bytes()))
    if (const std::string name = array_of_member(member); !name.empty())
      arrays.named[name] = npz_array(member, file);
}

void read_arrays(const fs::path& path, const std::string& name, FileArrays& arrays) {
  if (path.empty()) return;
  const auto file = std::make_shared<const WatchedFile>(path);
  arrays.files.push_back(file);
  naming_file(path, [&] {
    if (path_ends_with(path, kSafetensors))
      read_safetensors_arrays(file, arrays);
    else if (path_ends_with(path, kNpz))
      read_npz_arrays(file, arrays);
    else
      arrays.named[name] = {parse_npy(file->bytes()), file, nullptr};
  });
}

const FileArray& find_array(const FileArrays& arrays, const std::string& name) {
  const auto found = arrays.named.find(name);
  if (found == arrays.named.end())
    throw UserError(fmt::format("{}: it holds no array '{}': save one, with a row for each example",
                                arrays.files.front()->path().string(), name));
  return found->second;
}

std::optional<FeatureType> feature_type(const std::string& code) {
  for (const FeatureType type :
       {FeatureType::kFloat32, FeatureType::kFloat16, FeatureType::kBfloat16, FeatureType::kUint8})
    if (code == feature_type_code(type)) return type;
  return std::nullopt;
}

MappedRows rows_of(const FileArray& found) {
  const NpyArray& array = found.array;
  const auto type = feature_type(array.type);
  if (!type)
    throw UserError(
        fmt::format("its features are {}, but must be float32, float16, bfloat16 or uint8: save them "
                    "with .astype('float32')",
                    array.type));
  const auto refuse_shape = [&](const std::string& why) {
    throw UserError(fmt::format(
        "its features have the shape {}: {}",
        array.shape.empty() ? "of one number" : fmt::format("{}", fmt::join(array.shape, "x")), why));
  };
  if (array.shape.size() < 2) refuse_shape("give [rows, values] or [rows, channels, height, width]");
  if (array.shape[0] == 0) refuse_shape("there are no rows");
  std::int64_t values = 1;
  for (std::size_t i = 1; i < array.shape.size(); ++i) {
    if (array.shape[i] == 0) refuse_shape("its rows are empty");
    if (array.shape[i] > kMostRowValues / values)
      refuse_shape(fmt::format("a row may have {} values at most", kMostRowValues));
    values *= array.shape[i];
  }
  MappedRows rows{found.file, found.unpacked, *type, array.shape[0], {values, 1, 1}, array.bytes.data};
  if (array.shape.size() == 4) rows.shape = {array.shape[1], array.shape[2], array.shape[3]};
  if (array.bytes.size != static_cast<std::size_t>(rows.count) * static_cast<std::size_t>(rows.row_bytes()))
    throw CorruptEntry("its features have another number of bytes than their shape");
  return rows;
}

/// A whole number as text, whatever its type holds; nullopt when it is not from `least` to `most`.
template <typename T>
std::optional<std::int64_t> number_in(const std::uint8_t* at, std::int64_t least, std::int64_t most,
                                      std::string& text) {
  T value = 0;
  std::memcpy(&value, at, sizeof value);
  text = fmt::format("{}", value);
  const bool large = value > 0 && static_cast<std::uint64_t>(value) > static_cast<std::uint64_t>(most);
  if (large || static_cast<std::int64_t>(value) < least) return std::nullopt;
  return static_cast<std::int64_t>(value);
}

/// One whole number for each row, from `least` to `most`.
template <typename Out>
std::vector<Out> whole_numbers(const NpyArray& array, const char* name, std::int64_t rows, std::int64_t least,
                               std::int64_t most) {
  struct IntegerType {
    const char* code;
    std::size_t bytes;
    std::optional<std::int64_t> (*read)(const std::uint8_t*, std::int64_t, std::int64_t, std::string&);
  };
  static constexpr IntegerType kTypes[] = {
      {"I64", 8, number_in<std::int64_t>},  {"I32", 4, number_in<std::int32_t>},
      {"I16", 2, number_in<std::int16_t>},  {"I8", 1, number_in<std::int8_t>},
      {"U64", 8, number_in<std::uint64_t>}, {"U32", 4, number_in<std::uint32_t>},
      {"U16", 2, number_in<std::uint16_t>}, {"U8", 1, number_in<std::uint8_t>}};
  const auto type = std::find_if(std::begin(kTypes), std::end(kTypes),
                                 [&](const IntegerType& row) { return array.type == row.code; });
  if (type == std::end(kTypes))
    throw UserError(fmt::format("its {} are {}, but must be whole numbers: save them with .astype('int64')",
                                name, array.type));
  if (array.shape.size() != 1)
    throw UserError(fmt::format(
        "its {} have the shape {}, but there must be one number for each row: save them "
        "with .reshape(-1)",
        name, array.shape.empty() ? "of one number" : fmt::format("{}", fmt::join(array.shape, "x"))));
  if (array.shape[0] != rows)
    throw UserError(
        fmt::format("it has {} {} for {} rows of features: give each row one", array.shape[0], name, rows));
  if (array.bytes.size != static_cast<std::size_t>(rows) * type->bytes)
    throw CorruptEntry(fmt::format("its {} have another number of bytes than their shape", name));
  std::vector<Out> numbers;
  numbers.reserve(static_cast<std::size_t>(rows));
  std::string text;
  for (std::int64_t i = 0; i < rows; ++i) {
    const auto number =
        type->read(array.bytes.data + static_cast<std::size_t>(i) * type->bytes, least, most, text);
    if (!number)
      throw UserError(
          fmt::format("row {} of its {} is {}, but must be from {} to {}", i, name, text, least, most));
    numbers.push_back(static_cast<Out>(*number));
  }
  return numbers;
}

/// The bytes of stored members of an .npz file; deflated ones were checked when they were unpacked.
void check_stored_members(const WatchedFile& file) {
  if (!path_ends_with(file.path(), kNpz)) return;
  naming_file(file.path(), [&] {
    for (const ZipMember& member : zip_members(file.bytes()))
      if (!member.deflated && !array_of_member(member).empty()) check_crc(member, member.packed);
  });
}

}  // namespace

std::vector<fs::path> feature_forms_in(const fs::path& folder, const std::string& name) {
  std::vector<fs::path> found;
  std::error_code failed;
  for (const std::string_view ending : {kSafetensors, kNpz, kFeaturesNpy})
    if (fs::path path = folder / (name + std::string(ending)); fs::exists(path, failed))
      found.push_back(path);
  return found;
}

FeatureFiles feature_files_in(const fs::path& folder, const std::string& name) {
  const std::vector<fs::path> found = feature_forms_in(folder, name);
  if (found.empty())
    throw UserError(
        fmt::format("{} has no {} features: give a folder with {}.safetensors, {}.npz, or "
                    "{}.features.npy and {}.labels.npy, or two files as features:TRAIN,TEST",
                    folder.string(), name, name, name, name, name));
  if (found.size() > 1)
    throw UserError(fmt::format("{} holds both {} and {}: keep one of them", folder.string(),
                                found[0].filename().string(), found[1].filename().string()));
  return feature_files_at(found.front());
}

FeatureFiles feature_files_at(const fs::path& path) {
  if (path_ends_with(path, kSafetensors) || path_ends_with(path, kNpz)) return {path, {}, {}};
  if (!path_ends_with(path, kFeaturesNpy))
    throw UserError(
        fmt::format("{}: features are files NAME.safetensors, NAME.npz, or NAME.features.npy beside "
                    "NAME.labels.npy: rename it",
                    path.string()));
  const std::string text = path.string(), start = text.substr(0, text.size() - kFeaturesNpy.size());
  std::error_code failed;
  const fs::path tasks = start + ".tasks.npy";
  return {path, start + ".labels.npy", fs::exists(tasks, failed) ? tasks : fs::path()};
}

FeatureSplit open_feature_split(const FeatureFiles& files) {
  FileArrays arrays;
  read_arrays(files.features, "features", arrays);
  read_arrays(files.labels, "labels", arrays);
  read_arrays(files.tasks, "tasks", arrays);
  FeatureSplit split;
  const FileArray& features = find_array(arrays, "features");
  split.rows = naming_file(features.file->path(), [&] { return rows_of(features); });
  const FileArray& labels = find_array(arrays, "labels");
  naming_file(labels.file->path(), [&] {
    split.labels = whole_numbers<std::uint16_t>(labels.array, "labels", split.rows.count, 0, kMostLabel);
  });
  if (const auto tasks = arrays.named.find("tasks"); tasks != arrays.named.end())
    naming_file(tasks->second.file->path(), [&] {
      split.tasks =
          whole_numbers<std::int32_t>(tasks->second.array, "tasks", split.rows.count, INT32_MIN, INT32_MAX);
    });
  split.class_names = std::move(arrays.class_names);
  split.files = std::move(arrays.files);
  return split;
}

std::vector<fs::path> feature_file_paths(const FeatureFileForm& form) {
  std::vector<fs::path> paths;
  for (const char* const split : {"train", "test"})
    for (const char* const ending : form.npy ? std::vector<const char*>{"features.npy", "labels.npy"}
                                             : std::vector<const char*>{"safetensors"})
      paths.push_back(form.folder / fmt::format("{}.{}", split, ending));
  return paths;
}

MappedRows open_feature_rows(const fs::path& path) {
  FileArrays arrays;
  read_arrays(path, "features", arrays);
  const FileArray& features = find_array(arrays, "features");
  return naming_file(path, [&] { return rows_of(features); });
}

void check_feature_values(const FeatureSplit& split, const ProgressFn& progress) {
  for (const auto& file : split.files) check_stored_members(*file);
  check_finite(split.rows, progress);
}

}  // namespace packrat
