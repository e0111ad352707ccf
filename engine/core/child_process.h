#pragma once
#include <filesystem>
#include <string>
#include <vector>

namespace packrat {

/// Runs a program found on PATH, without a shell, in `folder`, and waits for it. Its standard output and
/// error go to the file `log`. Returns its exit code, 128 + n when signal n ended it. UserError when it
/// cannot be started; Interrupted when stop_requested(), after the program has been ended.
int run_program(const std::vector<std::string>& command, const std::filesystem::path& folder,
                const std::filesystem::path& log);

/// Whether PATH has a program of that name that this user may start.
bool is_program(const std::string& name);

}  // namespace packrat
