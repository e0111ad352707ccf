#pragma once
#include <cstring>
#include <memory>
#include <vector>

#include "compressors/kernels/cuda/device_array.h"
#include "tests/compressors/testing.h"

namespace packrat::testing {

namespace cuda = kernels::cuda;

/// The processor in both orders, and a GPU where one is.
inline std::vector<std::unique_ptr<cuda::Device>> devices() {
  std::vector<std::unique_ptr<cuda::Device>> all;
  all.push_back(cuda::host_device(cuda::Order::kForwards));
  all.push_back(cuda::host_device(cuda::Order::kBackwards));
  if (cuda::why_no_gpu().empty()) all.push_back(cuda::gpu_device());
  return all;
}

/// Lengths around the four values of a thread, a row of 16 and blocks of 512.
inline const std::vector<std::int64_t>& ragged_lengths() {
  static const std::vector<std::int64_t> all{1,   2,    3,    4,    5,    7,    15,   16,   17,  31,
                                             33,  100,  127,  510,  511,  512,  513,  514,  515, 528,
                                             700, 1023, 1024, 1025, 1500, 1536, 2047, 3072, 3079};
  return all;
}

/// Numbers of states that take so many bits: the most, the fewest, and one between.
inline std::vector<int> states_of_width(int width) {
  if (width == 1) return {2};
  std::vector<int> all{1 << width, (1 << (width - 1)) + 1};
  if (width > 2) all.push_back(3 << (width - 2));
  return all;
}

/// Bytes of `slots` entries at distances of `stride`, which may be more than their size, so that entries
/// begin between words.
struct Slab {
  Slab(std::int64_t slots, std::int64_t entry, std::int64_t gap)
      : entry_bytes(entry), stride(entry + gap), bytes(static_cast<std::size_t>(slots * stride), 0xee) {}
  std::uint8_t* at(std::int64_t slot) { return bytes.data() + slot * stride; }
  const std::uint8_t* at(std::int64_t slot) const { return bytes.data() + slot * stride; }

  std::int64_t entry_bytes, stride;
  std::vector<std::uint8_t> bytes;
};

/// The rows that a device decodes those slots to; no slots: the first `count`.
inline std::vector<float> decoded(cuda::Device& device, const cuda::EntryForm& form, const Slab& slab,
                                  const std::vector<std::int64_t>& slots, std::int64_t count) {
  const cuda::DeviceArray<std::uint8_t> bytes(device, slab.bytes);
  const cuda::DeviceArray<std::int64_t> numbers(device, slots);
  const cuda::DeviceArray<float> out(device,
                                     std::vector<float>(static_cast<std::size_t>(count * form.n), -7.0f));
  device.decode(form, {bytes.data(), slab.stride, slots.empty() ? nullptr : numbers.data(), count},
                out.data());
  return out.values();
}

}  // namespace packrat::testing
