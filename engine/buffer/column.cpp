#include "engine/buffer/column.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "engine/core/error.h"

namespace packrat {
namespace {

constexpr std::size_t kLongestName = 63, kMostColumns = 32;
constexpr std::int64_t kMostBytes = 1 << 24;

const ColumnType* find_column_type(std::string_view name) {
  for (const ColumnType& type : column_types())
    if (type.name == name) return &type;
  return nullptr;
}

void check_column(const Column& column) {
  if (column.name.empty() || column.name.size() > kLongestName)
    throw UserError(
        fmt::format("a column is called '{}': give a name of 1 to {} bytes", column.name, kLongestName));
  const ColumnType* const type = find_column_type(column.type);
  if (type == nullptr) {
    std::vector<std::string_view> names;
    for (const ColumnType& known : column_types()) names.push_back(known.name);
    throw UserError(fmt::format("column '{}' is of type '{}': choose from {}", column.name, column.type,
                                fmt::join(names, ", ")));
  }
  if (column.width < 1 || column.width > kMostBytes / type->bytes)
    throw UserError(fmt::format("column '{}' has {} values an entry: give 1 to {}", column.name, column.width,
                                kMostBytes / type->bytes));
}

}  // namespace

const std::vector<ColumnType>& column_types() {
  static const std::vector<ColumnType> types{{"uint8", 1}, {"int8", 1},    {"int16", 2},   {"int32", 4},
                                             {"int64", 8}, {"float16", 2}, {"float32", 4}, {"float64", 8}};
  return types;
}

std::int64_t Column::bytes() const {
  return width * find_column_type(type)->bytes;
}

void check_columns(const std::vector<Column>& columns) {
  if (columns.size() > kMostColumns)
    throw UserError(fmt::format("{} columns: a buffer has at most {}", columns.size(), kMostColumns));
  for (const Column& column : columns) {
    check_column(column);
    if (std::count_if(columns.begin(), columns.end(),
                      [&](const Column& c) { return c.name == column.name; }) > 1)
      throw UserError(fmt::format("two columns are called '{}': give each a name of its own", column.name));
  }
  if (column_bytes(columns) > kMostBytes)
    throw UserError(
        fmt::format("columns of {} bytes an entry: at most {}", column_bytes(columns), kMostBytes));
}

std::int64_t column_bytes(const std::vector<Column>& columns) {
  std::int64_t sum = 0;
  for (const Column& column : columns) sum += column.bytes();
  return sum;
}

}  // namespace packrat
