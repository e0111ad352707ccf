// Rates of the kernels for GPUs beside a copy of as many bytes within the device: one table. Answers are
// checked first, against the processor's run of the same bodies.
//   device_rates              on a GPU; ends with code 77 and says why where there is none
//   device_rates --processor  the same with little work by the processor, whose times mean nothing
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <string_view>
#include <vector>

#include "compressors/kernels/cuda/device_array.h"
#include "engine/core/error.h"
#include "engine/core/rng.h"

namespace packrat {
namespace {

using kernels::cuda::Device;
using kernels::cuda::DeviceArray;
using kernels::cuda::Entries;
using kernels::cuda::EntryForm;
using kernels::cuda::Form;

constexpr std::int64_t kValues = 4096, kChannels = 64;  // a map of 64 x 8 x 8
constexpr std::int64_t kChecked = 48;                   // entries that are decoded by the processor, too

/// What a run works on.
struct Work {
  Device& device;
  std::int64_t entries;  ///< of a batch
  int rounds;            ///< of which the fastest counts
  std::int64_t slots() const { return 2 * entries; }
};

struct Row {
  std::string name;
  EntryForm form;
};

EntryForm codes(Form kind, int states) {
  return {kind, kValues, states, 0.0f, 1.0f};
}

std::vector<Row> decoders() {
  std::vector<Row> rows;
  for (int bits = 1; bits <= 8; ++bits)
    rows.push_back({fmt::format("{} bits, own range", bits), codes(Form::kOwnRange, 1 << bits)});
  rows.push_back({"4 bits, shared range", codes(Form::kSharedRange, 16)});
  rows.push_back({"4 bits, table", codes(Form::kTable, 16)});
  rows.push_back({"8 bits, table", codes(Form::kTable, 256)});
  for (const auto& [name, kind] :
       {std::pair{"float32", Form::kFloat32}, {"float16", Form::kFloat16}, {"bfloat16", Form::kBfloat16}})
    rows.push_back({name, {kind, kValues}});
  for (const auto& [name, kind] :
       {std::pair{"sparse, coordinates", Form::kCoordinates}, {"sparse, bitmap", Form::kBitmap}}) {
    EntryForm form{kind, kValues};
    form.kept = kValues / 10;
    rows.push_back({name, form});
  }
  EntryForm products{Form::kProducts, kValues};
  products.channels = kChannels;
  products.subspaces = 16;
  products.bits = 8;
  rows.push_back({"products, 16 x 8 bits", products});
  return rows;
}

std::vector<Row> encoders() {
  std::vector<Row> rows;
  for (const int bits : {1, 2, 3, 4, 6, 8})
    rows.push_back({fmt::format("encode {} bits, own range", bits), codes(Form::kOwnRange, 1 << bits)});
  rows.push_back({"encode 4 bits, shared range", codes(Form::kSharedRange, 16)});
  return rows;
}

float uniform(Rng& rng) {
  return static_cast<float>(rng.uniform());
}

/// An entry: any codes and halves, finite floats, places that ascend.
void fill_entry(const EntryForm& form, std::uint8_t* entry, Rng& rng) {
  const std::int64_t bytes = kernels::cuda::entry_bytes(form);
  for (std::int64_t i = 0; i < bytes; ++i) entry[i] = static_cast<std::uint8_t>(rng.below(256));
  const auto put_floats = [&](std::uint8_t* at, std::int64_t count) {
    for (std::int64_t i = 0; i < count; ++i) {
      const float value = uniform(rng);
      std::memcpy(at + 4 * i, &value, 4);
    }
  };
  if (form.form == Form::kOwnRange) {
    const float range[2] = {-uniform(rng), uniform(rng)};
    std::memcpy(entry, range, sizeof range);
  }
  if (form.form == Form::kFloat32) put_floats(entry, form.n);
  if (form.form == Form::kCoordinates || form.form == Form::kBitmap) {
    const std::int64_t index = bytes - 4 * form.kept;
    if (form.form == Form::kBitmap) std::fill_n(entry, index, std::uint8_t{0});
    for (std::int64_t j = 0; j < form.kept; ++j) {
      const auto place = static_cast<std::uint16_t>(j * form.n / form.kept);
      if (form.form == Form::kBitmap)
        entry[place / 8] = static_cast<std::uint8_t>(entry[place / 8] | 1 << place % 8);
      else
        std::memcpy(entry + 2 * j, &place, 2);
    }
    put_floats(entry + index, form.kept);
  }
}

/// A few different entries, again and again.
std::vector<std::uint8_t> slab_of(const EntryForm& form, std::int64_t slots) {
  constexpr std::int64_t kDifferent = 61;
  Rng rng(1);
  const std::int64_t bytes = kernels::cuda::entry_bytes(form);
  std::vector<std::uint8_t> slab(static_cast<std::size_t>(slots * bytes));
  for (std::int64_t slot = 0; slot < slots; ++slot)
    if (slot < kDifferent)
      fill_entry(form, slab.data() + slot * bytes, rng);
    else
      std::copy_n(slab.data() + (slot - kDifferent) * bytes, bytes, slab.data() + slot * bytes);
  return slab;
}

std::vector<std::int64_t> drawn_slots(const Work& work, std::int64_t count) {
  Rng rng(2);
  std::vector<std::int64_t> slots = rng.permutation(work.slots());
  slots.resize(static_cast<std::size_t>(count));
  return slots;
}

std::vector<float> table_of(const EntryForm& form) {
  Rng rng(3);
  const std::int64_t size = form.form == Form::kProducts ? form.channels << form.bits : 256;
  std::vector<float> table(static_cast<std::size_t>(size));
  for (float& value : table) value = uniform(rng);
  return table;
}

template <class T>
void need_equal(const std::string& name, const std::vector<T>& a, const std::vector<T>& b) {
  if (std::memcmp(a.data(), b.data(), a.size() * sizeof(T)) != 0) throw Error("wrong answer: " + name);
}

double fastest(const Work& work, const std::function<void()>& call) {
  work.device.seconds_of(call);
  double seconds = work.device.seconds_of(call);
  for (int round = 1; round < work.rounds; ++round) seconds = std::min(seconds, work.device.seconds_of(call));
  return seconds;
}

/// Bytes a second, of what is read and what is written.
double rate(std::int64_t bytes, double seconds) {
  return static_cast<double>(bytes) / seconds;
}

double copy_rate(const Work& work) {
  const std::int64_t bytes = 4 * kValues * work.entries;
  const DeviceArray<std::uint8_t> from(work.device,
                                       std::vector<std::uint8_t>(static_cast<std::size_t>(bytes))),
      to(work.device, std::vector<std::uint8_t>(static_cast<std::size_t>(bytes)));
  return rate(2 * bytes, fastest(work, [&] { work.device.copy_within(to.data(), from.data(), bytes); }));
}

/// The rows of the first kChecked of those slots, by any device.
std::vector<float> decoded_by(Device& device, EntryForm form, const std::vector<std::uint8_t>& slab,
                              const std::vector<std::int64_t>& slots) {
  const DeviceArray<std::uint8_t> bytes(device, slab);
  const DeviceArray<std::int64_t> numbers(device, slots);
  const DeviceArray<float> table(device, table_of(form)),
      out(device, std::vector<float>(static_cast<std::size_t>(kChecked * form.n)));
  form.table = table.data();
  device.decode(form, {bytes.data(), kernels::cuda::entry_bytes(form), numbers.data(), kChecked}, out.data());
  return out.values();
}

double decoding_rate(const Work& work, const Row& row) {
  const std::vector<std::uint8_t> slab = slab_of(row.form, work.slots());
  const std::vector<std::int64_t> slots = drawn_slots(work, work.entries);
  const auto processor = kernels::cuda::host_device(kernels::cuda::Order::kBackwards);
  need_equal(row.name, decoded_by(work.device, row.form, slab, slots),
             decoded_by(*processor, row.form, slab, slots));
  const DeviceArray<std::uint8_t> bytes(work.device, slab);
  const DeviceArray<std::int64_t> numbers(work.device, slots);
  const DeviceArray<float> table(work.device, table_of(row.form)),
      out(work.device, std::vector<float>(static_cast<std::size_t>(work.entries * row.form.n)));
  EntryForm form = row.form;
  form.table = table.data();
  const std::int64_t each = kernels::cuda::entry_bytes(form);
  const Entries entries{bytes.data(), each, numbers.data(), work.entries};
  return rate(work.entries * (each + 4 * form.n),
              fastest(work, [&] { work.device.decode(form, entries, out.data()); }));
}

/// A slab with the entries of kChecked rows, by any device.
std::vector<std::uint8_t> encoded_by(Device& device, const EntryForm& form, const std::vector<float>& rows) {
  const std::int64_t each = kernels::cuda::entry_bytes(form);
  const DeviceArray<float> values(device, rows);
  const DeviceArray<std::uint8_t> bytes(device,
                                        std::vector<std::uint8_t>(static_cast<std::size_t>(kChecked * each))),
      refused(device, std::vector<std::uint8_t>(kChecked));
  device.encode(form, values.data(), {bytes.data(), each, nullptr, kChecked}, refused.data());
  return bytes.values();
}

double encoding_rate(const Work& work, const Row& row) {
  Rng rng(4);
  std::vector<float> rows(static_cast<std::size_t>(kChecked * kValues));
  for (float& value : rows) value = uniform(rng);
  const auto processor = kernels::cuda::host_device(kernels::cuda::Order::kBackwards);
  need_equal(row.name, encoded_by(work.device, row.form, rows), encoded_by(*processor, row.form, rows));
  std::vector<float> all(static_cast<std::size_t>(work.entries * kValues));
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = rows[i % rows.size()];
  const std::int64_t each = kernels::cuda::entry_bytes(row.form);
  const DeviceArray<float> values(work.device, all);
  const DeviceArray<std::int64_t> numbers(work.device, drawn_slots(work, work.entries));
  const DeviceArray<std::uint8_t> bytes(
      work.device, std::vector<std::uint8_t>(static_cast<std::size_t>(work.slots() * each))),
      refused(work.device, std::vector<std::uint8_t>(static_cast<std::size_t>(work.entries)));
  const Entries entries{bytes.data(), each, numbers.data(), work.entries};
  return rate(work.entries * (each + 4 * kValues),
              fastest(work, [&] { work.device.encode(row.form, values.data(), entries, refused.data()); }));
}

void print_table(const Work& work) {
  fmt::print("{}: {} entries of {} values a batch, GB/s of what is read and written\n\n", work.device.name(),
             work.entries, kValues);
  const double copy = copy_rate(work);
  fmt::print("| kernel | bytes an entry | GB/s | of a copy |\n|---|---:|---:|---:|\n");
  fmt::print("| copy within the device | {} | {:.1f} | 1.00 |\n", 4 * kValues, copy / 1e9);
  const auto print = [&](const Row& row, double its) {
    fmt::print("| {} | {} | {:.1f} | {:.2f} |\n", row.name, kernels::cuda::entry_bytes(row.form), its / 1e9,
               its / copy);
  };
  for (const Row& row : decoders()) print(row, decoding_rate(work, row));
  for (const Row& row : encoders()) print(row, encoding_rate(work, row));
}

int run(bool processor) {
  if (processor) {
    print_table({*kernels::cuda::host_device(), 64, 1});
    return 0;
  }
  const std::string reason = kernels::cuda::why_no_gpu();
  if (!reason.empty()) {
    fmt::print("not run: {}\n", reason);
    return 77;
  }
  print_table({*kernels::cuda::gpu_device(), 32768, 20});
  return 0;
}

}  // namespace
}  // namespace packrat

int main(int count, char** words) try {
  const bool processor = count == 2 && std::string_view(words[1]) == "--processor";
  if (count > 1 && !processor) throw packrat::UserError("device_rates takes no option but --processor");
  return packrat::run(processor);
} catch (const std::exception& error) {
  fmt::print(stderr, "device_rates: {}\n", error.what());
  return 2;
}
