#include "engine/experiment/buffer_bytes.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "compressors/codec.h"
#include "engine/experiment/codec_choice.h"

namespace packrat {
namespace {

using nlohmann::json;

json parts_to_json(const std::vector<AuditPart>& parts) {
  json list = json::array();
  for (const AuditPart& part : parts) list.push_back({{"why", part.why}, {"bytes", part.bytes}});
  return list;
}

template <typename T>
json or_null(const std::optional<T>& value) {
  return value ? json(*value) : json();
}

}  // namespace

BufferBytes bytes_of(const ReplayBuffer& buffer) {
  const Codec& codec = buffer.codec();
  const StorageDescription stored = describe_storage(codec, buffer.capacity());
  const ByteLedger ledger = buffer.ledger();
  return {codec.entry_bytes(), payload_parts(codec, stored), ledger, audit(stored, ledger, buffer.size())};
}

BufferBytes bytes_of(const Method& method) {
  BufferBytes bytes;
  std::string items;
  for (const StateItem& item : method.kept()) {
    bytes.ledger.add(Item::kMethodState, item.bytes);
    items += fmt::format("{}{} {}", items.empty() ? "" : ", ", item.what, item.bytes);
  }
  bytes.ledger.add(Item::kMethodWorking, method.working_bytes());
  bytes.audit.measured_bytes = bytes.ledger.kept_total();
  bytes.audit.sentence = fmt::format(
      "{} keeps no entries, and no figure is published for its state: {} bytes.", method.spec(), items);
  return bytes;
}

BufferBytes bytes_of(const Hybrid& hybrid) {
  BufferBytes bytes = bytes_of(hybrid.replay().buffer());
  const BufferBytes closed = bytes_of(hybrid.closed());
  for (const Item item : {Item::kMethodState, Item::kMethodWorking})
    bytes.ledger.add(item, closed.ledger.bytes(item));
  const AuditRow entries = std::exchange(bytes.audit, {});
  AuditRow& audit = bytes.audit;
  audit.measured_bytes = bytes.ledger.kept_total();
  if (entries.exact_bytes) {
    audit.exact_bytes = *entries.exact_bytes + closed.audit.measured_bytes;
    audit.measured_over_exact =
        static_cast<double>(audit.measured_bytes) / static_cast<double>(*audit.exact_bytes);
    audit.exact_to_measured = entries.exact_to_measured;
  }
  audit.sentence = fmt::format("{} Beside it the entries: {}", closed.audit.sentence, entries.sentence);
  return bytes;
}

json to_json(const BufferBytes& bytes) {
  json items;
  for (const Item item : kItems) items[std::string(item_name(item))] = bytes.ledger.bytes(item);
  json parts = json::array();
  for (const PayloadPart& part : bytes.entry_parts)
    parts.push_back({{"part", part.name},
                     {"what", part.what},
                     {"exact", part.exact_bytes},
                     {"measured", part.measured_bytes}});
  const AuditRow& audit = bytes.audit;
  return {{"published_mib", or_null(audit.published_mib)},
          {"exact", or_null(audit.exact_bytes)},
          {"measured", audit.measured_bytes},
          {"exact_over_published", or_null(audit.exact_over_published)},
          {"measured_over_published", or_null(audit.measured_over_published)},
          {"measured_over_exact", or_null(audit.measured_over_exact)},
          {"entry", or_null(bytes.entry_bytes)},
          {"entry_parts", parts},
          {"items", items},
          {"published_to_exact", parts_to_json(audit.published_to_exact)},
          {"exact_to_measured", parts_to_json(audit.exact_to_measured)},
          {"why", audit.sentence}};
}

}  // namespace packrat
