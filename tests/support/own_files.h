#pragma once
#include <gmock/gmock.h>

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "engine/core/files.h"
#include "tests/data/expect_error.h"
#include "tests/data/small_dataset.h"

namespace packrat {

/// A kind of file that Packrat writes and reads back.
struct OwnKind {
  const char* name;
  std::function<void(const std::filesystem::path&)> save, load;
};

/// All places of a small file; of a greater one all of the front, and some of the rest.
inline std::vector<std::size_t> places_in(std::size_t size) {
  constexpr std::size_t kFront = 600, kRest = 60;
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < size; i += i < kFront ? 1 : 1 + (size - kFront) / kRest) places.push_back(i);
  places.push_back(size - 1);
  return places;
}

/// One changed bit anywhere is an error that names the file.
inline void expect_every_bit_counts(const OwnKind& kind) {
  const testing_data::TempFolder folder;
  const std::filesystem::path path = folder / kind.name;
  kind.save(path);
  ASSERT_NO_THROW(kind.load(path)) << kind.name;
  const std::string whole = read_text(path);
  for (const std::size_t place : places_in(whole.size())) {
    std::string altered = whole;
    altered[place] = static_cast<char>(altered[place] ^ 1 << (place * 5 + 3) % 8);
    testing_data::write_text(path, altered);
    ASSERT_THAT(testing_data::user_error([&] { kind.load(path); }), ::testing::HasSubstr(path.string()))
        << kind.name << " " << place;
  }
}

/// One that was cut off or made longer is an error that names it.
inline void expect_length_counts(const OwnKind& kind) {
  const testing_data::TempFolder folder;
  const std::filesystem::path path = folder / kind.name;
  kind.save(path);
  const std::string whole = read_text(path);
  for (const std::size_t length : places_in(whole.size())) {
    testing_data::write_text(path, whole.substr(0, length));
    ASSERT_THAT(testing_data::user_error([&] { kind.load(path); }), ::testing::HasSubstr(path.string()))
        << kind.name << " " << length;
  }
  testing_data::write_text(path, whole + '\0');
  EXPECT_THAT(testing_data::user_error([&] { kind.load(path); }), ::testing::HasSubstr(path.string()))
      << kind.name;
}

/// A safetensors file of an older version, without the marks of this one, is told apart from a damaged one.
inline void expect_older_version_is_named(const OwnKind& kind) {
  const testing_data::TempFolder folder;
  const std::filesystem::path path = folder / kind.name;
  kind.save(path);
  std::string text = read_text(path);
  for (const char* const key : {"packrat_format", "packrat_xxh3"}) text[text.find(key)] = 'x';
  testing_data::write_text(path, text);
  EXPECT_THAT(testing_data::user_error([&] { kind.load(path); }),
              ::testing::AllOf(::testing::HasSubstr(path.string()), ::testing::HasSubstr("older version")))
      << kind.name;
}

}  // namespace packrat
