#include "engine/buffer/buffer_file.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <ostream>

#include "compressors/codec.h"
#include "compressors/registry.h"
#include "engine/buffer/buffer_description.h"
#include "engine/buffer/file_header.h"
#include "engine/core/checksum.h"
#include "engine/core/files.h"
#include "engine/core/json_text.h"

namespace packrat {
namespace {

using nlohmann::json;

static_assert(kBufferFileHeaderBytes == FileHeader::kBytes);

json describe(const Domain& domain) {
  json j = {{"shape", domain.shape}, {"pixels", domain.pixels}};
  if (domain.pixels) j.update({{"mean", domain.mean}, {"std", domain.std}});
  return j;
}

json describe(const ByteLedger& ledger) {
  json j;
  for (const Item item : kItems)
    if (in_buffer(item)) j[std::string(item_name(item))] = ledger.bytes(item);
  return j;
}

json describe(const BufferDescription& d) {
  const bool in_slots = d.budget.unit == Budget::Unit::kSlots;
  json j = {{"codec", d.codec},
            {"domain", describe(d.domain)},
            {"classes", d.classes},
            {"sampler", d.sampler},
            {"budget", {{in_slots ? "slots" : "bytes", d.budget.amount}}}};
  for (const Column& column : d.columns)
    j["columns"].push_back({{"name", column.name}, {"type", column.type}, {"width", column.width}});
  return j;
}

json describe(const ReplayBuffer& buffer, const BufferOrigin& origin, const BufferDraws* draws) {
  json j =
      describe(BufferDescription{buffer.codec().spec(), buffer.codec().domain(), buffer.classes(),
                                 std::string(buffer.sampler().name()), buffer.budget(), buffer.columns()});
  j["entries"] = buffer.size();
  j["bytes"] = describe(buffer.ledger());
  j["origin"] = {{"data_set", origin.data_set},
                 {"encoder", origin.encoder},
                 {"cut", origin.cut},
                 {"weights", origin.weights}};
  if (draws != nullptr)
    j["draws"] = {{"seed", draws->seed}, {"offered", draws->offered}, {"drawn", draws->drawn}};
  return j;
}

Domain domain_from(const json& j) {
  Domain domain;
  j.at("shape").get_to(domain.shape);
  j.at("pixels").get_to(domain.pixels);
  if (domain.pixels) {
    j.at("mean").get_to(domain.mean);
    j.at("std").get_to(domain.std);
  }
  constexpr std::int64_t most = 1 << 30;  // far above any map, far below an overflow
  std::int64_t values = 1;
  for (const std::int64_t side : domain.shape) {
    if (side < 1 || side > most / values)
      throw CorruptEntry(fmt::format("an entry has a side of {} values", side));
    values *= side;
  }
  return domain;
}

Budget budget_from(const json& j) {
  return j.contains("slots") ? Budget::slots(j.at("slots").get<std::int64_t>())
                             : Budget::bytes(j.at("bytes").get<std::int64_t>());
}

BufferOrigin origin_from(const json& j) {
  return {j.at("data_set").get<std::string>(), j.at("encoder").get<std::string>(),
          j.at("cut").get<std::string>(), j.at("weights").get<std::string>()};
}

std::vector<Column> columns_from(const json& j) {
  std::vector<Column> columns;
  for (const json& column : j.value("columns", json::array()))
    columns.push_back({column.at("name").get<std::string>(), column.at("type").get<std::string>(),
                       column.at("width").get<std::int64_t>()});
  check_columns(columns);
  return columns;
}

BufferDraws draws_from(const json& j) {
  const auto found = j.find("draws");
  if (found == j.end()) return {};
  BufferDraws draws;
  found->at("seed").get_to(draws.seed);
  found->at("offered").get_to(draws.offered);
  found->at("drawn").get_to(draws.drawn);
  return draws;
}

/// Bytes of the items that the description names; files of versions before an item was told apart lack it.
ByteLedger ledger_from(const json& j) {
  ByteLedger ledger;
  for (const Item item : kItems) ledger.add(item, j.value(std::string(item_name(item)), std::int64_t{0}));
  return ledger;
}

BufferDescription description_from(const json& j) {
  return {j.at("codec").get<std::string>(),   domain_from(j.at("domain")), j.at("classes").get<int>(),
          j.at("sampler").get<std::string>(), budget_from(j.at("budget")), columns_from(j)};
}

SavedBuffer rebuild(const json& j, ByteView body, const CodecFactory& make) {
  BufferDescription d = description_from(j);
  const ByteLedger ledger = ledger_from(j.at("bytes"));
  const auto shared_bytes = static_cast<std::size_t>(ledger.codec_total());
  const ByteView shared{ByteReader(body).bytes(shared_bytes), shared_bytes};
  auto codec = std::make_shared<const Codec>(make ? make(d.codec, d.domain, shared)
                                                  : make_codec(d.codec, d.domain, shared));
  auto buffer = ReplayBuffer::from_memory(std::move(codec), d.classes, d.budget, make_sampler(d.sampler),
                                          body, std::move(d.columns));
  if (j.at("entries").get<std::int64_t>() != buffer.size() || !(ledger == buffer.ledger()))
    throw CorruptEntry("the bytes by item differ from those written down");
  return {std::move(buffer), origin_from(j.at("origin")), draws_from(j)};
}

void check_body(const FileHeader& header, ByteView body, const std::string& name) {
  if (body.size < header.body_bytes)
    throw UserError(fmt::format("{} is cut short: {} of {} bytes are missing; save the buffer again", name,
                                header.body_bytes - body.size, header.body_bytes + FileHeader::kBytes));
  if (body.size > header.body_bytes)
    throw UserError(fmt::format("{} is damaged: {} bytes follow its end; save the buffer again", name,
                                body.size - header.body_bytes));
  if (checksum(body) != header.body_checksum)
    throw UserError(fmt::format("{} is damaged: its entries were altered; save the buffer again", name));
}

/// The checksum of the memory of the buffer, pieces in a row, as checksum() of the file's body gives it.
FileHeader header_for(const ReplayBuffer& buffer, const BufferOrigin& origin, const BufferDraws* draws) {
  FileHeader header;
  Checksum sum;
  buffer.visit_memory([&](ByteView piece) {
    sum.update(piece);
    header.body_bytes += piece.size;
  });
  header.body_checksum = sum.value();
  const bool plain = buffer.columns().empty() && !buffer.sampler().keeps_anything();
  header.version = plain ? 1 : FileHeader::kVersion;
  header.descriptor = describe(buffer, origin, draws).dump(-1, ' ', false, json::error_handler_t::replace);
  return header;
}

}  // namespace

std::string describe_buffer(const BufferDescription& description) {
  return describe(description).dump();
}

BufferDescription read_description(const std::string& text) {
  return description_from(parse_json(text));
}

void write_buffer(const ReplayBuffer& buffer, const BufferOrigin& origin, const BufferDraws* draws,
                  const std::function<void(ByteView)>& write) {
  const std::vector<std::uint8_t> header = header_for(buffer, origin, draws).encode();
  write({header.data(), header.size()});
  buffer.visit_memory(write);
}

void save_buffer(const ReplayBuffer& buffer, const BufferOrigin& origin, const std::filesystem::path& path,
                 const BufferDraws* draws) {
  write_file_atomically(path, [&](std::ostream& out) {
    write_buffer(buffer, origin, draws, [&](ByteView piece) {
      out.write(reinterpret_cast<const char*>(piece.data), static_cast<std::streamsize>(piece.size));
    });
  });
}

SavedBuffer load_buffer(const std::filesystem::path& path, const CodecFactory& make) {
  const MappedFile file(path);
  return read_buffer(file.bytes(), path.string(), make);
}

SavedBuffer read_buffer(ByteView file, const std::string& name, const CodecFactory& make) {
  const FileHeader header = FileHeader::decode(file, name);
  const ByteView body{file.data + FileHeader::kBytes, file.size - FileHeader::kBytes};
  check_body(header, body, name);
  try {
    return rebuild(parse_json(header.descriptor), body, make);
  } catch (const json::exception&) {
    throw UserError(
        fmt::format("{} is damaged: its description cannot be read; save the buffer again", name));
  } catch (const Error& error) {
    throw UserError(fmt::format("{} cannot be read: {}", name, error.what()));
  }
}

}  // namespace packrat
