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

#include "engine/core/error.h"
#include "models/pickle_reader.h"

namespace packrat {
namespace {

using Records = std::map<std::string, std::vector<std::uint8_t>>;

[[noreturn]] void damaged_checkpoint(const std::string& what) {
  throw UserError("damaged PyTorch file: " + what + "; get or make the file again");
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

// Records by name, the archive's own folder dropped: "data.pkl", "data/0", "version".
Records read_records(ByteView file) {
  const std::unique_ptr<archive, int (*)(archive*)> zip(archive_read_new(), archive_read_free);
  archive_read_support_format_zip_seekable(zip.get());
  if (archive_read_open_memory(zip.get(), file.data, file.size) != ARCHIVE_OK)
    damaged_checkpoint(
        fmt::format("its zip directory cannot be read; it may be truncated ({})", reason(zip.get())));
  Records records;
  archive_entry* entry = nullptr;
  int result = archive_read_next_header(zip.get(), &entry);
  for (; result == ARCHIVE_OK; result = archive_read_next_header(zip.get(), &entry)) {
    const char* const path = archive_entry_pathname(entry);
    if (!path) damaged_checkpoint("a record has no name");
    const std::string name = path;
    records[name.substr(name.find('/') + 1)] = read_record(zip.get(), file.size);
  }
  if (result != ARCHIVE_EOF)
    damaged_checkpoint(fmt::format("its zip directory is broken ({})", reason(zip.get())));
  return records;
}

struct StorageType {
  const char* name;
  at::ScalarType type;
};
constexpr StorageType kStorageTypes[] = {
    {"torch.DoubleStorage", at::kDouble}, {"torch.FloatStorage", at::kFloat},
    {"torch.HalfStorage", at::kHalf},     {"torch.BFloat16Storage", at::kBFloat16},
    {"torch.LongStorage", at::kLong},     {"torch.IntStorage", at::kInt},
    {"torch.ShortStorage", at::kShort},   {"torch.CharStorage", at::kChar},
    {"torch.ByteStorage", at::kByte},     {"torch.BoolStorage", at::kBool}};

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

class Reader {
 public:
  explicit Reader(const Records& records) : records_(records) {}

  // `value` as a tensor, or nullopt when it is something else.
  std::optional<at::Tensor> tensor(const std::string& name, const PickleValue* value) const {
    const auto* const call = value->as<PickleCall>();
    if (!call) return std::nullopt;
    const auto* const arguments = items_of(call->arguments);
    if (call->callee == "torch._utils._rebuild_parameter" && arguments && !arguments->empty())
      return (*arguments)[0]->as<PickleCall>() && (*arguments)[0] != value
                 ? rebuilt(name, *(*arguments)[0]->as<PickleCall>())
                 : std::nullopt;
    return rebuilt(name, *call);
  }

 private:
  // _rebuild_tensor_v2(storage, offset, size, stride, requires_grad, hooks)
  std::optional<at::Tensor> rebuilt(const std::string& name, const PickleCall& call) const {
    if (call.callee != "torch._utils._rebuild_tensor_v2") return std::nullopt;
    const auto* const arguments = items_of(call.arguments);
    if (!arguments || arguments->size() < 4)
      damaged_checkpoint(fmt::format("tensor '{}' is incomplete", name));
    const auto offset = natural((*arguments)[1]);
    if (!offset) damaged_checkpoint(fmt::format("tensor '{}' begins at no valid offset", name));
    const View view{*offset, naturals((*arguments)[2], name), naturals((*arguments)[3], name)};
    return copied(name, storage(name, (*arguments)[0]), view);
  }

  // The reference ("storage", type, key, location, values) and the record it names.
  Storage storage(const std::string& name, const PickleValue* reference) const {
    const auto* const call = reference->as<PickleCall>();
    const auto* const parts = call && call->callee == "persistent" ? items_of(call->arguments) : nullptr;
    if (!parts || parts->size() < 5) damaged_checkpoint(fmt::format("tensor '{}' has no storage", name));
    const auto* const type = (*parts)[1]->as<PickleGlobal>();
    const auto* const key = (*parts)[2]->as<std::string>();
    const auto values = natural((*parts)[4]);
    if (!type || !key || !values) damaged_checkpoint(fmt::format("tensor '{}' has a broken storage", name));
    const auto known = std::find_if(std::begin(kStorageTypes), std::end(kStorageTypes),
                                    [&](const StorageType& t) { return type->name == t.name; });
    if (known == std::end(kStorageTypes))
      throw UserError(fmt::format(
          "tensor '{}' has type {}, which Packrat does not read: convert it to float32", name, type->name));
    const auto record = records_.find("data/" + *key);
    if (record == records_.end())
      damaged_checkpoint(fmt::format("the data of tensor '{}' is not in it", name));
    const auto held = static_cast<std::int64_t>(record->second.size() / c10::elementSize(known->type));
    if (*values > held)
      damaged_checkpoint(fmt::format("tensor '{}' needs {} values, and {} are there", name, *values, held));
    return {known->type, record->second.data(), *values};
  }

  static at::Tensor copied(const std::string& name, const Storage& storage, const View& view) {
    if (view.shape.size() != view.strides.size())
      damaged_checkpoint(fmt::format("tensor '{}' has a size without stride", name));
    const auto values = values_in(view.shape), spanned = values_spanned(view);
    if (!values || !spanned || *spanned > storage.values)
      damaged_checkpoint(
          fmt::format("tensor '{}' reaches beyond its storage of {} values", name, storage.values));
    if (*values > storage.values)
      throw UserError(
          fmt::format("tensor '{}' repeats its storage (a stride of 0): save tensor.clone() instead", name));
    if (*values == 0) return at::empty(view.shape, storage.type);
    // Laid over the record for the time of the copy only; from_blob wants a pointer to non-const.
    auto* const data = const_cast<std::uint8_t*>(storage.data);
    const auto offset_bytes = static_cast<std::size_t>(view.offset) * c10::elementSize(storage.type);
    return at::from_blob(data + offset_bytes, view.shape, view.strides, at::TensorOptions(storage.type))
        .clone(at::MemoryFormat::Contiguous);
  }

  const Records& records_;
};

// The dict of tensors: the root itself, or what it holds under a customary name.
const PickleDict& state_dict_in(const PickleValue& root) {
  const auto* const outer = root.as<PickleDict>();
  if (!outer)
    throw UserError("this PyTorch file holds no state dict: save model.state_dict(), not the model");
  for (const char* const wanted : {"state_dict", "model_state_dict", "model"})
    for (const auto& [key, value] : outer->items)
      if (key->as<std::string>() && *key->as<std::string>() == wanted && value->as<PickleDict>())
        return *value->as<PickleDict>();
  return *outer;
}

std::optional<std::string> plain_text(const PickleValue& value) {
  if (const auto* text = value.as<std::string>()) return *text;
  if (const auto* number = value.as<std::int64_t>()) return fmt::format("{}", *number);
  if (const auto* number = value.as<double>()) return fmt::format("{}", *number);
  if (const auto* truth = value.as<bool>()) return *truth ? "true" : "false";
  return std::nullopt;
}

// DataParallel puts "module." in front of every name.
void strip_module_prefix(StateDict& state) {
  const std::string prefix = "module.";
  const auto has_prefix = [&](const auto& entry) { return entry.first.rfind(prefix, 0) == 0; };
  if (!std::all_of(state.begin(), state.end(), has_prefix)) return;
  for (auto& entry : state) entry.first.erase(0, prefix.size());
}

}  // namespace

bool looks_like_checkpoint(ByteView file) {
  return file.size >= 4 && std::memcmp(file.data, "PK\x03\x04", 4) == 0;
}

// Both old layouts begin with a pickle of protocol 2 holding a magic number of 10 bytes, or with that of the
// dict itself.
bool looks_like_legacy_checkpoint(ByteView file) {
  return file.size >= 2 && file.data[0] == 0x80 && file.data[1] >= 2 && file.data[1] <= 5;
}

WeightsFile parse_checkpoint(ByteView file) {
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
  const Reader reader(records);
  WeightsFile out;
  for (const auto& [key, value] : state_dict_in(*pickle.root).items) {
    const auto* const name = key->as<std::string>();
    if (!name) continue;
    if (const auto tensor = reader.tensor(*name, value))
      out.tensors.emplace_back(*name, *tensor);
    else if (const auto text = plain_text(*value))
      out.metadata[*name] = *text;
  }
  if (out.tensors.empty())
    throw UserError("this PyTorch file holds no named tensors: save model.state_dict()");
  strip_module_prefix(out.tensors);
  return out;
}

}  // namespace packrat
