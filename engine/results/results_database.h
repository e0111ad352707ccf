#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "engine/results/result_table.h"

namespace packrat {

/// The name of the database in a results folder: a table for each kind of run, as result_table() makes them.
/// The files of the runs are the truth; the database is made from them and can be deleted.
inline constexpr const char* kDatabaseName = "results.db";

/// Rebuilds the database, all or nothing. UserError when it cannot be written.
void rebuild_database(const std::filesystem::path& path, const std::vector<ResultTable>& tables);

/// Adds the rows of `table`, or replaces those of the same file. UserError when the database cannot be
/// written or is damaged.
void put_in_database(const std::filesystem::path& path, const ResultTable& table);

/// The rows for which `where` holds, in the order of `order_by`, as indices: texts in SQLite's language over
/// the columns, such as "dataset = 'CIFAR10' and slots >= 100" and "best_acc desc". Empty texts keep all, and
/// the order as it is. Nothing can be changed by them. UserError with SQLite's reason and the columns there
/// are.
std::vector<std::size_t> select_rows(const ResultTable& table, const std::string& where,
                                     const std::string& order_by);

}  // namespace packrat
