#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <mutex>
#include <shared_mutex>

#include "engine/core/files.h"
#include "engine/methods/method.h"
#include "engine/methods/method_table.h"
#include "engine/methods/streaming_head.h"
#include "library/call.h"
#include "library/handles.h"

namespace packrat::library {
namespace {

/// What a pkr_head stands for. Readers share the lock, a writer has it alone.
struct HeadObject {
  mutable std::shared_mutex lock;
  std::string spec;
  MethodSetting setting;
  std::unique_ptr<Method> method;
  bool within_task = false, fitted = false;
  std::int64_t values() const { return setting.shape[0] * setting.shape[1] * setting.shape[2]; }
};

Handles<pkr_head, HeadObject>& head_handles() {
  static auto* const handles = new Handles<pkr_head, HeadObject>("head");  // outlives every thread
  return *handles;
}

/// UserError that lists the heads for the name of none.
void check_head_name(std::string_view spec) {
  const std::string_view name = spec.substr(0, spec.find(':'));
  std::string known;
  for (const MethodInfo& method : method_table()) {
    if (method.name == name) return;
    if (!keeps_entries(method.name)) known += (known.empty() ? "" : ", ") + method.name;
  }
  throw UserError(fmt::format("head '{}' is unknown: choose from {}", name, known));
}

std::shared_ptr<HeadObject> make_head(std::string_view spec, const MethodSetting& setting) {
  check_head_name(spec);
  if (keeps_entries(spec))
    throw UserError(
        fmt::format("method '{}' keeps entries, and a head trained on them: libpackrat has those that keep "
                    "none",
                    spec));
  auto object = std::make_shared<HeadObject>();
  object->setting = setting;
  object->method = make_method(spec, setting);
  object->spec = object->method->spec();
  return object;
}

std::vector<int> head_labels(const std::int64_t* labels, std::int64_t n, int classes) {
  std::vector<int> checked;
  checked.reserve(static_cast<std::size_t>(n));
  for (std::int64_t i = 0; i < n; ++i) {
    if (labels[i] < 0 || labels[i] >= classes)
      throw UserError(fmt::format("row {} has the label {}: labels are 0 to {}", i, labels[i], classes - 1));
    checked.push_back(static_cast<int>(labels[i]));
  }
  return checked;
}

std::vector<std::uint8_t> state_of(const HeadObject& object) {
  if (object.within_task) throw UserError("this head is within a task: pkr_head_end_of_task() first");
  return object.method->state();
}

std::string description_of(const HeadObject& object) {
  const auto& [shape, classes, threads, seed, parts] = object.setting;
  return fmt::format("'{}' for {}x{}x{} values, {} classes and seed {}", object.spec, shape[0], shape[1],
                     shape[2], classes, seed);
}

// The bytes of a head: magic, version, XXH3 of what follows it, shape, classes, seed, length of the spec, the
// spec, the state. All little-endian.
constexpr char kHeadMagic[8] = {'P', 'K', 'R', 'H', 'E', 'A', 'D', '\0'};
constexpr std::uint32_t kHeadVersion = 1;

std::vector<std::uint8_t> bytes_of_head(const HeadObject& object) {
  std::vector<std::uint8_t> body;
  ByteWriter out(body);
  for (const std::int64_t side : object.setting.shape) out.value(side);
  out.value(static_cast<std::int32_t>(object.setting.classes));
  out.value(object.setting.seed);
  out.value(static_cast<std::uint32_t>(object.spec.size()));
  out.bytes(object.spec.data(), object.spec.size());
  const std::vector<std::uint8_t> state = state_of(object);
  out.bytes(state.data(), state.size());
  std::vector<std::uint8_t> all;
  ByteWriter whole(all);
  whole.bytes(kHeadMagic, sizeof kHeadMagic);
  whole.value(kHeadVersion);
  whole.value(checksum({body.data(), body.size()}));
  whole.bytes(body.data(), body.size());
  return all;
}

std::shared_ptr<HeadObject> head_from(ByteView bytes, std::int32_t threads) {
  ByteReader reader(bytes);
  if (bytes.size < sizeof kHeadMagic ||
      std::memcmp(reader.bytes(sizeof kHeadMagic), kHeadMagic, sizeof kHeadMagic) != 0)
    throw CorruptEntry("these are not the bytes of a head");
  if (const auto version = reader.value<std::uint32_t>(); version > kHeadVersion)
    throw UserError(
        fmt::format("a newer Packrat wrote this head (format {}, this library reads {}): update it", version,
                    kHeadVersion));
  const auto sum = reader.value<std::uint64_t>();
  const std::size_t left = reader.left();
  if (sum != checksum({bytes.data + (bytes.size - left), left}))
    throw CorruptEntry("the bytes of this head were altered or cut short");
  MethodSetting setting;
  for (std::int64_t& side : setting.shape) side = reader.value<std::int64_t>();
  setting.classes = reader.value<std::int32_t>();
  setting.seed = reader.value<std::uint64_t>();
  setting.threads = threads;
  const auto length = reader.value<std::uint32_t>();
  const std::string spec(reinterpret_cast<const char*>(reader.bytes(length)), length);
  auto object = make_head(spec, setting);
  const std::size_t state = reader.left();
  object->method->restore({reader.bytes(state), state});
  return object;
}

template <typename Body>
auto reading_head(const pkr_head* head, const Body& body) {
  const auto object = head_handles().get(head);
  const std::shared_lock<std::shared_mutex> lock(object->lock);
  return body(*object);
}

template <typename Body>
void writing_head(pkr_head* head, const Body& body) {
  const auto object = head_handles().get(head);
  const std::unique_lock<std::shared_mutex> lock(object->lock);
  body(*object);
}

}  // namespace

extern "C" {

PKR_API int pkr_head_make(const char* spec, const int64_t shape[3], int32_t classes, uint64_t seed,
                          int32_t threads, pkr_head** head) {
  return call([&] {
    require(spec, "spec");
    require(shape, "shape");
    require(head, "head");
    require_threads(threads);
    *head = head_handles().add(make_head(spec, {{shape[0], shape[1], shape[2]}, classes, threads, seed}));
  });
}

PKR_API void pkr_head_free(pkr_head* head) {
  call([&] { head_handles().remove(head); });
}

PKR_API int pkr_head_observe(pkr_head* head, const float* rows, const int64_t* labels, int64_t n) {
  return call([&] {
    require_count(n, "rows");
    require_array(rows, n, "rows");
    require_array(labels, n, "labels");
    writing_head(head, [&](HeadObject& object) {
      const std::vector<int> checked = head_labels(labels, n, object.setting.classes);
      if (n == 0) return;
      object.method->observe({rows, n, object.values()}, checked);
      object.within_task = true;
      object.fitted = false;
    });
  });
}

PKR_API int pkr_head_merge(pkr_head* head, const pkr_head* other) {
  return call([&] {
    // Copied first: two heads that take each other in do not wait for each other.
    const auto [learned, described] = reading_head(
        other, [](const HeadObject& object) { return std::pair(state_of(object), description_of(object)); });
    writing_head(head, [&, &state = learned, &from = described](HeadObject& object) {
      if (const std::string own = description_of(object); own != from)
        throw UserError(fmt::format("a head of {} cannot take in one of {}: make both alike", own, from));
      object.within_task = object.fitted = false;
      // check_head_name() lets no other methods in.
      dynamic_cast<StreamingHead&>(*object.method).merge({state.data(), state.size()});
    });
  });
}

PKR_API int pkr_head_end_of_task(pkr_head* head) {
  return call([&] {
    writing_head(head, [](HeadObject& object) {
      object.method->end_of_task();
      object.within_task = false;
    });
  });
}

PKR_API int pkr_head_fit(pkr_head* head) {
  return call([&] {
    writing_head(head, [](HeadObject& object) {
      object.within_task = false;
      object.method->fit(0, {});
      object.fitted = true;
    });
  });
}

PKR_API int pkr_head_scores(const pkr_head* head, const float* rows, int64_t n, float* out) {
  return call([&] {
    require_count(n, "rows");
    require_array(rows, n, "rows");
    require_array(out, n, "out");
    reading_head(head, [&](const HeadObject& object) {
      if (!object.fitted)
        throw UserError("this head has no scores yet: pkr_head_fit() after what it observed last");
      if (n > 0) object.method->scores({rows, n, object.values()}, out);
    });
  });
}

PKR_API const char* pkr_head_spec(const pkr_head* head) {
  const char* spec = nullptr;
  call([&] { spec = head_handles().get(head)->spec.c_str(); });
  return spec;
}

PKR_API int64_t pkr_head_values(const pkr_head* head) {
  return number<std::int64_t>([&] { return head_handles().get(head)->values(); });
}

PKR_API int32_t pkr_head_classes(const pkr_head* head) {
  return number<std::int32_t>([&] { return head_handles().get(head)->setting.classes; });
}

PKR_API int64_t pkr_head_kept_bytes(const pkr_head* head) {
  return number<std::int64_t>([&] {
    return reading_head(head, [](const HeadObject& object) { return kept_bytes(*object.method); });
  });
}

PKR_API int pkr_head_to_bytes(const pkr_head* head, uint8_t** bytes, int64_t* size) {
  return call([&] {
    require(bytes, "bytes");
    require(size, "size");
    give(reading_head(head, bytes_of_head), bytes, size);
  });
}

PKR_API int pkr_head_from_bytes(const uint8_t* bytes, int64_t size, int32_t threads, pkr_head** head) {
  return call([&] {
    require_count(size, "bytes");
    require_array(bytes, size, "bytes");
    require(head, "head");
    require_threads(threads);
    *head = head_handles().add(head_from({bytes, static_cast<std::size_t>(size)}, threads));
  });
}

}  // extern "C"
}  // namespace packrat::library
