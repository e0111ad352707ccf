#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace packrat {

/// Fixed-size values beside every entry of a buffer: logits, a task id, a score. The buffer stores and moves
/// their bytes and never looks into them.
struct Column {
  std::string name;
  std::string type;        ///< of column_types()
  std::int64_t width = 0;  ///< values an entry

  std::int64_t bytes() const;  ///< of an entry
  friend bool operator==(const Column& a, const Column& b) {
    return a.name == b.name && a.type == b.type && a.width == b.width;
  }
};

/// What values of a column are, as buffer files name them, and their bytes.
struct ColumnType {
  std::string_view name;
  int bytes;
};
const std::vector<ColumnType>& column_types();

/// UserError for an unknown type, a width below 1, a name that is empty, longer than 63 bytes or there twice,
/// and columns of more than 16 MiB an entry.
void check_columns(const std::vector<Column>& columns);

/// Bytes of all columns of an entry, one after the other.
std::int64_t column_bytes(const std::vector<Column>& columns);

}  // namespace packrat
