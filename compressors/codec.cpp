#include "compressors/codec.h"

#include <fmt/format.h>

#include <stdexcept>
#include <utility>

#include "compressors/device_form.h"
#include "compressors/kernels/quantize.h"

namespace packrat {
namespace {

// Rows between two stages; the outer two ends of a chain use the caller's own.
struct RowBuffer {
  RowBuffer(std::int64_t count, std::int64_t width) : values(static_cast<std::size_t>(count * width)) {
    rows = {values.data(), count, width};
  }
  std::vector<float> values;
  Rows rows;
};

// Entry i is section i of every stage, the last stage's first.
EntryBatch join_sections(const std::vector<EntryBatch>& sections, std::int64_t count) {
  EntryBatch entries;
  std::size_t total = 0;
  for (const EntryBatch& section : sections) total += section.bytes.size();
  entries.bytes.reserve(total);
  entries.offset.reserve(static_cast<std::size_t>(count) + 1);
  for (std::int64_t i = 0; i < count; ++i) {
    for (auto section = sections.rbegin(); section != sections.rend(); ++section) {
      const ByteView part = section->entry(i);
      entries.bytes.insert(entries.bytes.end(), part.data, part.data + part.size);
    }
    entries.offset.push_back(static_cast<std::int64_t>(entries.bytes.size()));
  }
  return entries;
}

void check_width(const char* what, std::int64_t width, const Domain& domain) {
  if (width == domain.values()) return;
  throw UserError(fmt::format("{} of {} values do not fit a codec for {}x{}x{}: give rows of {} values", what,
                              width, domain.shape[0], domain.shape[1], domain.shape[2], domain.values()));
}

}  // namespace

std::uint8_t* EntryBatch::append(std::int64_t count, std::int64_t size) {
  const std::size_t begin = bytes.size();
  bytes.resize(begin + static_cast<std::size_t>(count * size));
  offset.reserve(offset.size() + static_cast<std::size_t>(count));
  for (std::int64_t i = 0; i < count; ++i) offset.push_back(offset.back() + size);
  return bytes.data() + begin;
}

std::vector<ByteView> EntryBatch::entries() const {
  std::vector<ByteView> all;
  all.reserve(static_cast<std::size_t>(count()));
  for (std::int64_t i = 0; i < count(); ++i) all.push_back(entry(i));
  return all;
}

std::string_view part_name(Part part) {
  switch (part) {
    case Part::kIndex:
      return "index";
    case Part::kSide:
      return "side";
    case Part::kValues:
      break;
  }
  return "values";
}

std::vector<EntryPart> Stage::parts() const {
  const auto bytes = section_bytes();
  if (!bytes) return {};
  return {{Part::kValues, "values", *bytes}};
}

std::optional<DeviceForm> Stage::device_form() const {
  return std::nullopt;
}

Codec::Codec(const Domain& domain, std::vector<std::unique_ptr<Stage>> stages)
    : domain_(domain), stages_(std::move(stages)) {
  if (stages_.empty()) throw UserError("a codec needs at least one stage, such as none");
  std::int64_t width = domain_.values();
  for (const auto& stage : stages_) {
    if (width == 0)
      throw UserError("codec stage '" + stage->spec() + "' comes after one that leaves it no values");
    width_.push_back(width);
    width = stage->width_out();
  }
  if (width != 0)
    throw UserError("codec stage '" + stages_.back()->spec() + "' hands values on, but none follows it");
}

Codec::Codec(Codec plain, std::unique_ptr<EntryCoder> coder) : Codec(std::move(plain)) {
  if (coder_) throw std::logic_error(coder_->spec() + " has coded the entries already");
  coder_ = std::move(coder);
}

std::string Codec::spec() const {
  std::string text;
  for (const auto& stage : stages_) text += (text.empty() ? "" : "|") + stage->spec();
  return coder_ ? text + "|" + coder_->spec() : text;
}

std::optional<std::int64_t> Codec::entry_bytes() const {
  return coder_ ? std::nullopt : plain_bytes();
}

std::optional<std::int64_t> Codec::plain_bytes() const {
  std::int64_t bytes = 0;
  for (const auto& stage : stages_) {
    const auto section = stage->section_bytes();
    if (!section) return std::nullopt;
    bytes += *section;
  }
  return bytes;
}

std::optional<DeviceForm> Codec::device_form() const {
  if (coder_ || stages_.size() > 1) return std::nullopt;
  return stages_.front()->device_form();
}

std::vector<std::vector<std::uint8_t>> Codec::shared_by_stage() const {
  std::vector<std::vector<std::uint8_t>> parts;
  for (const auto& stage : stages_) parts.push_back(stage->shared());
  if (coder_) parts.push_back(coder_->shared());
  return parts;
}

SharedBytes Codec::shared_bytes() const {
  SharedBytes sum;
  for (const auto& stage : stages_) {
    const SharedBytes own = stage->shared_bytes();
    sum.encoder += own.encoder;
    sum.decoder += own.decoder;
    sum.other += own.other;
  }
  if (coder_) sum.other += static_cast<std::int64_t>(coder_->shared().size());
  return sum;
}

std::vector<EntryPart> Codec::parts() const {
  std::vector<EntryPart> all;
  if (!entry_bytes()) return all;
  for (const auto& stage : stages_)
    for (EntryPart& part : stage->parts()) {
      part.stage = stage->spec();
      all.push_back(std::move(part));
    }
  return all;
}

std::vector<EntryPart> Codec::plain_layout() const {
  std::vector<EntryPart> all;
  if (!plain_bytes()) return all;
  for (auto stage = stages_.rbegin(); stage != stages_.rend(); ++stage)
    for (EntryPart& part : (*stage)->parts()) all.push_back(std::move(part));
  return all;
}

std::vector<std::uint8_t> Codec::shared() const {
  std::vector<std::uint8_t> all;
  for (const std::vector<std::uint8_t>& part : shared_by_stage())
    all.insert(all.end(), part.begin(), part.end());
  return all;
}

EntryBatch Codec::encode(ConstRows rows) const {
  return coder_ ? coder_->encode(encode_plain(rows)) : encode_plain(rows);
}

EntryBatch Codec::encode_plain(ConstRows rows) const {
  check_width("rows", rows.width, domain_);
  check_finite(rows);
  if (stages_.size() == 1) {
    EntryBatch entries;
    stages_[0]->encode(rows, Rows{}, entries);
    return entries;
  }
  std::vector<EntryBatch> sections(stages_.size());
  std::vector<RowBuffer> between;
  between.reserve(stages_.size());
  for (std::size_t s = 0; s < stages_.size(); ++s) {
    const ConstRows in = s == 0 ? rows : ConstRows(between.back().rows);
    between.emplace_back(rows.count, stages_[s]->width_out());
    stages_[s]->encode(in, between.back().rows, sections[s]);
  }
  return join_sections(sections, rows.count);
}

void Codec::decode(const std::vector<ByteView>& entries, Rows out) const {
  check_width("rows", out.width, domain_);
  const auto count = static_cast<std::int64_t>(entries.size());
  if (out.count != count)
    throw UserError(fmt::format("{} entries do not fill {} rows: give one row an entry", count, out.count));
  if (!coder_) return decode_plain(entries, out);
  const EntryBatch plain = coder_->decode(entries);
  decode_plain(plain.entries(), out);
}

void Codec::decode_plain(const std::vector<ByteView>& entries, Rows out) const {
  const std::int64_t count = out.count;
  check_sizes(entries);
  std::vector<ByteReader> readers;
  readers.reserve(entries.size());
  for (const ByteView& entry : entries) readers.emplace_back(entry);

  std::vector<float> in;
  for (std::size_t s = stages_.size(); s-- > 0;) {
    std::vector<float> buffer(s == 0 ? 0 : static_cast<std::size_t>(count * width_[s]));
    const Rows rows = s == 0 ? out : Rows{buffer.data(), count, width_[s]};
    stages_[s]->decode(ConstRows(in.data(), count, stages_[s]->width_out()), rows, readers);
    in = std::move(buffer);
  }
  for (std::size_t i = 0; i < readers.size(); ++i)
    if (readers[i].left() != 0)
      throw CorruptEntry(
          fmt::format("entry {} of the batch has {} bytes more than {} reads", i, readers[i].left(), spec()));
}

void Codec::check_finite(ConstRows rows) const {
  for (std::int64_t i = 0; i < rows.count; ++i)
    if (!kernels::all_finite(rows.row(i), rows.width))
      throw UserError(
          fmt::format("image {} of the batch holds NaN or infinity, which no codec can store: "
                      "check the encoder's weights and dtype",
                      i));
}

void Codec::check_sizes(const std::vector<ByteView>& entries) const {
  const auto bytes = plain_bytes();
  if (!bytes) return;
  for (std::size_t i = 0; i < entries.size(); ++i)
    if (entries[i].size != static_cast<std::size_t>(*bytes))
      throw CorruptEntry(fmt::format("entry {} of the batch has {} bytes where {} writes {}", i,
                                     entries[i].size, spec(), *bytes));
}

}  // namespace packrat
