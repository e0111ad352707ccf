#include "engine/sweep/results_database.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sqlite3.h>
#include <unistd.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "engine/core/error.h"
#include "engine/sweep/result_columns.h"

namespace packrat {
namespace fs = std::filesystem;
namespace {

constexpr int kBusyMilliseconds = 10'000;

/// A prepared statement; Connection::prepare() makes them.
using Statement = std::unique_ptr<sqlite3_stmt, decltype(&sqlite3_finalize)>;

/// An open database whose failures are UserErrors that name the file.
class Connection {
 public:
  explicit Connection(std::string path) : path_(std::move(path)) {
    if (sqlite3_open(path_.c_str(), &db_) != SQLITE_OK) {
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
    throw UserError(fmt::format("{}: {}; `packrat results --rebuild` makes it anew", path_, reason()));
  }

 private:
  std::string path_;
  sqlite3* db_ = nullptr;
};

std::vector<std::string> column_names() {
  std::vector<std::string> names;
  for (const ResultColumn& column : result_columns()) names.push_back(column.name);
  return names;
}

void create_table(const Connection& db) {
  std::vector<std::string> columns;
  for (const ResultColumn& column : result_columns()) columns.push_back(column.name + " " + column.type);
  columns.front() += " PRIMARY KEY";
  db.execute(fmt::format("CREATE TABLE IF NOT EXISTS runs ({})", fmt::join(columns, ", ")));
}

void bind_value(sqlite3_stmt* statement, int place, const nlohmann::json& value) {
  if (value.is_null())
    sqlite3_bind_null(statement, place);
  else if (value.is_number_float())
    sqlite3_bind_double(statement, place, value.get<double>());
  else if (value.is_number())
    sqlite3_bind_int64(statement, place, value.get<std::int64_t>());
  else
    sqlite3_bind_text(statement, place, value.get<std::string>().c_str(), -1, SQLITE_TRANSIENT);
}

void put(const Connection& db, const std::vector<StoredRun>& runs) {
  const std::vector<std::string> names = column_names();
  const std::vector<std::string> marks(names.size(), "?");
  const Statement statement = db.prepare(fmt::format("INSERT OR REPLACE INTO runs ({}) VALUES ({})",
                                                     fmt::join(names, ", "), fmt::join(marks, ", ")));
  if (statement == nullptr) db.fail();
  for (const StoredRun& run : runs) {
    int place = 0;
    for (const ResultColumn& column : result_columns()) bind_value(statement.get(), ++place, column.value(run));
    if (sqlite3_step(statement.get()) != SQLITE_DONE) db.fail();
    sqlite3_reset(statement.get());
  }
}

void fill(const Connection& db, const std::vector<StoredRun>& runs) {
  db.execute("BEGIN");
  create_table(db);
  put(db, runs);
  db.execute("COMMIT");
}

[[noreturn]] void refuse_query(const std::string& text, const Connection& db) {
  throw UserError(fmt::format(
      "cannot choose runs by '{}': {}; write one SQL expression, texts in single quotes, over the columns {}", text,
      db.reason(), fmt::join(column_names(), ", ")));
}

}  // namespace

void rebuild_database(const fs::path& path, const std::vector<StoredRun>& runs) {
  const fs::path fresh = path.string() + fmt::format(".{}.partial", ::getpid());
  std::error_code failed;
  fs::remove(fresh, failed);
  fill(Connection(fresh.string()), runs);
  fs::remove(path.string() + "-journal", failed);  // of the old one: it would be played back into the new one
  fs::rename(fresh, path, failed);
  if (failed) throw UserError(fmt::format("cannot write {}: {}", path.string(), failed.message()));
}

void put_in_database(const fs::path& path, const StoredRun& run) {
  fill(Connection(path.string()), {run});
}

std::vector<StoredRun> select_runs(const std::vector<StoredRun>& runs, const std::string& where,
                                   const std::string& order_by) {
  const Connection db(":memory:");
  fill(db, runs);
  std::map<std::string, const StoredRun*> run_of_file;
  for (const StoredRun& run : runs) run_of_file[run.file.string()] = &run;
  const Statement query =
      db.prepare(fmt::format("SELECT file FROM runs{}{}", where.empty() ? "" : " WHERE (" + where + ")",
                             " ORDER BY " + (order_by.empty() ? "rowid" : order_by + ", rowid")));
  std::vector<StoredRun> chosen;
  int state = SQLITE_ERROR;
  while (query != nullptr && (state = sqlite3_step(query.get())) == SQLITE_ROW) {
    const auto* file = reinterpret_cast<const char*>(sqlite3_column_text(query.get(), 0));
    const auto it = run_of_file.find(file != nullptr ? file : "");
    if (it != run_of_file.end()) chosen.push_back(*it->second);
  }
  if (state != SQLITE_DONE) refuse_query(where.empty() ? order_by : where, db);
  return chosen;
}

}  // namespace packrat
