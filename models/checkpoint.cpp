#include "models/checkpoint.h"

#include <ATen/ATen.h>
#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>

#include "engine/core/error.h"
#include "models/legacy_checkpoint.h"
#include "models/pickle_reader.h"
#include "models/storage_type.h"

namespace packrat {
namespace {

// TorchScript, which is refused further below, compresses some of its records.
constexpr std::size_t kMostUnpacked = 16;

using Records = std::map<std::string, std::vector<std::uint8_t>>;

[[noreturn]] void damaged_checkpoint(const std::string& what) {
  throw CorruptEntry("damaged PyTorch file: " + what);
}

// libarchive's reason, on one line; it does not always give one.
std::string reason(archive* zip) {
  const char* const given = archive_error_string(zip);
  std::string text = given ? given : "unreadable";
  text.erase(std::remove(text.begin(), text.end(), '\n'), text.end());
  return text;
}

// One file of the archive. torch.save stores without compression, so that its size is bounded by the
// archive's; a size in the header is not trusted.
std::vector<std::uint8_t> read_record(archive* zip, std::size_t limit) {
  std::vector<std::uint8_t> out;
  const void* piece = nullptr;
  std::size_t size = 0;
  la_int64_t offset = 0;
  while (true) {
    const int result = archive_read_data_block(zip, &piece, &size, &offset);
    if (result == ARCHIVE_EOF) return out;
    if (result != ARCHIVE_OK) damaged_checkpoint(reason(zip));
    const std::size_t begin = out.size();
    if (size > limit - begin) damaged_checkpoint("it is compressed; write it with torch.save");
    out.resize(begin + size);
    if (size > 0) std::memcpy(out.data() + begin, piece, size);
  }
}

// Records by name, the archive's own folder dropped: "data.pkl", "data/0", "version". All together are
// limited, too: entries of the archive's directory could share their bytes.
Records read_records(ByteView file) {
  const std::unique_ptr<archive, int (*)(archive*)> zip(archive_read_new(), archive_read_free);
  archive_read_support_format_zip_seekable(zip.get());
  if (archive_read_open_memory(zip.get(), file.data, file.size) != ARCHIVE_OK)
    damaged_checkpoint(
        fmt::format("its zip directory cannot be read; it may be truncated ({})", reason(zip.get())));
  Records records;
  archive_entry* entry = nullptr;
  std::size_t left = kMostUnpacked * file.size;
  int result = archive_read_next_header(zip.get(), &entry);
  for (; result == ARCHIVE_OK; result = archive_read_next_header(zip.get(), &entry)) {
    const char* const path = archive_entry_pathname(entry);
    if (!path) damaged_checkpoint("a record has no name");
    const std::string name = path;
    std::vector<std::uint8_t> record = read_record(zip.get(), std::min(left, file.size));
    left -= record.size();
    records[name.substr(name.find('/') + 1)] = std::move(record);
  }
  if (result != ARCHIVE_EOF)
    damaged_checkpoint(fmt::format("its zip directory is broken ({})", reason(zip.get())));
  return records;
}

// Functions that rebuild tensors of a kind that is not read.
constexpr std::pair<const char*, const char*> kOtherTensors[] = {
    {"torch._utils._rebuild_qtensor", "is quantized"},
    {"torch._utils._rebuild_sparse_tensor", "is sparse"},
    {"torch._utils._rebuild_sparse_csr_tensor", "is sparse"},
    {"torch._utils._rebuild_nested_tensor", "is nested"},
    {"torch._utils._rebuild_mkldnn_tensor", "is in oneDNN's own layout"},
    {"torch._utils._rebuild_meta_tensor_no_storage", "is on the device meta, without values"},
    {"numpy.core.multiarray._reconstruct", "is a NumPy array"},
    {"numpy._core.multiarray._reconstruct", "is a NumPy array"}};

struct Storage {
  at::ScalarType type;
  const std::uint8_t* data;
  std::int64_t values;
};

// A tensor's place in its storage.
struct View {
  std::int64_t offset;
  std::vector<std::int64_t> shape, strides;
};

const std::vector<PickleRef>* items_of(const PickleValue* value) {
  const auto* const sequence = value ? value->as<PickleSequence>() : nullptr;
  return sequence ? &sequence->items : nullptr;
}

std::optional<std::int64_t> natural(const PickleValue* value) {
  const auto* const number = value ? value->as<std::int64_t>() : nullptr;
  return number && *number >= 0 ? std::optional(*number) : std::nullopt;
}

std::vector<std::int64_t> naturals(const PickleValue* value, const std::string& name) {
  std::vector<std::int64_t> out;
  const auto* const items = items_of(value);
  if (!items || items->size() > 64)
    damaged_checkpoint(fmt::format("tensor '{}' has no readable shape", name));
  for (const PickleRef item : *items) {
    const auto number = natural(item);
    if (!number) damaged_checkpoint(fmt::format("tensor '{}' has a negative size or stride", name));
    out.push_back(*number);
  }
  return out;
}

// Values of the storage up to the last one that the view reads; nullopt when that overflows.
std::optional<std::int64_t> values_spanned(const View& view) {
  std::int64_t last = view.offset;
  for (std::size_t d = 0; d < view.shape.size(); ++d) {
    if (view.shape[d] == 0) return 0;
    std::int64_t step = 0;
    if (__builtin_mul_overflow(view.shape[d] - 1, view.strides[d], &step) ||
        __builtin_add_overflow(last, step, &last))
      return std::nullopt;
  }
  return last < std::numeric_limits<std::int64_t>::max() ? std::optional(last + 1) : std::nullopt;
}

std::optional<std::int64_t> values_in(const std::vector<std::int64_t>& shape) {
  std::int64_t product = 1;
  for (const std::int64_t side : shape)
    if (__builtin_mul_overflow(product, side, &product)) return std::nullopt;
  return product;
}

/// A tensor, or why what a name holds cannot be used as one.
using TensorOrReason = std::variant<at::Tensor, std::string>;

class Reader {
 public:
  explicit Reader(const Records& records) : records_(records) {}

