// What a buffer says of itself.
#include <fmt/format.h>

#include <algorithm>

#include "library/call.h"
#include "library/objects.h"

namespace packrat::library {

extern "C" {

PKR_API int64_t pkr_buffer_size(const pkr_buffer* buffer) {
  return number<std::int64_t>(
      [&] { return reading(buffer, [](const auto& o) { return o.state.buffer.size(); }); });
}

PKR_API int64_t pkr_buffer_capacity(const pkr_buffer* buffer) {
  return number<std::int64_t>(
      [&] { return reading(buffer, [](const auto& o) { return o.state.buffer.capacity(); }); });
}

PKR_API int32_t pkr_buffer_classes(const pkr_buffer* buffer) {
  return number<std::int32_t>(
      [&] { return reading(buffer, [](const auto& o) { return o.state.buffer.classes(); }); });
}

PKR_API int64_t pkr_buffer_class_size(const pkr_buffer* buffer, int32_t label) {
  return number<std::int64_t>([&] {
    return reading(buffer, [&](const auto& o) {
      o.state.buffer.check_label(label);
      return o.state.buffer.counts().held(label);
    });
  });
}

PKR_API int64_t pkr_buffer_offered(const pkr_buffer* buffer) {
  return number<std::int64_t>(
      [&] { return reading(buffer, [](const auto& o) { return o.state.draws.offered; }); });
}

PKR_API const char* pkr_buffer_sampler(const pkr_buffer* buffer) {
  const char* text = nullptr;
  call([&] { text = buffers().get(buffer)->sampler.c_str(); });
  return text;
}

PKR_API const char* pkr_buffer_budget(const pkr_buffer* buffer) {
  const char* text = nullptr;
  call([&] { reading(buffer, [&](const auto& o) { text = o.budget.c_str(); }); });
  return text;
}

PKR_API const char* pkr_buffer_storage(const pkr_buffer* buffer) {
  const char* text = nullptr;
  call([&] { text = buffers().get(buffer)->mapped_file.empty() ? "memory" : "mapped"; });
  return text;
}

PKR_API int32_t pkr_buffer_column_count(const pkr_buffer* buffer) {
  return number<std::int32_t>([&] {
    return reading(buffer,
                   [](const auto& o) { return static_cast<std::int32_t>(o.state.buffer.columns().size()); });
  });
}

PKR_API int pkr_buffer_column(const pkr_buffer* buffer, int32_t column, pkr_column* out) {
  return call([&] {
    require(out, "out");
    reading(buffer, [&](const auto& o) {
      check_column(o.state.buffer, column);
      const Column& held = o.state.buffer.columns()[static_cast<std::size_t>(column)];
      *out = {held.name.c_str(), dtype_of(held.type), held.width};
    });
  });
}

PKR_API int pkr_buffer_codec(const pkr_buffer* buffer, pkr_codec** codec) {
  return call([&] {
    require(codec, "codec");
    *codec = add_codec(reading(buffer, [](const auto& o) { return o.state.buffer.shared_codec(); }));
  });
}

PKR_API int pkr_buffer_ledger(const pkr_buffer* buffer, pkr_ledger_item* items, int32_t* count) {
  return call([&] {
    require(count, "count");
    const ByteLedger ledger = reading(buffer, [](const auto& o) { return o.state.buffer.ledger(); });
    const auto all = static_cast<std::int32_t>(std::count_if(kItems.begin(), kItems.end(), in_buffer));
    if (items != nullptr && *count < all)
      throw UserError(fmt::format("there is room for {} items of {}", *count, all));
    *count = all;
    if (items == nullptr) return;
    for (const Item item : kItems)  // names and meanings are literals and end with a zero
      if (in_buffer(item)) *items++ = {item_name(item).data(), item_meaning(item).data(), ledger.bytes(item)};
  });
}

}  // extern "C"
}  // namespace packrat::library
