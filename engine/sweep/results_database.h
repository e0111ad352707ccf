#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "engine/sweep/results_store.h"

namespace packrat {

/// The name of the database in a results folder: one table `runs`, a row a run, with result_columns(). The
/// result.json files are the truth; the database is made from them and can be deleted.
inline constexpr const char* kDatabaseName = "results.db";

/// Makes the database anew, all or nothing. UserError when it cannot be written.
void rebuild_database(const std::filesystem::path& path, const std::vector<StoredRun>& runs);

/// Adds a run, or replaces the row of the same file. UserError when the database cannot be written or is damaged.
void put_in_database(const std::filesystem::path& path, const StoredRun& run);

/// The runs for which `where` holds, in the order of `order_by`: texts in SQLite's language over the columns, such
/// as "dataset = 'CIFAR10' and slots >= 100" and "best_acc desc". Empty texts keep all, and the order as it is.
/// Nothing can be changed by them. UserError with SQLite's reason and the columns there are.
std::vector<StoredRun> select_runs(const std::vector<StoredRun>& runs, const std::string& where,
                                   const std::string& order_by);

}  // namespace packrat
