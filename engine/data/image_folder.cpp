#include "engine/data/image_folder.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <sstream>

#include "engine/core/error.h"
#include "engine/core/files.h"
#include "engine/core/utf8.h"
#include "engine/data/folder_walk.h"

namespace packrat {
namespace fs = std::filesystem;
namespace {

constexpr std::uint64_t kOneIn = 6;
constexpr std::size_t kMaxClasses = 65535;
// Of what is a picture, its class, its split and its pixels; part of the digest.
constexpr int kRule = 2;

std::uint64_t hash_of(const std::string& text) {
  return checksum({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
}

bool is_hidden(const fs::path& path) {
  return path.filename().string().rfind('.', 0) == 0;
}

bool is_picture(const fs::path& path) {
  std::string ending = path.extension().string();
  std::transform(ending.begin(), ending.end(), ending.begin(),
                 [](unsigned char c) { return std::tolower(c); });
  const auto& endings = picture_endings();
  return std::find(endings.begin(), endings.end(), ending) != endings.end();
}

/// "train" and "test" of "train/cats/x.jpg"; empty for a file that stands in the folder itself.
std::string first_part(const std::string& path) {
  const std::size_t slash = path.find('/');
  return slash == std::string::npos ? "" : path.substr(0, slash);
}

/// Looks through one folder.
class Lister {
 public:
  explicit Lister(const fs::path& folder) : folder_(folder) {
    std::error_code failed;
    const bool has_test = fs::is_directory(folder / "test", failed),
               has_val = fs::is_directory(folder / "val", failed);
    if (fs::is_directory(folder / "train", failed) && (has_test || has_val))
      test_ = has_test ? "test" : "val";
    read_annotations();
    has_sessions_ = holds_sessions();
  }

  ImageFolder list() {
    std::string digest = fmt::format("rule {}\n", kRule);
    const std::vector<FoundFile> files = files_below(folder_, false);
    refuse_broken_links(folder_, files, [](const std::string& path) { return is_picture(path); });
    for (const FoundFile& file : files) {
      if (!take(file)) continue;
      digest += fmt::format("{} {} {}\n", file.path, file.size_bytes, file.time);
    }
    number_classes();
    if (test_.empty() && !has_sessions_) hold_out();
    require_both_splits();
    found_.digest = fmt::format("{:016x}", hash_of(digest));
    return std::move(found_);
  }

 private:
  /// Whether the file is a picture of a class.
  bool take(const FoundFile& file) {
    std::string rest = file.path;
    Split split = Split::kTrain;
    if (!test_.empty()) {
      const std::string part = first_part(rest);
      if (part != "train" && part != test_) return skip(file);
      if (part == test_) split = Split::kTest;
      rest = rest.substr(part.size() + 1);
    }
    std::string name = first_part(rest);
    if (split == Split::kTest && !annotations_.empty()) {
      const auto found = annotations_.find(fs::path(rest).filename().string());
      name = found == annotations_.end() ? "" : found->second;
    }
    if (has_sessions_) {
      if (name.empty()) return skip(file);
      const bool tests = name == "s3" || name == "s7" || name == "s10";
      split = tests ? Split::kTest : Split::kTrain;
      name = first_part(rest.substr(name.size() + 1));
    }
    if (name.empty() || file.kind != FoundFile::Kind::kFile || !is_picture(file.path)) return skip(file);
    class_of_.push_back(name);
    found_.pictures.push_back({file.path, 0, split});
    return true;
  }

  bool skip(const FoundFile& file) {
    found_.skipped.push_back(file.path);
    return false;
  }

  /// Of Tiny ImageNet's layout: file, tab, class, tab, box.
  void read_annotations() {
    std::error_code failed;
    const fs::path path = folder_ / "val/val_annotations.txt";
    if (!fs::is_regular_file(path, failed) || !fs::is_directory(folder_ / "train", failed)) return;
    test_ = "val";
    std::istringstream lines(read_text(path));
    for (std::string line; std::getline(lines, line);) {
      const std::size_t tab = line.find('\t'), end = line.find_first_of("\t\r", tab + 1);
      if (tab != std::string::npos) annotations_[line.substr(0, tab)] = line.substr(tab + 1, end - tab - 1);
    }
  }

  /// CORe50's layout: nothing but folders s1, s2, ... with folders o1, o2, ... in them.
  bool holds_sessions() const {
    std::error_code failed;
    bool found = false;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder_, failed)) {
      if (is_hidden(entry.path()) || !entry.is_directory(failed)) continue;
      if (!is_numbered(entry.path(), 's')) return false;
      for (const fs::directory_entry& inner : fs::directory_iterator(entry.path(), failed))
        found = found || (inner.is_directory(failed) && is_numbered(inner.path(), 'o'));
    }
    return found;
  }

  static bool is_numbered(const fs::path& path, char letter) {
    const std::string name = path.filename().string();
    return name.size() > 1 && name[0] == letter &&
           std::all_of(name.begin() + 1, name.end(), [](unsigned char c) { return std::isdigit(c); });
  }

  /// The folders of classes, also of those without pictures.
  std::map<std::string, int> class_folders() const {
    std::map<std::string, int> labels;
    if (has_sessions_) {
      for (const std::string& name : class_of_) labels[name] = 0;
      return labels;
    }
    const std::vector<std::string> splits = test_.empty()          ? std::vector<std::string>{""}
                                            : annotations_.empty() ? std::vector<std::string>{"train", test_}
                                                                   : std::vector<std::string>{"train"};
    for (const std::string& split : splits)
      for (const fs::directory_entry& entry : fs::directory_iterator(folder_ / split))
        if (entry.is_directory() && !is_hidden(entry.path())) labels[entry.path().filename().string()] = 0;
    return labels;
  }

  void number_classes() {
    std::map<std::string, int> labels = class_folders();
    if (labels.size() < 2 || labels.size() > kMaxClasses)
      throw UserError(
          fmt::format("{} holds {} folder(s) of classes: 2 to {} are needed, one below it for each class (or "
                      "below train and test in it)",
                      folder_.string(), labels.size(), kMaxClasses));
    for (auto& [name, label] : labels) {
      if (!is_utf8(name) || printable(name) != name || name.back() == ' ')
        throw UserError(
            fmt::format("{}: the class folder '{}' needs a name that is UTF-8 text in one line, without a "
                        "blank at its end: "
                        "rename it (convmv turns other encodings into UTF-8)",
                        folder_.string(), printable(name)));
      label = static_cast<int>(found_.classes.size());
      found_.classes.push_back(name);
    }
    for (std::size_t i = 0; i < class_of_.size(); ++i) {
      const auto found = labels.find(class_of_[i]);
      if (found == labels.end())
        throw UserError(
            fmt::format("{}: val_annotations.txt says that {} is of class {}, which train does not have",
                        folder_.string(), found_.pictures[i].path, printable(class_of_[i])));
      found_.pictures[i].label = found->second;
    }
  }

  void hold_out() {
    struct Extremes {
      FolderPicture *least = nullptr, *greatest = nullptr;
      std::int64_t held = 0, all = 0;
    };
    std::vector<Extremes> of_class(found_.classes.size());
    for (FolderPicture& picture : found_.pictures) {
      Extremes& e = of_class[static_cast<std::size_t>(picture.label)];
      const bool held = held_out(picture.path);
      picture.split = held ? Split::kTest : Split::kTrain;
      const std::uint64_t hash = hash_of(picture.path);
      if (e.least == nullptr || hash < hash_of(e.least->path)) e.least = &picture;
      if (e.greatest == nullptr || hash > hash_of(e.greatest->path)) e.greatest = &picture;
      e.held += held;
      ++e.all;
    }
    for (const Extremes& e : of_class) {
      if (e.all < 2) continue;  // told by require_both_splits()
      if (e.held == 0) e.least->split = Split::kTest;
      if (e.held == e.all) e.greatest->split = Split::kTrain;
    }
  }

  void require_both_splits() const {
    std::vector<std::int64_t> train(found_.classes.size(), 0), test(train);
    for (const FolderPicture& picture : found_.pictures)
      ++(picture.split == Split::kTrain ? train : test)[static_cast<std::size_t>(picture.label)];
    for (std::size_t c = 0; c < found_.classes.size(); ++c) {
      if (train[c] > 0 && test[c] > 0) continue;
      const std::string what = train[c] + test[c] == 0 ? "no pictures"
                               : test_.empty()         ? "only one picture"
                               : train[c] == 0         ? "no training pictures"
                                                       : "no test pictures";
      throw UserError(
          fmt::format("{}: there are {} of class {}, but each class needs one to train with and one to test "
                      "with; pictures are files that end in {}",
                      folder_.string(), what, found_.classes[c], fmt::join(picture_endings(), " ")));
    }
  }

  const fs::path folder_;
  std::string test_;                                // the folder of test pictures; empty: there are no splits
  std::map<std::string, std::string> annotations_;  // of Tiny ImageNet's layout: test picture -> class
  bool has_sessions_ = false;                       // of CORe50's layout
  std::vector<std::string> class_of_;               // by picture
  ImageFolder found_;
};

}  // namespace

const std::vector<std::string>& picture_endings() {
  static const std::vector<std::string> endings{".jpg", ".jpeg", ".jpe",  ".png", ".webp", ".bmp",
                                                ".dib", ".tif",  ".tiff", ".jp2", ".ppm",  ".pgm",
                                                ".pbm", ".pnm",  ".sr",   ".ras"};
  return endings;
}

bool held_out(const std::string& path) {
  return hash_of(path) % kOneIn == 0;
}

ImageFolder list_image_folder(const fs::path& folder) {
  std::error_code failed;
  if (!fs::is_directory(folder, failed))
    throw UserError(
        fmt::format("{} is not a folder: give folder:DIR, DIR holding one folder of pictures for each class",
                    folder.string()));
  try {
    return Lister(folder).list();
  } catch (const fs::filesystem_error& error) {
    throw UserError(fmt::format("cannot read folder {}: {}",
                                error.path1().empty() ? folder.string() : error.path1().string(),
                                error.code().message()));
  }
}

}  // namespace packrat
