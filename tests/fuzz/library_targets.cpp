#include <algorithm>
#include <nlohmann/json.hpp>
#include <numeric>
#include <sstream>
#include <stdexcept>

#include "engine/core/files.h"
#include "engine/core/json_text.h"
#include "engine/core/safetensors.h"
#include "tests/fuzz/memory_file.h"
#include "tests/fuzz/targets.h"
#include "tests/library/owned.h"
#include "tests/support/temp_folder.h"

namespace packrat::fuzzing {
namespace {

using c::Owned;

/// Larger rows are not made: they take time and nothing else.
constexpr std::int64_t kMostRowValues = 1 << 18;
constexpr pkr_domain kMaps{{4, 2, 2}, 0, {}, {}}, kPictures{{3, 5, 7}, 1, {}, {}};

/// Whether a call was done. An error has one line; what the library did not foresee is a finding.
bool done(int code) {
  if (code == PKR_OK) return true;
  const std::string line = pkr_last_error();
  if (code != PKR_ERROR_ARGUMENT && code != PKR_ERROR_CORRUPT)
    throw std::logic_error("error " + std::to_string(code) + ": " + line);
  if (line.empty() || line.find('\n') != std::string::npos) throw std::logic_error("not one line: " + line);
  return false;
}

void must(bool is_true, const char* what) {
  if (!is_true) throw std::logic_error(std::string(what) + ": " + pkr_last_error());
}

/// Of functions make(..., handle*): the handle, or none.
template <typename Handle, typename Make>
Owned<Handle> made(const Make& make) {
  Handle* handle = nullptr;
  return Owned<Handle>(done(make(&handle)) ? handle : nullptr);
}

template <typename Handle>
Bytes bytes_of_handle(int (*to_bytes)(const Handle*, std::uint8_t**, std::int64_t*),
                      const Owned<Handle>& handle) {
  std::uint8_t* bytes = nullptr;
  std::int64_t size = 0;
  must(done(to_bytes(handle.get(), &bytes, &size)), "it cannot be written");
  const Owned<std::uint8_t> owner(bytes);
  return {bytes, bytes + size};
}

std::int64_t size_of(ByteView bytes) {
  return static_cast<std::int64_t>(bytes.size);
}

/// Values of a row that is worth making; 0 for larger ones.
std::int64_t row_values(const pkr_domain& domain) {
  std::int64_t values = 1;
  for (const std::int64_t side : domain.shape) {
    must(side >= 1, "a shape with a side below 1");
    values = side > kMostRowValues / values ? kMostRowValues + 1 : values * side;
  }
  return values > kMostRowValues ? 0 : values;
}

/// Numbers from 0 to 1 for n rows.
std::vector<float> rows_of(std::int64_t values, std::int64_t n) {
  std::vector<float> rows(static_cast<std::size_t>(values * n));
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = static_cast<float>(i * 37 % 101) / 101;
  return rows;
}

void use(const Owned<pkr_codec>& codec) {
  pkr_domain domain;
  must(done(pkr_codec_domain(codec.get(), &domain)) && pkr_codec_spec(codec.get()) != nullptr,
       "a codec without domain or spec");
  pkr_codec_entry_bytes(codec.get());
  must(pkr_codec_shared_bytes(codec.get()) >= 0, "shared bytes below 0");
  const std::int64_t values = row_values(domain);
  if (values == 0) return;
  std::vector<float> rows = rows_of(values, 2);
  std::uint8_t* bytes = nullptr;
  std::int64_t* offsets = nullptr;
  if (!done(pkr_codec_encode(codec.get(), rows.data(), PKR_FLOAT32, 2, 1, &bytes, &offsets))) return;
  const Owned<std::uint8_t> owner(bytes);
  const Owned<std::int64_t> other(offsets);
  done(pkr_codec_decode(codec.get(), bytes, offsets, 2, PKR_FLOAT32, rows.data(), 1));
}

bool read_codec(ByteView bytes) {
  const auto codec = made<pkr_codec>(
      [&](auto** out) { return pkr_codec_from_bytes(bytes.data, size_of(bytes), nullptr, out); });
  const MemoryFile file(bytes);
  const auto loaded =
      made<pkr_codec>([&](auto** out) { return pkr_codec_load(file.path().c_str(), nullptr, out); });
  must((codec == nullptr) == (loaded == nullptr), "a file is not read as its bytes are");
  if (codec) use(codec);
  return codec != nullptr;
}

/// One stage that has learned the body.
bool read_codec_content(ByteView bytes) {
  const std::optional<Described> content = described(bytes);
  if (!content) return false;
  std::ostringstream file;
  try {
    emit_safetensors(file, {{"stage.0", "U8", {size_of(content->body)}, content->body}},
                     {{"packrat_codec", content->description}});
  } catch (const nlohmann::json::exception&) {  // not UTF-8
    return false;
  }
  const std::string text = file.str();
  return read_codec({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
}

Owned<pkr_codec> codec_for(const char* spec, const pkr_domain& domain) {
  const std::vector<float> rows = rows_of(row_values(domain), 40);
  auto codec = made<pkr_codec>([&](auto** out) {
    return pkr_codec_must_be_fitted(spec) == 1
               ? pkr_codec_fit(spec, &domain, rows.data(), PKR_FLOAT32, 40, nullptr, out)
               : pkr_codec_make(spec, &domain, out);
  });
  must(codec != nullptr, spec);
  return codec;
}

std::vector<Bytes> codec_files() {
  std::vector<Bytes> all;
  for (const char* const spec :
       {"none", "codebook:states=4", "quantize:states=3,range=fit", "fcae:neurons=3,layers=1"})
    all.push_back(bytes_of_handle(pkr_codec_to_bytes, codec_for(spec, kMaps)));
  all.push_back(bytes_of_handle(pkr_codec_to_bytes, codec_for("webp:quality=50", kPictures)));
  return all;
}

std::vector<Bytes> codec_contents() {
  std::vector<Bytes> all;
  for (const Bytes& file : codec_files()) {
    const SafetensorsFile parsed = parse_safetensors({file.data(), file.size()});
    const bool is_plain = !parsed.tensors.empty() && parsed.tensors[0].type == "U8";
    if (parsed.tensors.empty() || is_plain)
      all.push_back(
          content_of({parsed.metadata.at("packrat_codec"), is_plain ? parsed.tensors[0].bytes : ByteView{}}));
  }
  return all;
}

/// Reads all that it says and holds.
void look_at(const Owned<pkr_buffer>& buffer, std::int64_t values) {
  const std::int64_t held = pkr_buffer_size(buffer.get());
  std::int32_t items = 0;
  must(held >= 0 && pkr_buffer_capacity(buffer.get()) >= 0 &&
           done(pkr_buffer_ledger(buffer.get(), nullptr, &items)),
       "a buffer without size or ledger");
  pkr_buffer_offered(buffer.get());
  must(pkr_buffer_sampler(buffer.get()) != nullptr && pkr_buffer_budget(buffer.get()) != nullptr,
       "a buffer without sampler or budget");
  if (values == 0 || held > kMostRowValues / values) return;
  std::vector<std::int64_t> slots(static_cast<std::size_t>(held)), labels(slots);
  std::iota(slots.begin(), slots.end(), 0);
  std::vector<float> rows(static_cast<std::size_t>(held * values));
  if (!done(pkr_buffer_get(buffer.get(), slots.data(), held, PKR_FLOAT32, rows.data(), labels.data(), nullptr,
                           1)))
    return;
  for (const std::int64_t label : labels)
    must(label >= 0 && pkr_buffer_class_size(buffer.get(), static_cast<std::int32_t>(label)) > 0,
         "a label that no class has");
}

/// Changes it in every way. False when it has columns, which would have to be given.
void change(const Owned<pkr_buffer>& buffer, std::int64_t values) {
  std::int64_t slots[3] = {};
  done(pkr_buffer_sample(buffer.get(), 3, 1, slots));
  if (values > 0 && pkr_buffer_column_count(buffer.get()) == 0) {
    const std::vector<float> rows = rows_of(values, 3);
    const std::int64_t labels[3] = {0, 1, 0};
    done(pkr_buffer_add(buffer.get(), rows.data(), PKR_FLOAT32, labels, nullptr, 3));
    done(pkr_buffer_replace(buffer.get(), slots, rows.data(), PKR_FLOAT32, labels, nullptr, 1));
  }
  done(pkr_buffer_remove(buffer.get(), slots, 1));
  const std::string budget = pkr_buffer_budget(buffer.get());
  done(pkr_buffer_resize(buffer.get(), budget.rfind("slots:", 0) == 0 ? "slots:2" : "700"));
}

void use(const Owned<pkr_buffer>& buffer) {
  const auto codec = made<pkr_codec>([&](auto** out) { return pkr_buffer_codec(buffer.get(), out); });
  pkr_domain domain;
  must(codec && done(pkr_codec_domain(codec.get(), &domain)), "a buffer without codec");
  const std::int64_t values = row_values(domain);
  look_at(buffer, values);
  change(buffer, values);
  look_at(buffer, values);
  const Bytes written = bytes_of_handle(pkr_buffer_to_bytes, buffer);
  const auto again = made<pkr_buffer>([&](auto** out) {
    return pkr_buffer_from_bytes(written.data(), static_cast<std::int64_t>(written.size()), out);
  });
  must(again != nullptr, "what it wrote is not read");
}

bool read_c_buffer(ByteView bytes) {
  const auto buffer =
      made<pkr_buffer>([&](auto** out) { return pkr_buffer_from_bytes(bytes.data, size_of(bytes), out); });
  if (buffer) use(buffer);
  const MemoryFile file(bytes);
  const auto loaded = made<pkr_buffer>([&](auto** out) { return pkr_buffer_load(file.path().c_str(), out); });
  if (loaded && !buffer) use(loaded);  // a mapped one
  return buffer != nullptr || loaded != nullptr;
}

bool read_c_buffer_content(ByteView bytes) {
  const std::optional<Described> content = described(bytes);
  if (!content) return false;
  const Bytes file = sealed_buffer_file(*content);
  return read_c_buffer({file.data(), file.size()});
}

/// Three entries in a buffer, in memory or in a file.
Owned<pkr_buffer> filled(const char* spec, const char* budget, const char* sampler, const char* storage,
                         bool has_columns) {
  const pkr_column column{"task", PKR_UINT8, 1};
  const auto codec = codec_for(spec, kMaps);
  auto buffer = made<pkr_buffer>([&](auto** out) {
    return pkr_buffer_make(codec.get(), 2, budget, sampler, 1, &column, has_columns ? 1 : 0, storage, out);
  });
  const std::vector<float> rows = rows_of(16, 3);
  const std::int64_t labels[3] = {0, 1, 1};
  const std::uint8_t tasks[3] = {0, 0, 1};
  const void* const columns[] = {tasks};
  must(done(pkr_buffer_add(buffer.get(), rows.data(), PKR_FLOAT32, labels, columns, 3)), "not filled");
  return buffer;
}

std::vector<Bytes> c_buffer_files() {
  std::vector<Bytes> all;
  for (const char* const spec : {"none", "quantize:states=3,range=local", "codebook:states=4|entropy"})
    for (const bool has_columns : {false, true})
      for (const char* const sampler : {"greedy", "reservoir", "ring", "herding"})
        all.push_back(bytes_of_handle(pkr_buffer_to_bytes, filled(spec, has_columns ? "slots:4" : "900",
                                                                  sampler, "memory", has_columns)));
  return all;
}

std::vector<Bytes> mapped_files() {
  std::vector<Bytes> all;
  for (const bool has_columns : {false, true}) {
    const TempFolder folder;
    const std::string file = (folder / "x").string();
    filled("quantize:states=3,range=local", "slots:4", "reservoir", ("mapped:" + file).c_str(), has_columns)
        .reset();
    all.push_back(packrat::read_file(file));
  }
  return all;
}

void use(const Owned<pkr_head>& head) {
  const std::int64_t values = pkr_head_values(head.get());
  const std::int64_t classes = pkr_head_classes(head.get());
  must(values >= 1 && classes >= 1 && pkr_head_spec(head.get()) != nullptr &&
           pkr_head_kept_bytes(head.get()) >= 0,
       "a head without shape, classes, spec or bytes");
  const Bytes written = bytes_of_handle(pkr_head_to_bytes, head);
  const auto again = made<pkr_head>([&](auto** out) {
    return pkr_head_from_bytes(written.data(), static_cast<std::int64_t>(written.size()), 1, out);
  });
  must(again != nullptr, "what it wrote is not read");
  done(pkr_head_merge(head.get(), again.get()));
  if (values > 4096 || classes > 4096) return;
  const std::vector<float> rows = rows_of(values, 2);
  std::vector<float> scores(static_cast<std::size_t>(2 * classes));
  done(pkr_head_scores(head.get(), rows.data(), 2, scores.data()));
  if (done(pkr_head_fit(head.get()))) done(pkr_head_scores(head.get(), rows.data(), 2, scores.data()));
  const std::int64_t labels[2] = {0, 0};
  done(pkr_head_observe(head.get(), rows.data(), labels, 2));
  done(pkr_head_end_of_task(head.get()));
}

bool read_c_head(ByteView bytes) {
  const auto head =
      made<pkr_head>([&](auto** out) { return pkr_head_from_bytes(bytes.data, size_of(bytes), 1, out); });
  if (head) use(head);
  return head != nullptr;
}

/// Magic, version, and the checksum of what follows: shape, classes, seed, spec, state.
constexpr std::size_t kHeadSealEnd = 20;
constexpr std::int64_t kMostSide = 64, kMostClasses = 1000;

/// Whether a head of what it claims to be is made at once: a checksum that is right vouches for the size.
bool is_small_head(ByteView body) {
  ByteReader reader(body);
  for (int side = 0; side < 3; ++side)
    if (reader.value<std::int64_t>() > kMostSide) return false;
  if (reader.value<std::int32_t>() > kMostClasses) return false;
  const std::string rest(body.data + (body.size - reader.left()), body.data + body.size);
  return rest.find("features=") == std::string::npos && rest.find("random=") == std::string::npos;
}

bool read_c_head_content(ByteView bytes) {
  constexpr std::size_t kDescription = 3 * 8 + 4 + 8 + 4;
  if (bytes.size < kHeadSealEnd + kDescription) return false;
  const ByteView body{bytes.data + kHeadSealEnd, bytes.size - kHeadSealEnd};
  if (!is_small_head(body)) return false;
  Bytes file(bytes.data, bytes.data + bytes.size);
  const std::uint64_t sum = checksum(body);
  std::copy_n(reinterpret_cast<const std::uint8_t*>(&sum), sizeof sum,
              file.begin() + kHeadSealEnd - sizeof sum);
  return read_c_head({file.data(), file.size()});
}

std::vector<Bytes> head_states() {
  std::vector<Bytes> all;
  const std::int64_t shape[3] = {4, 2, 2};
  const std::vector<float> rows = rows_of(16, 6);
  const std::int64_t labels[6] = {0, 1, 2, 0, 1, 2};
  const char *name, *options, *summary;
  for (std::int32_t i = 0; pkr_list(PKR_LIST_HEADS, i, &name, &options, &summary) == 1; ++i) {
    const auto head = made<pkr_head>([&](auto** out) { return pkr_head_make(name, shape, 3, 1, 1, out); });
    if (!head) continue;
    must(done(pkr_head_observe(head.get(), rows.data(), labels, 6)) && done(pkr_head_end_of_task(head.get())),
         "a head that learns nothing");
    all.push_back(bytes_of_handle(pkr_head_to_bytes, head));
  }
  return all;
}

/// A byte that chooses the codec, one that says how many entries, the size of each in one, and the entries.
bool read_c_entries(ByteView bytes) {
  static const std::vector<Owned<pkr_codec>>* const codecs = [] {
    auto* all = new std::vector<Owned<pkr_codec>>;
    for (const char* const spec :
         {"none", "quantize:states=3,range=local", "thin:factor=0.5", "codebook:states=4|entropy"})
      all->push_back(codec_for(spec, kMaps));
    all->push_back(codec_for("webp:quality=50", kPictures));
    return all;
  }();
  if (bytes.size < 2 || bytes.data[0] >= codecs->size()) return false;
  const Owned<pkr_codec>& codec = (*codecs)[bytes.data[0]];
  const std::int64_t count = bytes.data[1] % 8;
  if (bytes.size < 2 + static_cast<std::size_t>(count)) return false;
  const ByteView entries{bytes.data + 2 + count, bytes.size - 2 - static_cast<std::size_t>(count)};
  std::vector<std::int64_t> offsets{0};
  for (std::int64_t i = 0; i < count; ++i)
    offsets.push_back(std::min(size_of(entries), offsets.back() + bytes.data[2 + i]));
  std::vector<float> rows(static_cast<std::size_t>(count * 105));
  return done(
      pkr_codec_decode(codec.get(), entries.data, offsets.data(), count, PKR_FLOAT32, rows.data(), 2));
}

std::vector<Bytes> no_and_one_entry() {
  Bytes one(2 + 1 + 64, 0);  // of codec `none`: 16 float32 zeros
  one[1] = 1;
  one[2] = 64;
  return {Bytes{1, 0}, one};
}

}  // namespace

std::vector<Target> library_targets() {
  std::vector<Target> targets{{"c_codec", read_codec, codec_files},
                              {"c_codec_content", read_codec_content, codec_contents},
                              {"c_buffer", read_c_buffer, c_buffer_files},
                              {"c_buffer_content", read_c_buffer_content,
                               [] {
                                 std::vector<Bytes> all;
                                 for (const Bytes& file : c_buffer_files())
                                   all.push_back(content_of_buffer_file(file));
                                 return all;
                               }},
                              {"c_mapped_buffer", read_c_buffer, mapped_files},
                              {"c_entries", read_c_entries, no_and_one_entry}};
  if (!head_states().empty()) {  // a build without heads has none
    targets.push_back({"c_head", read_c_head, head_states});
    targets.push_back({"c_head_content", read_c_head_content, head_states});
  }
  return targets;
}

}  // namespace packrat::fuzzing
