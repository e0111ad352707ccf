#pragma once
// What the tests of the C interface share: handles, and a stream.
#include <gmock/gmock.h>

#include <cstdint>
#include <vector>

#include "packrat/packrat.h"
#include "tests/library/owned.h"

namespace packrat::c {

inline constexpr std::int64_t kValues = 16, kRows = 300;
inline constexpr pkr_domain kMaps{{4, 2, 2}, 0, {}, {}};
inline constexpr pkr_domain kPixels{{3, 8, 8}, 1, {0.5f, 0.4f, 0.3f}, {0.2f, 0.3f, 0.25f}};
inline const char* const kSamplers[] = {"greedy", "reservoir", "class_balanced_reservoir", "ring", "herding"};

/// Whether this build has streaming heads.
inline bool has_heads() {
  const char *name, *options, *summary;
  return pkr_list(PKR_LIST_HEADS, 0, &name, &options, &summary) == 1;
}

struct Data {
  Data() : rows(kRows * kValues), labels(kRows), task(kRows), logits(kRows * 3) {
    std::uint32_t state = 1;
    for (float& value : rows)
      value = static_cast<float>((state = state * 1664525 + 1013904223) >> 8) * 0x1p-24f;
    for (std::size_t i = 0; i < labels.size(); ++i) {
      labels[i] = static_cast<std::int64_t>(i * 7 % 5);
      task[i] = static_cast<std::uint8_t>(i / 60);
      for (std::size_t j = 0; j < 3; ++j) logits[3 * i + j] = rows[i * kValues + j];
    }
  }
  std::vector<float> rows;
  std::vector<std::int64_t> labels;
  std::vector<std::uint8_t> task;
  std::vector<float> logits;
};

inline const Data& data() {
  static const Data made;
  return made;
}

inline Owned<pkr_codec> codec_of(const char* spec, const pkr_domain& domain = kMaps) {
  pkr_codec* codec = nullptr;
  EXPECT_EQ(pkr_codec_make(spec, &domain, &codec), PKR_OK) << pkr_last_error();
  return Owned<pkr_codec>(codec);
}

inline const pkr_column kColumns[] = {{"logits", PKR_FLOAT32, 3}, {"task", PKR_UINT8, 1}};

inline Owned<pkr_buffer> buffer_of(const char* spec, const char* sampler, const char* budget) {
  pkr_buffer* buffer = nullptr;
  EXPECT_EQ(pkr_buffer_make(codec_of(spec).get(), 5, budget, sampler, 3, kColumns, 2, nullptr, &buffer),
            PKR_OK)
      << pkr_last_error();
  return Owned<pkr_buffer>(buffer);
}

inline int add(pkr_buffer* buffer, std::int64_t begin, std::int64_t end) {
  const void* const columns[] = {data().logits.data() + 3 * begin, data().task.data() + begin};
  return pkr_buffer_add(buffer, data().rows.data() + begin * kValues, PKR_FLOAT32,
                        data().labels.data() + begin, columns, end - begin);
}

inline std::vector<std::uint8_t> bytes_of(const pkr_buffer* buffer) {
  std::uint8_t* bytes = nullptr;
  std::int64_t size = 0;
  EXPECT_EQ(pkr_buffer_to_bytes(buffer, &bytes, &size), PKR_OK) << pkr_last_error();
  const Owned<std::uint8_t> owner(bytes);
  return {bytes, bytes + size};
}

}  // namespace packrat::c