  // What `value` holds, or nullopt when it is no tensor of any kind.
  std::optional<TensorOrReason> tensor(const std::string& name, const PickleValue* value) const {
    const auto* const outer = value->as<PickleCall>();
    if (!outer) return std::nullopt;
    PickleCall call = *outer;
    for (int depth = 0; depth < 4 && unwrap(call); ++depth) {
    }
    if (call.callee == kRebuild || call.callee == kRebuildV2 || call.callee == kRebuildV3)
      return rebuilt(name, call);
    for (const auto& [callee, why] : kOtherTensors)
      if (call.callee == callee) return why;
    if (call.callee.rfind("torch._", 0) == 0) return fmt::format("is made by {}", call.callee);
    return std::nullopt;
  }

 private:
  static constexpr const char *kRebuild = "torch._utils._rebuild_tensor",
                              *kRebuildV2 = "torch._utils._rebuild_tensor_v2",
                              *kRebuildV3 = "torch._utils._rebuild_tensor_v3";

  // Takes off what stands around a tensor's own call: a Parameter, a class derived from Tensor.
  static bool unwrap(PickleCall& call) {
    const auto* const arguments = items_of(call.arguments);
    if (!arguments || arguments->empty()) return false;
    if (call.callee == "torch._utils._rebuild_parameter" ||
        call.callee == "torch._utils._rebuild_parameter_with_state") {
      const auto* const inner = (*arguments)[0]->as<PickleCall>();
      if (inner) call = PickleCall(*inner);
      return inner != nullptr;
    }
    if (call.callee == "torch._tensor._rebuild_from_type_v2" ||
        call.callee == "torch._tensor._rebuild_from_type") {
      const auto* const function = (*arguments)[0]->as<PickleGlobal>();
      if (!function || arguments->size() < 3) return false;
      call = {function->name, (*arguments)[2]};
      return true;
    }
    return false;
  }

  // _rebuild_tensor_v2(storage, offset, size, stride, requires_grad, hooks); the older one ends with the
  // stride, the third has the type and metadata behind the hooks.
  std::optional<TensorOrReason> rebuilt(const std::string& name, const PickleCall& call) const {
    const auto* const arguments = items_of(call.arguments);
    if (!arguments || arguments->size() < 4)
      damaged_checkpoint(fmt::format("tensor '{}' is incomplete", name));
    const auto offset = natural((*arguments)[1]);
    if (!offset) damaged_checkpoint(fmt::format("tensor '{}' begins at no valid offset", name));
    const View view{*offset, naturals((*arguments)[2], name), naturals((*arguments)[3], name)};
    const PickleRef type = call.callee == kRebuildV3 && arguments->size() > 6 ? (*arguments)[6] : nullptr;
    const auto found = storage(name, (*arguments)[0], type);
    if (const auto* const reason = std::get_if<std::string>(&found)) return *reason;
    return copied(name, std::get<Storage>(found), view);
  }

