#include "engine/results/results_database.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sqlite3.h>

#include <map>
#include <memory>

#include "engine/core/error.h"
#include "engine/core/partial.h"

namespace packrat {
namespace fs = std::filesystem;
namespace {

constexpr int kBusyMilliseconds = 10'000;

/// A prepared statement; Connection::prepare() makes them.
using Statement = std::unique_ptr<sqlite3_stmt, decltype(&sqlite3_finalize)>;

/// An open database whose failures are UserErrors that name the file.
class Connection {
 public:
  explicit Connection(const std::string& path) : Connection(path, path) {}
  /// Messages name the file that `path` is to become.
  Connection(const std::string& path, std::string named) : path_(std::move(named)) {
    if (sqlite3_open(path.c_str(), &db_) != SQLITE_OK) {
      const std::string why = reason();
      sqlite3_close(db_);
      throw UserError(fmt::format("cannot open {}: {}", path_, why));
    }
    sqlite3_busy_timeout(db_, kBusyMilliseconds);
  }
  ~Connection() { sqlite3_close(db_); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  std::string reason() const { return sqlite3_errmsg(db_); }

  void execute(const std::string& sql) const {
    if (sqlite3_exec(db_, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) fail();
  }

  /// nullptr when the text is not one statement and nothing else.
  Statement prepare(const std::string& sql) const {
    sqlite3_stmt* statement = nullptr;
    const char* rest = nullptr;
    sqlite3_prepare_v2(db_, sql.c_str(), -1, &statement, &rest);
    Statement owned(statement, &sqlite3_finalize);
    if (rest != nullptr && *rest != '\0') owned.reset();
    return owned;
  }

  [[noreturn]] void fail() const {
    const int code = sqlite3_errcode(db_);
    const bool no_room = code == SQLITE_FULL || code == SQLITE_IOERR || code == SQLITE_CANTOPEN;
    throw UserError(fmt::format(
        "cannot write {}: {}; {}", path_, reason(),
        no_room ? "is the disk full, or its quota used up?" : "`packrat results --rebuild` rebuilds it"));
  }

 private:
  std::string path_;
  sqlite3* db_ = nullptr;
};

const char* sql_type(ResultColumn::Type type) {
  if (type == ResultColumn::Type::kWhole) return "INTEGER";
  return type == ResultColumn::Type::kReal ? "REAL" : "TEXT";
}

std::vector<std::string> column_names(const ResultTable& table) {
  std::vector<std::string> names;
  for (const ResultColumn& column : table.columns) names.push_back(column.name);
  return names;
}

void create_table(const Connection& db, const ResultTable& table) {
  std::vector<std::string> columns;
  for (const ResultColumn& column : table.columns)
    columns.push_back(fmt::format("{} {}", column.name, sql_type(column.type)));
  columns.front() += " PRIMARY KEY";
  db.execute(fmt::format("CREATE TABLE IF NOT EXISTS {} ({})", table.name, fmt::join(columns, ", ")));
}

void bind_value(sqlite3_stmt* statement, int place, const ResultCell& value) {
  if (const auto* real = std::get_if<double>(&value))
    sqlite3_bind_double(statement, place, *real);
  else if (const auto* whole = std::get_if<std::int64_t>(&value))
    sqlite3_bind_int64(statement, place, *whole);
  else if (const auto* text = std::get_if<std::string>(&value))
    sqlite3_bind_text(statement, place, text->c_str(), -1, SQLITE_TRANSIENT);
  else
    sqlite3_bind_null(statement, place);
}

void put(const Connection& db, const ResultTable& table) {
  const std::vector<std::string> names = column_names(table);
  const std::vector<std::string> marks(names.size(), "?");
  const Statement statement = db.prepare(fmt::format("INSERT OR REPLACE INTO {} ({}) VALUES ({})", table.name,
                                                     fmt::join(names, ", "), fmt::join(marks, ", ")));
  if (statement == nullptr) db.fail();
  for (const auto& row : table.rows) {
    int place = 0;
    for (const ResultCell& cell : row) bind_value(statement.get(), ++place, cell);
    if (sqlite3_step(statement.get()) != SQLITE_DONE) db.fail();
    sqlite3_reset(statement.get());
  }
}

void fill(const Connection& db, const std::vector<ResultTable>& tables) {
  db.execute("BEGIN");
  for (const ResultTable& table : tables) {
    create_table(db, table);
    put(db, table);
  }
  db.execute("COMMIT");
}

[[noreturn]] void refuse_query(const std::string& text, const Connection& db, const ResultTable& table) {
  throw UserError(fmt::format(
      "cannot choose {} by '{}': {}; write one SQL expression, texts in single quotes, over the columns {}",
      table.name, text, db.reason(), fmt::join(column_names(table), ", ")));
}

}  // namespace

void rebuild_database(const fs::path& path, const std::vector<ResultTable>& tables) {
  std::error_code ignored;
  if (path.has_parent_path()) fs::create_directories(path.parent_path(), ignored);
  Partial fresh(path, Partial::Kind::kFile);
  try {
    fill(Connection(fresh.path().string(), path.string()), tables);
  } catch (...) {
    fs::remove(fresh.path().string() + "-journal", ignored);
    throw;
  }
  fs::remove(path.string() + "-journal",
             ignored);  // of the old one: it would be played back into the new one
  fresh.put_in_place(path);
}

void put_in_database(const fs::path& path, const ResultTable& table) {
  fill(Connection(path.string()), {table});
}

std::vector<std::size_t> select_rows(const ResultTable& table, const std::string& where,
                                     const std::string& order_by) {
  const Connection db(":memory:");
  fill(db, {table});
  std::map<std::string, std::size_t> row_of_file;
  for (std::size_t i = 0; i < table.rows.size(); ++i)
    row_of_file[std::get<std::string>(table.rows[i][0])] = i;
  const Statement query = db.prepare(
      fmt::format("SELECT file FROM {}{}{}", table.name, where.empty() ? "" : " WHERE (" + where + ")",
                  " ORDER BY " + (order_by.empty() ? "rowid" : order_by + ", rowid")));
  std::vector<std::size_t> chosen;
  int state = SQLITE_ERROR;
  while (query != nullptr && (state = sqlite3_step(query.get())) == SQLITE_ROW) {
    const auto* file = reinterpret_cast<const char*>(sqlite3_column_text(query.get(), 0));
    const auto it = row_of_file.find(file != nullptr ? file : "");
    if (it != row_of_file.end()) chosen.push_back(it->second);
  }
  if (state != SQLITE_DONE) refuse_query(where.empty() ? order_by : where, db, table);
  return chosen;
}

}  // namespace packrat
