#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "engine/core/progress.h"
#include "engine/data/archive.h"
#include "engine/data/image_form.h"

namespace packrat {

/// One picture of a data set that is being put together.
struct Picture {
  std::string name;                  ///< its path, as messages give it; also the order within a class
  std::vector<std::uint8_t> planes;  ///< see decode_picture()
};

/// Reads the files of a folder, or of an archive, that `wants` (a path inside it, parts separated by /).
/// take(path, bytes) gets them one after the other, in no order that means anything. UserError for what
/// cannot be read; Interrupted when stop_requested().
void read_files(const std::filesystem::path& folder_or_archive,
                const std::function<bool(const std::string&)>& wants, const TakeFile& take,
                const ProgressFn& progress = {});

/// Decodes pictures with all cores, a batch at a time, so that few undecoded ones are in memory.
class PictureDecoder {
 public:
  /// take(picture) gets all that are added, in that order.
  PictureDecoder(const ImageForm& form, std::function<void(Picture)> take)
      : form_(form), take_(std::move(take)) {}
  /// UserError names the first that is no picture, here or in finish().
  void add(std::string name, std::vector<std::uint8_t> file);
  void finish();

 private:
  struct File {
    std::string name;
    std::vector<std::uint8_t> bytes;
  };

  ImageForm form_;
  std::function<void(Picture)> take_;
  std::vector<File> batch_;
  std::size_t batch_bytes_ = 0;
};

}  // namespace packrat