  // The reference ("storage", type, key, location, values) and the record it names. type: that of the tensor
  // where its storage has none, or nullptr.
  std::variant<Storage, std::string> storage(const std::string& name, const PickleValue* reference,
                                             const PickleValue* type) const {
    const auto* const call = reference->as<PickleCall>();
    const auto* const parts = call && call->callee == "persistent" ? items_of(call->arguments) : nullptr;
    if (!parts || parts->size() < 5) damaged_checkpoint(fmt::format("tensor '{}' has no storage", name));
    const auto* const type_name = (type ? type : (*parts)[1])->as<PickleGlobal>();
    const auto* const key = (*parts)[2]->as<std::string>();
    auto values = natural((*parts)[4]);
    if (!type_name || !key || !values)
      damaged_checkpoint(fmt::format("tensor '{}' has a broken storage", name));
    const auto known =
        std::find_if(std::begin(kStorageTypes), std::end(kStorageTypes),
                     [&](const StorageType& t) { return type_name->name == (type ? t.name : t.storage); });
    if (known == std::end(kStorageTypes)) return fmt::format("is of type {}", short_type(type_name->name));
    const auto record = records_.find("data/" + *key);
    if (record == records_.end())
      damaged_checkpoint(fmt::format("the data of tensor '{}' is not in it", name));
    const auto size = static_cast<std::int64_t>(c10::elementSize(known->type));
    const auto held = static_cast<std::int64_t>(record->second.size()) / size;
    if (type) *values /= size;  // of a storage without type: bytes
    if (*values > held)
      damaged_checkpoint(fmt::format("tensor '{}' needs {} values, and {} are there", name, *values, held));
    return Storage{known->type, record->second.data(), *values};
  }

  // "torch.ComplexFloatStorage" -> "ComplexFloat", "torch.uint16" -> "uint16".
  static std::string short_type(std::string name) {
    for (const std::string_view around : {"torch.", "Storage"})
      if (const auto at = name.find(around); at != std::string::npos) name.erase(at, around.size());
    return name;
  }

  static TensorOrReason copied(const std::string& name, const Storage& storage, const View& view) {
    if (view.shape.size() != view.strides.size())
      damaged_checkpoint(fmt::format("tensor '{}' has a size without stride", name));
    const auto values = values_in(view.shape), spanned = values_spanned(view);
    if (!values || !spanned || *spanned > storage.values)
      damaged_checkpoint(
          fmt::format("tensor '{}' reaches beyond its storage of {} values", name, storage.values));
    if (*values > storage.values) return "repeats its storage (a stride of 0; save tensor.clone() instead)";
    if (*values == 0) return at::empty(view.shape, storage.type);
    // Laid over the record for the time of the copy only; from_blob wants a pointer to non-const.
    auto* const data = const_cast<std::uint8_t*>(storage.data);
    const auto offset_bytes = static_cast<std::size_t>(view.offset) * c10::elementSize(storage.type);
    return at::from_blob(data + offset_bytes, view.shape, view.strides, at::TensorOptions(storage.type))
        .clone(at::MemoryFormat::Contiguous);
  }

  const Records& records_;
};

const PickleDict* dict_in(const PickleValue& value) {
  if (const auto* const call = value.as<PickleCall>())
    return call->items ? call->items->as<PickleDict>() : nullptr;
  return value.as<PickleDict>();
}

// What is copied out of a file: names, texts and tensors may be shared, so that a small file could make any
// number of copies of one. A tensor that several names share is one of each.
class Copies {
 public:
  explicit Copies(std::size_t file_bytes) : most_(kMostFree + kPerByte * file_bytes) {}
  void count(std::size_t bytes) {
    copied_ += bytes;
    if (copied_ > most_) damaged_checkpoint("its dicts hold each other or the same values without end");
  }

 private:
  static constexpr std::size_t kPerByte = 64, kMostFree = 1 << 20;

  std::size_t most_, copied_ = 0;
};

// Collects the tensors of a dict and of the dicts in it, under names joined by dots.
class Collector {
 public:
  Collector(const Reader& reader, Copies& copies, WeightsFile& out)
      : reader_(reader), copies_(copies), out_(out) {}

