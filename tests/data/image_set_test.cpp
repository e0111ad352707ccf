#include "engine/data/image_set.h"

#include <gtest/gtest.h>

#include <fstream>
#include <functional>

#include "engine/core/error.h"
#include "engine/data/watched_file.h"
#include "tests/support/temp_folder.h"

namespace packrat {
namespace {

using Bytes = std::vector<std::uint8_t>;

/// Three images of 4x4 pixels: 16 times the image's number, 100 times the channel and the column make a
/// pixel.
Bytes three_images(std::int64_t side, std::int64_t before_each = 0) {
  Bytes bytes;
  for (int i = 0; i < 3; ++i) {
    bytes.insert(bytes.end(), static_cast<std::size_t>(before_each), 77);
    for (int c = 0; c < 3; ++c)
      for (std::int64_t p = 0; p < side * side; ++p)
        bytes.push_back(static_cast<std::uint8_t>(16 * i + 100 * c + p % side));
  }
  return bytes;
}

TEST(ImageSet, ReadsMappedRecordsAsItReadsMemory) {
  const TempFolder folder;
  for (const std::int64_t side : {4, 200}) {  // pages of the larger ones are given back in between
    const Bytes file = three_images(side, 2);
    std::ofstream(folder / "records", std::ios::binary)
        .write(reinterpret_cast<const char*>(file.data()), static_cast<std::streamsize>(file.size()));
    const ImageForm form{side, false};
    const ImageSet memory(three_images(side), {5, 6, 7}, form);
    ImageSet mapped(form);
    mapped.labels = {5, 6, 7};
    mapped.append(std::make_shared<const WatchedFile>(folder / "records"), 2,
                  {3, 2 + form.image_bytes(), side});
    EXPECT_EQ(mapped.pixels(), memory.pixels());
    EXPECT_EQ(mapped.pixels(1, 2), memory.pixels(1, 2));
    EXPECT_EQ(mapped.pixels(), memory.pixels()) << "again";
  }
}

TEST(ImageSet, TellsWhenAFileChangesAfterItWasOpened) {
  const TempFolder folder;
  const std::string records(3 * 48, 'x'), others(records.size(), 'y');
  const auto write = [&](const char* name, const std::string& text) {
    std::ofstream(folder / name, std::ios::binary | std::ios::trunc) << text;
  };
  const auto replace = [&] {
    write("other", others);
    std::filesystem::rename(folder / "other", folder / "records");
  };
  struct Change {
    const char* what;
    std::function<void()> make;
    bool is_told;
  };
  for (const Change& change :
       {Change{"none", [] {}, false}, Change{"cut", [&] { write("records", "x"); }, true},
        Change{"longer", [&] { write("records", records + "x"); }, true},
        Change{"other bytes", [&] { write("records", others); }, true},
        Change{"another file in its place: the old one is read to its end", replace, false}}) {
    SCOPED_TRACE(change.what);
    write("records", records);
    std::filesystem::last_write_time(folder / "records", {});
    ImageSet set(ImageForm{4, false});
    set.labels = {5, 6, 7};
    set.append(std::make_shared<const WatchedFile>(folder / "records"), 0, {3, 48, 4});
    change.make();
    if (change.is_told)
      EXPECT_THROW(set.pixels(), UserError);
    else
      EXPECT_EQ(set.pixels(), Bytes(records.begin(), records.end()));
  }
}

TEST(ImageSet, PartsFollowEachOther) {
  ImageSet set(ImageForm{4, false});
  for (int part = 0; part < 2; ++part) {
    set.append(three_images(4), {3, 48, 4});
    set.labels.insert(set.labels.end(), {0, 1, 2});
  }
  for (const std::int64_t i : {0, 1, 2}) EXPECT_EQ(set.pixels(i, 1), set.pixels(i + 3, 1));
  set.keep({4, 0});
  EXPECT_EQ(set.labels, (std::vector<std::uint16_t>{1, 0}));
  EXPECT_EQ(set.pixels(0, 1)[0], 16);
  EXPECT_EQ(set.pixels(1, 1)[0], 0);
  set.keep({1});
  EXPECT_EQ(set.pixels()[0], 0);
  set.add_mirror_images();
  ASSERT_EQ(set.count(), 2);
  EXPECT_EQ(set.pixels(1, 1)[0], 3);
}

TEST(ImageSet, ImagesAreReshapedAsTheyAreRead) {
  for (const std::int64_t side : {1, 2, 4, 8, 100})
    for (const bool crop : {false, true}) {
      ImageSet set(ImageForm{side, crop});
      set.append(three_images(4), {3, 48, 4});
      set.labels = {0, 1, 2};
      const Bytes image = set.pixels(2, 1);
      ASSERT_EQ(image.size(), static_cast<std::size_t>(3 * side * side));
      for (int c = 0; c < 3; ++c)
        for (std::int64_t p = 0; p < side * side; ++p) {
          const int value = image[static_cast<std::size_t>(c * side * side + p)];
          ASSERT_GE(value, 32 + 100 * c) << side;
          ASSERT_LE(value, 35 + 100 * c) << side;
        }
      if (side == 2 && !crop) {
        EXPECT_NEAR(image[0], 32.5, 0.51);  // the mean of columns 0 and 1
        EXPECT_NEAR(image[1], 34.5, 0.51);
      }
    }
}

}  // namespace
}  // namespace packrat
