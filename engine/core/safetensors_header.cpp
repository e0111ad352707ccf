#include "engine/core/safetensors_header.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

#include "engine/core/safetensors.h"

namespace packrat {
namespace {

constexpr std::size_t kMaxDimensions = 16;
constexpr const char* kMetadata = "__metadata__";

/// Takes the parser's events. Where it stands is told by how many objects are open: 1 in the header, 2 in an
/// entry or in the metadata.
class HeaderReader : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit HeaderReader(SafetensorsHeader& header) : header_(header) {}

  bool start_object(std::size_t) override {
    if (++objects_ > 2 || in_list_) incomplete();
    if (objects_ == 1) return true;
    in_metadata_ = name_ == kMetadata;
    if (in_metadata_ && std::exchange(has_metadata_, true)) twice(name_);
    if (!in_metadata_) header_.entries.push_back({name_, {}, {}, 0, 0});
    seen_ = {};
    return true;
  }

  bool end_object() override {
    if (--objects_ == 1 && !in_metadata_ && (!seen_.type || !seen_.shape || seen_.offsets != 2)) incomplete();
    return true;
  }

  bool key(std::string& key) override {
    (objects_ == 1 ? name_ : key_) = std::move(key);
    return true;
  }

  bool string(std::string& text) override {
    require_entry();
    if (in_metadata_) {
      if (!header_.metadata.emplace(key_, std::move(text)).second) twice(key_);
    } else if (!in_list_ && key_ == "dtype") {
      if (seen_.type) twice(key_);
      seen_.type = true;
      entry().type = std::move(text);
    } else {
      require_unknown();
    }
    return true;
  }

  bool start_array(std::size_t) override {
    require_entry();
    if (in_metadata_) not_text();
    if (in_list_) incomplete();
    in_list_ = true;
    if (key_ == "shape" && std::exchange(seen_.shape, true)) twice(key_);
    if (key_ == "data_offsets" && seen_.offsets > 0) twice(key_);
    return true;
  }

  bool end_array() override {
    in_list_ = false;
    return true;
  }

  bool number_unsigned(number_unsigned_t number) override {
    require_entry();
    if (in_metadata_) not_text();
    if (number > std::numeric_limits<std::int64_t>::max()) not_whole();
    if (in_list_ && key_ == "shape") {
      if (entry().shape.size() == kMaxDimensions) incomplete();
      entry().shape.push_back(static_cast<std::int64_t>(number));
    } else if (in_list_ && key_ == "data_offsets") {
      if (seen_.offsets == 2) incomplete();
      (seen_.offsets++ == 0 ? entry().begin : entry().end) = number;
    } else {
      require_unknown();
    }
    return true;
  }

  bool number_integer(number_integer_t) override { return other(); }
  bool number_float(number_float_t, const string_t&) override { return other(); }
  bool null() override { return other(); }
  bool boolean(bool) override { return other(); }
  bool binary(binary_t&) override { return other(); }
  bool parse_error(std::size_t, const std::string&, const nlohmann::json::exception&) override {
    damaged_safetensors("its header is not JSON");
  }

 private:
  struct Seen {
    bool type = false, shape = false;
    int offsets = 0;
  };

  SafetensorsEntry& entry() { return header_.entries.back(); }

  [[noreturn]] void incomplete() const {
    damaged_safetensors(fmt::format("the header's entry of tensor '{}' is incomplete", name_));
  }
  [[noreturn]] void not_text() const {
    damaged_safetensors(fmt::format("its metadata '{}' is not text", key_));
  }
  [[noreturn]] void not_whole() const {
    damaged_safetensors(
        fmt::format("tensor '{}' has a shape or an offset that is not a whole number", name_));
  }
  [[noreturn]] static void twice(const std::string& name) {
    damaged_safetensors(fmt::format("the name '{}' appears twice", name));
  }

  /// A value that stands in the header itself belongs to no entry.
  void require_entry() const {
    if (objects_ == 0) damaged_safetensors("its header is no JSON object");
    if (objects_ < 2) incomplete();
  }

  /// A value of an unknown key is ignored; one of another type than its key wants is not.
  void require_unknown() const {
    if (key_ == "dtype" || key_ == "shape" || key_ == "data_offsets") incomplete();
  }

  bool other() {
    require_entry();
    if (in_metadata_) not_text();
    if (in_list_ && (key_ == "shape" || key_ == "data_offsets")) not_whole();
    require_unknown();
    return true;
  }

  SafetensorsHeader& header_;
  std::string name_, key_;
  int objects_ = 0;
  bool in_list_ = false, in_metadata_ = false, has_metadata_ = false;
  Seen seen_;
};

void refuse_repeated_names(const SafetensorsHeader& header) {
  std::vector<std::string_view> names;
  names.reserve(header.entries.size());
  for (const SafetensorsEntry& entry : header.entries) names.push_back(entry.name);
  std::sort(names.begin(), names.end());
  const auto twin = std::adjacent_find(names.begin(), names.end());
  if (twin != names.end()) damaged_safetensors(fmt::format("the name '{}' appears twice", *twin));
}

}  // namespace

SafetensorsHeader read_safetensors_header(std::string_view text) {
  SafetensorsHeader header;
  HeaderReader reader(header);
  nlohmann::json::sax_parse(text.begin(), text.end(), &reader);
  refuse_repeated_names(header);
  return header;
}

}  // namespace packrat