  void collect(const PickleDict& dict, const std::string& before, int depth = 0) {
    for (const auto& [key, value] : dict.items) {
      copies_.count(1);
      const auto* const text = key->as<std::string>();
      if (!text) continue;
      const std::string name = before + *text;
      copies_.count(name.size());
      if (const auto found = reader_.tensor(name, value))
        add(name, *found);
      else if (const auto* const inner = dict_in(*value); inner && depth < kMostLevels)
        collect(*inner, name + ".", depth + 1);
    }
  }

 private:
  static constexpr int kMostLevels = 4;

  void add(const std::string& name, const TensorOrReason& found) {
    if (const auto* const tensor = std::get_if<at::Tensor>(&found))
      copies_.count(tensor->nbytes()), out_.tensors.emplace_back(name, *tensor);
    else
      out_.unusable.push_back({name, std::get<std::string>(found)});
  }

  const Reader& reader_;
  Copies& copies_;
  WeightsFile& out_;
};

std::optional<std::string> plain_text(const PickleValue& value) {
  if (const auto* text = value.as<std::string>()) return *text;
  if (const auto* number = value.as<std::int64_t>()) return fmt::format("{}", *number);
  if (const auto* number = value.as<double>()) return fmt::format("{}", *number);
  if (const auto* truth = value.as<bool>()) return *truth ? "true" : "false";
  return std::nullopt;
}

// Fills tensors from the state dict: what the root holds under a customary name, or the root itself. Plain
// values beside them become metadata.
void read_state_dict(const PickleValue& root, const Reader& reader, Copies& copies, WeightsFile& out) {
  const PickleDict* state = dict_in(root);
  if (!state)
    throw UserError("this PyTorch file holds no state dict: save model.state_dict(), not the model");
  const PickleDict& outer = *state;
  for (const char* const wanted :
       {"state_dict", "model_state_dict", "model", "net", "network", "module", "weights", "params"})
    for (const auto& [key, value] : outer.items) {
      const auto* const name = key->as<std::string>();
      const PickleDict* const inner = name && *name == wanted ? dict_in(*value) : nullptr;
      if (!inner || !out.tensors.empty() || !out.unusable.empty()) continue;
      Collector(reader, copies, out).collect(*inner, "");
      state = inner;
    }
  if (out.tensors.empty() && out.unusable.empty()) {
    state = &outer;
    Collector(reader, copies, out).collect(outer, "");
  }
  for (const auto& [key, value] : state->items)
    if (const auto text = plain_text(*value); text && key->as<std::string>()) {
      copies.count(text->size() + key->as<std::string>()->size());
      out.metadata[*key->as<std::string>()] = *text;
    }
}

WeightsFile named_tensors(const PickleValue& root, const Records& records, std::size_t file_bytes) {
  WeightsFile out;
  Copies copies(file_bytes);
  read_state_dict(root, Reader(records), copies, out);
  if (out.tensors.empty() && out.unusable.empty())
    throw UserError("this PyTorch file holds no named tensors: save model.state_dict()");
  return out;
}

}  // namespace

bool looks_like_checkpoint(ByteView file) {
  return has_legacy_magic(file) || (file.size >= 4 && std::memcmp(file.data, "PK\x03\x04", 4) == 0);
}

bool looks_like_pickle(ByteView file) {
  return file.size >= 2 && file.data[0] == 0x80 && file.data[1] >= 2 && file.data[1] <= 5;
}

WeightsFile parse_checkpoint(ByteView file) {
  if (has_legacy_magic(file)) {
    const LegacyCheckpoint legacy = read_legacy_checkpoint(file);
    return named_tensors(*legacy.object.root, legacy.records, file.size);
  }
  const Records records = read_records(file);
  const auto pickle_record = records.find("data.pkl");
  if (pickle_record == records.end())
    throw UserError("this zip file is no PyTorch checkpoint: it holds no data.pkl");
  if (records.count("constants.pkl") > 0)
    throw UserError("this is a TorchScript file: save model.state_dict() with torch.save instead");
  if (const auto order = records.find("byteorder"); order != records.end())
    if (std::string(order->second.begin(), order->second.end()) == "big")
      throw UserError(
          "this PyTorch file was written on a big-endian machine: convert it to safetensors there");

  const Pickle pickle = read_pickle({pickle_record->second.data(), pickle_record->second.size()});
  return named_tensors(*pickle.root, records, file.size);
}

}  // namespace packrat
