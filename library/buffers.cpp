#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <mutex>

#include "engine/buffer/mapped_buffer.h"
#include "engine/buffer/mapped_slab.h"
#include "engine/core/parse_value.h"
#include "engine/core/rng.h"
#include "library/call.h"
#include "library/objects.h"

namespace packrat::library {
namespace {

constexpr std::string_view kSlots = "slots:";

Budget budget_of(const char* text) {
  require(text, "budget");
  const std::string_view view(text);
  if (view.substr(0, kSlots.size()) != kSlots) return Budget::bytes(parse_byte_size(view));
  std::int64_t slots = 0;
  if (read_number(std::string(view.substr(kSlots.size())), slots) != NumberText::kNumber)
    throw UserError(fmt::format("budget '{}': give a number of bytes such as 1.5MiB, or slots:500", text));
  return Budget::slots(slots);
}

std::string budget_text(const Budget& budget) {
  return fmt::format("{}{}", budget.unit == Budget::Unit::kSlots ? kSlots : "", budget.amount);
}

std::vector<Column> columns_of(const pkr_column* columns, std::int32_t count) {
  require_count(count, "columns");
  require_array(columns, count, "columns");
  std::vector<Column> made;
  for (std::int32_t i = 0; i < count; ++i) {
    require(columns[i].name, "a column's name");
    made.push_back({columns[i].name, dtype_name(columns[i].dtype), columns[i].width});
  }
  return made;
}

/// Checked, so that a call with a wrong label changes nothing.
std::vector<int> labels_of(const ReplayBuffer& buffer, const std::int64_t* labels, std::int64_t n) {
  require_array(labels, n, "labels");
  std::vector<int> checked;
  checked.reserve(static_cast<std::size_t>(n));
  for (std::int64_t i = 0; i < n; ++i) {
    buffer.check_label(labels[i]);
    checked.push_back(static_cast<int>(labels[i]));
  }
  return checked;
}

void check_slots(const ReplayBuffer& buffer, const std::int64_t* slots, std::int64_t n) {
  require_count(n, "slots");
  require_array(slots, n, "slots");
  for (std::int64_t i = 0; i < n; ++i) buffer.check_held(slots[i]);
}

/// The columns of n rows, which come column by column, row by row.
std::vector<std::uint8_t> columns_by_row(const ReplayBuffer& buffer, const void* const* columns,
                                         std::int64_t n) {
  if (buffer.columns().empty()) return {};
  require_array(columns, n, "columns");
  std::vector<std::uint8_t> rows(static_cast<std::size_t>(n * column_bytes(buffer.columns())));
  std::uint8_t* at = rows.data();
  for (std::size_t c = 0; n > 0 && c < buffer.columns().size(); ++c)
    if (columns[c] == nullptr) throw UserError(fmt::format("column '{}' is NULL", buffer.columns()[c].name));
  for (std::int64_t i = 0; i < n; ++i)
    for (std::size_t c = 0; c < buffer.columns().size(); ++c) {
      const std::int64_t bytes = buffer.columns()[c].bytes();
      at = std::copy_n(static_cast<const std::uint8_t*>(columns[c]) + i * bytes, bytes, at);
    }
  return rows;
}

/// Of a column among the columns of an entry.
std::int64_t column_begin(const ReplayBuffer& buffer, std::size_t column) {
  std::int64_t begin = 0;
  for (std::size_t c = 0; c < column; ++c) begin += buffer.columns()[c].bytes();
  return begin;
}

void give_labels_and_columns(const ReplayBuffer& buffer, const std::int64_t* slots, std::int64_t n,
                             std::int64_t* labels, void* const* columns) {
  for (std::int64_t i = 0; labels != nullptr && i < n; ++i) labels[i] = buffer.label(slots[i]);
  for (std::size_t c = 0; columns != nullptr && c < buffer.columns().size(); ++c) {
    if (columns[c] == nullptr) continue;
    const std::int64_t begin = column_begin(buffer, c), bytes = buffer.columns()[c].bytes();
    auto* at = static_cast<std::uint8_t*>(columns[c]);
    for (std::int64_t i = 0; i < n; ++i)
      at = std::copy_n(buffer.columns_of(slots[i]).data + begin, bytes, at);
  }
}

std::vector<std::uint8_t> bytes_of_buffer(const BufferObject& object) {
  std::vector<std::uint8_t> bytes;
  const SavedBuffer& state = object.state;
  bytes.reserve(static_cast<std::size_t>(kBufferFileHeaderBytes + state.buffer.ledger().buffer_total()));
  write_buffer(state.buffer, state.origin, &state.draws,
               [&](ByteView piece) { bytes.insert(bytes.end(), piece.data, piece.data + piece.size); });
  return bytes;
}

pkr_buffer* add_buffer(SavedBuffer state, std::filesystem::path file = {}) {
  return buffers().add(std::make_shared<BufferObject>(std::move(state), std::move(file)));
}

}  // namespace

BufferObject::BufferObject(SavedBuffer its_state, std::filesystem::path file)
    : state(std::move(its_state)),
      sampler(short_name(state.buffer.sampler())),
      budget(budget_text(state.buffer.budget())),
      mapped_file(std::move(file)) {}

Handles<pkr_buffer, BufferObject>& buffers() {
  static auto* const handles = new Handles<pkr_buffer, BufferObject>("buffer");  // outlives every thread
  return *handles;
}

void check_column(const ReplayBuffer& buffer, std::int32_t column) {
  if (column < 0 || column >= static_cast<std::int32_t>(buffer.columns().size()))
    throw UserError(fmt::format("column {} of a buffer with {}", column, buffer.columns().size()));
}

extern "C" {

PKR_API int pkr_buffer_make(const pkr_codec* codec, int32_t classes, const char* budget, const char* sampler,
                            uint64_t seed, const pkr_column* columns, int32_t column_count,
                            const char* storage, pkr_buffer** buffer) {
  return call([&] {
    require(sampler, "sampler");
    require(buffer, "buffer");
    const std::filesystem::path file = mapped_file(storage == nullptr ? "memory" : storage, "storage");
    const auto object = codecs().get(codec);
    if (!file.empty()) {
      *buffer = add_buffer(make_mapped_buffer(file, object->codec, classes, budget_of(budget),
                                              make_sampler(sampler), columns_of(columns, column_count), seed),
                           file);
      return;
    }
    ReplayBuffer made(object->codec, classes, budget_of(budget), make_sampler(sampler),
                      columns_of(columns, column_count));
    *buffer = add_buffer({std::move(made), {"", "none", "", ""}, {seed, 0, 0}});
  });
}

PKR_API void pkr_buffer_free(pkr_buffer* buffer) {
  call([&] { buffers().remove(buffer); });
}

PKR_API int pkr_buffer_copy(const pkr_buffer* buffer, pkr_buffer** copy) {
  return call([&] {
    require(copy, "copy");
    const std::vector<std::uint8_t> bytes = reading(buffer, bytes_of_buffer);
    *copy = add_buffer(read_buffer({bytes.data(), bytes.size()}, "the buffer"));
  });
}

PKR_API int pkr_buffer_add(pkr_buffer* buffer, const void* rows, int32_t dtype, const int64_t* labels,
                           const void* const* columns, int64_t n) {
  return call([&] {
    writing(buffer, [&](BufferObject& object) {
      auto& [held, origin, draws] = object.state;
      const GivenRows given(held.codec().domain(), rows, dtype, n);
      const std::vector<int> checked = labels_of(held, labels, n);
      const std::vector<std::uint8_t> beside = columns_by_row(held, columns, n);
      held.ingest(given.rows(), checked, draws.offered, Rng(draws.seed), {beside.data(), beside.size()});
      draws.offered += n;
    });
  });
}

PKR_API int pkr_buffer_sample(pkr_buffer* buffer, int64_t n, int32_t with_replacement, int64_t* slots) {
  return call([&] {
    require_array(slots, n, "slots");
    writing(buffer, [&](BufferObject& object) {
      BufferDraws& draws = object.state.draws;
      Rng rng = Rng(draws.seed).fork("sample", static_cast<std::uint64_t>(draws.drawn));
      const auto drawn = object.state.buffer.draw(n, with_replacement != 0, rng);
      std::copy(drawn.begin(), drawn.end(), slots);
      ++draws.drawn;
    });
  });
}

PKR_API int pkr_buffer_get(const pkr_buffer* buffer, const int64_t* slots, int64_t n, int32_t dtype,
                           void* rows, int64_t* labels, void* const* columns, int32_t threads) {
  return call([&] {
    require_threads(threads);
    reading(buffer, [&](const BufferObject& object) {
      const ReplayBuffer& held = object.state.buffer;
      check_slots(held, slots, n);
      if (rows != nullptr) {
        const Domain& domain = held.codec().domain();
        check_row_type(domain, dtype);
        give_rows(domain, n, dtype, rows, threads, [&](std::int64_t begin, Rows out) {
          held.decode({slots + begin, slots + begin + out.count}, out);
        });
      }
      give_labels_and_columns(held, slots, n, labels, columns);
    });
  });
}

PKR_API int pkr_buffer_replace(pkr_buffer* buffer, const int64_t* slots, const void* rows, int32_t dtype,
                               const int64_t* labels, const void* const* columns, int64_t n) {
  return call([&] {
    writing(buffer, [&](BufferObject& object) {
      ReplayBuffer& held = object.state.buffer;
      const GivenRows given(held.codec().domain(), rows, dtype, n);
      check_slots(held, slots, n);
      const std::vector<int> checked = labels_of(held, labels, n);
      const std::vector<std::uint8_t> beside = columns_by_row(held, columns, n);
      held.replace({slots, slots + n}, checked, held.codec().encode(given.rows()),
                   {beside.data(), beside.size()});
    });
  });
}

PKR_API int pkr_buffer_set_column(pkr_buffer* buffer, int32_t column, const int64_t* slots,
                                  const void* values, int64_t n) {
  return call([&] {
    writing(buffer, [&](BufferObject& object) {
      ReplayBuffer& held = object.state.buffer;
      check_column(held, column);
      check_slots(held, slots, n);
      require_array(values, n, "values");
      const auto c = static_cast<std::size_t>(column);
      const std::int64_t begin = column_begin(held, c), bytes = held.columns()[c].bytes();
      for (std::int64_t i = 0; i < n; ++i)
        held.set_columns(
            slots[i], begin,
            {static_cast<const std::uint8_t*>(values) + i * bytes, static_cast<std::size_t>(bytes)});
    });
  });
}

PKR_API int pkr_buffer_remove(pkr_buffer* buffer, const int64_t* slots, int64_t n) {
  return call([&] {
    writing(buffer, [&](BufferObject& object) {
      check_slots(object.state.buffer, slots, n);
      object.state.buffer.remove({slots, slots + n});
    });
  });
}

PKR_API int pkr_buffer_clear(pkr_buffer* buffer) {
  return call([&] { writing(buffer, [&](BufferObject& object) { object.state.buffer.clear(); }); });
}

PKR_API int pkr_buffer_resize(pkr_buffer* buffer, const char* budget) {
  return call([&] {
    const Budget wanted = budget_of(budget);
    writing(buffer, [&](BufferObject& object) {
      BufferDraws& draws = object.state.draws;
      Rng rng = Rng(draws.seed).fork("resize", static_cast<std::uint64_t>(draws.offered));
      if (object.mapped_file.empty())
        object.state.buffer.resize(wanted, rng);
      else
        resize_mapped_buffer(object.state, object.mapped_file, wanted, rng);
      object.budget = budget_text(wanted);
    });
  });
}

PKR_API int pkr_buffer_save(const pkr_buffer* buffer, const char* path) {
  return call([&] {
    require(path, "path");
    reading(buffer,
            [&](const auto& o) { save_buffer(o.state.buffer, o.state.origin, path, &o.state.draws); });
  });
}

PKR_API int pkr_buffer_load(const char* path, pkr_buffer** buffer) {
  return call([&] {
    require(path, "path");
    require(buffer, "buffer");
    if (MappedSlab::is_mapped_file(path))
      *buffer = add_buffer(open_mapped_buffer(path), std::filesystem::absolute(path));
    else
      *buffer = add_buffer(load_buffer(path));
  });
}

PKR_API int pkr_buffer_to_bytes(const pkr_buffer* buffer, uint8_t** bytes, int64_t* size) {
  return call([&] {
    require(bytes, "bytes");
    require(size, "size");
    give(reading(buffer, bytes_of_buffer), bytes, size);
  });
}

PKR_API int pkr_buffer_from_bytes(const uint8_t* bytes, int64_t size, pkr_buffer** buffer) {
  return call([&] {
    require_count(size, "bytes");
    require_array(bytes, size, "bytes");
    require(buffer, "buffer");
    *buffer = add_buffer(read_buffer({bytes, static_cast<std::size_t>(size)}, "the buffer"));
  });
}

}  // extern "C"
}  // namespace packrat::library
