#include "engine/studies/audit/audit_table.h"

#include <fmt/format.h>

#include <functional>
#include <nlohmann/json.hpp>

namespace packrat {
namespace {

/// A column, and its cell of a buffer that there is; of others all but the first columns are empty.
struct AuditColumn {
  TableColumn column;
  bool brief;
  std::function<TableCell(const AuditedBuffer&)> cell;
};

template <typename T>
TableCell cell(const std::optional<T>& value) {
  return value ? TableCell(*value) : TableCell();
}

std::string encoder_of(const AuditedBuffer& buffer) {
  return buffer.encoder == "none" ? buffer.encoder
                                  : fmt::format("{}({})", buffer.encoder, buffer.encoding_block);
}

std::vector<AuditColumn> naming_columns() {
  using B = AuditedBuffer;
  return {{{"data set"}, true, [](const B& b) { return b.dataset; }},
          {{"encoder"}, true, encoder_of},
          {{"codec"}, true, [](const B& b) { return b.setting; }},
          {{"slots"}, true, [](const B& b) { return b.slots; }}};
}

TableCell published_bytes(const AuditedBuffer& buffer) {
  const auto& mib = buffer.bytes.audit.published_mib;
  return mib ? TableCell(*mib * 1048576.0) : TableCell();
}

std::vector<AuditColumn> byte_columns() {
  using B = AuditedBuffer;
  std::vector<AuditColumn> columns{
      {{"spec"}, false, [](const B& b) { return b.codec; }},
      {{"held"}, false, [](const B& b) { return b.held; }},
      {{"entry bytes"}, false, [](const B& b) { return cell(b.bytes.entry_bytes); }},
      {{"published MiB", 5}, true, [](const B& b) { return cell(b.bytes.audit.published_mib); }},
      {{"published bytes", 1}, true, published_bytes},
      {{"exact bytes"}, true, [](const B& b) { return cell(b.bytes.audit.exact_bytes); }},
      {{"measured bytes"}, true, [](const B& b) { return b.bytes.audit.measured_bytes; }},
      {{"exact/published", 4}, true, [](const B& b) { return cell(b.bytes.audit.exact_over_published); }},
      {{"measured/published", 4},
       true,
       [](const B& b) { return cell(b.bytes.audit.measured_over_published); }},
      {{"measured/exact", 4}, true, [](const B& b) { return cell(b.bytes.audit.measured_over_exact); }}};
  for (const Item item : kItems)
    if (in_buffer(item))
      columns.push_back(
          {{std::string(item_name(item))}, false, [item](const B& b) { return b.bytes.ledger.bytes(item); }});
  columns.push_back({{"learned from"}, false, [](const B& b) { return b.learned_from; }});
  return columns;
}

/// Why the totals differ, or why there are none.
std::string why(const AuditedBuffer& buffer) {
  return buffer.not_available.empty() ? buffer.bytes.audit.sentence
                                      : "not available: " + buffer.not_available;
}

Table table_of(const std::vector<AuditedBuffer>& buffers, bool brief) {
  Table table{"audit"};
  std::vector<std::vector<TableCell>>& rows = table.rows;
  rows.resize(buffers.size());
  const auto add = [&](const AuditColumn& c, bool of_all) {
    if (brief && !c.brief) return;
    table.columns.push_back(c.column);
    for (std::size_t i = 0; i < buffers.size(); ++i)
      rows[i].push_back(of_all || buffers[i].not_available.empty() ? c.cell(buffers[i]) : TableCell());
  };
  for (const AuditColumn& column : naming_columns()) add(column, true);
  for (const AuditColumn& column : byte_columns()) add(column, false);
  add({{"why"}, false, why}, true);
  return table;
}

}  // namespace

Table brief_audit_table(const std::vector<AuditedBuffer>& buffers) {
  return table_of(buffers, true);
}

Table full_audit_table(const std::vector<AuditedBuffer>& buffers) {
  return table_of(buffers, false);
}

std::string audit_json(const std::vector<AuditedBuffer>& buffers) {
  nlohmann::json list = nlohmann::json::array();
  for (const AuditedBuffer& b : buffers) {
    nlohmann::json row = {{"dataset", b.dataset},
                          {"encoder", b.encoder},
                          {"encoding_block", b.encoding_block},
                          {"setting", b.setting},
                          {"slots", b.slots}};
    if (b.not_available.empty())
      row.update({{"codec", b.codec},
                  {"codec_learned_from", b.learned_from},
                  {"classes", b.classes},
                  {"held", b.held},
                  {"bytes", to_json(b.bytes)},
                  {"disagreement", b.disagreement}});
    else
      row["not_available"] = b.not_available;
    list.push_back(std::move(row));
  }
  return list.dump(2) + "\n";
}

std::string title_of(const AuditedBuffer& buffer) {
  return fmt::format("{}, {}, {}, {} slots", buffer.dataset, encoder_of(buffer), buffer.setting,
                     buffer.slots);
}

}  // namespace packrat
