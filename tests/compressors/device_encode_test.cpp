// What the threads of a GPU encode are the bytes of the processor's references.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "compressors/kernels/bitpack.h"
#include "compressors/kernels/quantize.h"
#include "tests/compressors/device_testing.h"

namespace packrat {
namespace {

using kernels::UniformQuantizer;
using kernels::cuda::DeviceArray;
using kernels::cuda::EntryForm;
using kernels::cuda::Form;
using testing::Slab;

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr std::int64_t kPlaces = 8;

struct Encoded {
  std::vector<std::uint8_t> slab, refused;
};

/// The bytes of a slab of 0xee after rows went to those slots.
Encoded encoded(kernels::cuda::Device& device, const EntryForm& form, const std::vector<float>& rows,
                const Slab& empty, const std::vector<std::int64_t>& slots) {
  const DeviceArray<float> values(device, rows);
  const DeviceArray<std::uint8_t> slab(device, empty.bytes),
      refused(device, std::vector<std::uint8_t>(slots.size(), 7));
  const DeviceArray<std::int64_t> numbers(device, slots);
  device.encode(form, values.data(),
                {slab.data(), empty.stride, numbers.data(), static_cast<std::int64_t>(slots.size())},
                refused.data());
  return {slab.values(), refused.values()};
}

const std::vector<std::int64_t> kTargets{6, 0, 3, 1, 7};

/// Rows of a map, of a symmetric one, a constant one, one of -0 and one as narrow as floats are spaced.
std::vector<float> assorted_rows(std::int64_t n, Rng& rng) {
  std::vector<float> rows = testing::relu_like(n, rng);
  const auto add = [&](const std::vector<float>& row) { rows.insert(rows.end(), row.begin(), row.end()); };
  add(testing::normal_values(n, rng));
  add(std::vector<float>(static_cast<std::size_t>(n), 1.75f));
  add(std::vector<float>(static_cast<std::size_t>(n), -0.0f));
  std::vector<float> narrow(static_cast<std::size_t>(n));
  for (float& x : narrow) x = 1.0f + static_cast<float>(rng.below(40)) * 0x1p-23f;
  add(narrow);
  return rows;
}

/// The entry of a row, by the references.
std::vector<std::uint8_t> expected_entry(const EntryForm& form, const float* row) {
  std::vector<std::uint8_t> entry(static_cast<std::size_t>(kernels::cuda::entry_bytes(form)));
  UniformQuantizer q = kernels::make_uniform_quantizer(form.lo, form.hi, form.states);
  std::int64_t in_front = 0;
  if (form.form == Form::kOwnRange) {
    const auto [lo, hi] = std::minmax_element(row, row + form.n);
    const float range[2] = {*lo + 0.0f, *hi + 0.0f};
    std::memcpy(entry.data(), range, sizeof range);
    in_front = sizeof range;
    q = kernels::make_uniform_quantizer(range[0], range[1], form.states);
  }
  kernels::reference::quantize_pack(row, form.n, q, entry.data() + in_front);
  return entry;
}

void expect_entries(const EntryForm& form, const std::vector<float>& rows, std::int64_t gap) {
  const Slab empty(kPlaces, kernels::cuda::entry_bytes(form), gap);
  Slab expected = empty;
  for (std::size_t i = 0; i < kTargets.size(); ++i) {
    const auto entry = expected_entry(form, rows.data() + static_cast<std::int64_t>(i) * form.n);
    std::memcpy(expected.at(kTargets[i]), entry.data(), entry.size());
  }
  for (const auto& device : testing::devices()) {
    const Encoded result = encoded(*device, form, rows, empty, kTargets);
    ASSERT_EQ(result.refused, std::vector<std::uint8_t>(kTargets.size(), 0)) << device->name();
    ASSERT_EQ(result.slab, expected.bytes)
        << device->name() << ", form " << static_cast<int>(form.form) << ", n " << form.n << ", states "
        << form.states << ", gap " << gap;
  }
}

TEST(DeviceEncode, EntriesHaveTheBytesOfTheReferences) {
  Rng rng(20);
  for (int width = 1; width <= kernels::kMaxWidth; ++width)
    for (const int states : testing::states_of_width(width))
      for (const std::int64_t n : testing::ragged_lengths()) {
        const std::vector<float> rows = assorted_rows(n, rng);
        for (const std::int64_t gap : {0, 1, 2}) {
          expect_entries({Form::kOwnRange, n, states}, rows, gap);
          expect_entries({Form::kSharedRange, n, states, -0.5f, 1.9f}, rows, gap);
        }
        // Bins as narrow as floats are spaced: the search, not the quick way.
        expect_entries({Form::kSharedRange, n, states, 1.0f, 1.0f + 0x1p-19f}, rows, 0);
      }
}

TEST(DeviceEncode, ValuesAroundEveryBoundaryGetTheReferencesCodes) {
  Rng rng(21);
  for (const auto& [lo, hi] : std::vector<std::pair<float, float>>{
           {0.0f, 1.0785f}, {-2.086f, 2.6636f}, {-1.7e38f, 1.7e38f}, {1e6f, 1e6f + 1}, {0.0f, 0x1p-149f}})
    for (const int states : {2, 3, 16, 17, 100, 255, 256}) {
      const UniformQuantizer q = kernels::make_uniform_quantizer(lo, hi, states);
      std::vector<float> row{lo, hi, 0.0f, -0.0f, -3e38f, 3e38f};
      for (int i = 1; i < states; ++i) {
        const float b = kernels::bin_boundary(q, i);
        row.insert(row.end(), {std::nextafter(b, -kInfinity), b, std::nextafter(b, kInfinity)});
      }
      const auto n = static_cast<std::int64_t>(row.size());
      std::vector<float> rows;
      for (std::size_t i = 0; i < kTargets.size(); ++i) rows.insert(rows.end(), row.begin(), row.end());
      expect_entries({Form::kSharedRange, n, states, lo, hi}, rows, 0);
    }
}

TEST(DeviceEncode, CodesByBoundariesCountThoseAtOrBelowAValue) {
  Rng rng(22);
  for (int width = 1; width <= kernels::kMaxWidth; ++width)
    for (const int states : testing::states_of_width(width))
      for (const std::int64_t n : testing::ragged_lengths()) {
        std::vector<float> boundaries = testing::normal_values(states - 1, rng);
        std::sort(boundaries.begin(), boundaries.end());
        std::vector<float> rows = assorted_rows(n, rng);
        for (std::size_t i = 0; i < rows.size(); i += 3) rows[i] = boundaries[rng.below(boundaries.size())];
        std::vector<std::uint8_t> codes;
        for (const float x : rows)
          codes.push_back(static_cast<std::uint8_t>(
              std::count_if(boundaries.begin(), boundaries.end(), [&](float b) { return b <= x; })));
        const std::int64_t bytes = kernels::packed_bytes(n, width);
        const Slab empty(kPlaces, bytes, 1);
        Slab expected = empty;
        for (std::size_t i = 0; i < kTargets.size(); ++i)
          kernels::reference::pack(codes.data() + static_cast<std::int64_t>(i) * n, n, width,
                                   expected.at(kTargets[i]));
        boundaries.resize((std::size_t{1} << width) - 1, kInfinity);
        for (const auto& device : testing::devices()) {
          const DeviceArray<float> on_device(*device, boundaries);
          EntryForm form{Form::kTable, n, states};
          form.table = form.boundaries = on_device.data();
          ASSERT_EQ(encoded(*device, form, rows, empty, kTargets).slab, expected.bytes)
              << device->name() << ", n " << n << ", states " << states;
        }
      }
}

TEST(DeviceEncode, EntriesAreThoseOfTheCodecs) {
  Rng rng(23);
  for (const Domain& domain : {testing::features(64, 8, 8), testing::features(7, 3, 5)})
    for (const int states : {2, 4, 5, 16, 256}) {
      const auto codec =
          testing::codec_for("quantize:states=" + std::to_string(states) + ",range=local", domain);
      const std::vector<float> rows =
          testing::rows_for(domain, static_cast<std::int64_t>(kTargets.size()), rng);
      const EntryBatch batch = testing::encode(codec, rows);
      const EntryForm form{Form::kOwnRange, domain.values(), states};
      Slab expected(kPlaces, *codec.entry_bytes(), 0);
      const Slab empty = expected;
      for (std::size_t i = 0; i < kTargets.size(); ++i) {
        const ByteView entry = batch.entry(static_cast<std::int64_t>(i));
        std::memcpy(expected.at(kTargets[i]), entry.data, entry.size);
      }
      for (const auto& device : testing::devices())
        EXPECT_EQ(encoded(*device, form, rows, empty, kTargets).slab, expected.bytes) << device->name();
    }
}

TEST(DeviceEncode, RowsThatNoEntryHoldsAreRefusedAndTheirSlotsKept) {
  Rng rng(24);
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
  for (const std::int64_t n : {2, 5, 16, 513, 1300})
    for (const std::int64_t at : {std::int64_t{0}, n / 2, n - 1})
      for (const float bad : {kNan, -kNan, kInfinity, -kInfinity}) {
        std::vector<float> rows = assorted_rows(n, rng);
        rows[static_cast<std::size_t>(n + at)] = bad;
        // Too wide for a range of its own, and finite.
        rows[static_cast<std::size_t>(3 * n)] = -3e38f;
        rows[static_cast<std::size_t>(3 * n + 1)] = 3e38f;
        for (const Form kind : {Form::kOwnRange, Form::kSharedRange}) {
          const EntryForm form{kind, n, 5, 0.0f, 1.0f};
          const Slab empty(kPlaces, kernels::cuda::entry_bytes(form), 0);
          const std::vector<std::uint8_t> refused{0, 1, 0, static_cast<std::uint8_t>(kind == Form::kOwnRange),
                                                  0};
          Slab expected = empty;
          for (std::size_t i = 0; i < kTargets.size(); ++i) {
            if (refused[i] != 0) continue;
            const auto entry = expected_entry(form, rows.data() + static_cast<std::int64_t>(i) * n);
            std::memcpy(expected.at(kTargets[i]), entry.data(), entry.size());
          }
          for (const auto& device : testing::devices()) {
            const Encoded result = encoded(*device, form, rows, empty, kTargets);
            ASSERT_EQ(result.refused, refused)
                << device->name() << ", n " << n << ", " << bad << " at " << at;
            ASSERT_EQ(result.slab, expected.bytes) << device->name() << ", n " << n;
          }
        }
      }
}

TEST(DeviceEncode, NothingOutsideOfRowsAndEntriesIsTouched) {
  using testing::GuardedBuffer;
  Rng rng(25);
  for (const std::int64_t n : testing::ragged_lengths())
    for (int width = 1; width <= kernels::kMaxWidth; ++width)
      for (const Form kind : {Form::kOwnRange, Form::kSharedRange})
        for (const auto guard : {GuardedBuffer::Guard::kAfter, GuardedBuffer::Guard::kBefore}) {
          const EntryForm form{kind, n, 1 << width, 0.0f, 1.0f};
          const std::int64_t each = kernels::cuda::entry_bytes(form);
          const GuardedBuffer rows(static_cast<std::size_t>(8 * n), guard),
              slab(static_cast<std::size_t>(2 * each), guard), refused(2, guard);
          const std::vector<float> values = testing::relu_like(2 * n, rng);
          std::memcpy(rows.bytes(), values.data(), 4 * values.size());
          const auto device = kernels::cuda::host_device();
          device->encode(form, rows.floats(), {slab.bytes(), each, nullptr, 2}, refused.bytes());
          for (int i = 0; i < 2; ++i) {
            const auto entry = expected_entry(form, values.data() + i * n);
            EXPECT_EQ(std::memcmp(slab.bytes() + i * each, entry.data(), entry.size()), 0)
                << "n " << n << ", width " << width;
          }
        }
}

TEST(DeviceEncode, FormsWithoutAnEncoderAreRefused) {
  const auto device = kernels::cuda::host_device();
  std::uint8_t byte = 0;
  const float value = 0;
  EntryForm without_boundaries{Form::kTable, 1, 2};
  without_boundaries.table = &value;
  for (const EntryForm& form : {EntryForm{Form::kFloat16, 1}, without_boundaries})
    EXPECT_THROW(device->encode(form, &value, {&byte, 1, nullptr, 0}, &byte), std::logic_error);
}

}  // namespace
}  // namespace packrat
