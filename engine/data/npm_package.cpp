#include "engine/data/npm_package.h"

#include <fmt/format.h>

#include <cstdlib>
#include <nlohmann/json.hpp>
#include <sstream>

#include "engine/core/child_process.h"
#include "engine/core/error.h"
#include "engine/core/files.h"
#include "engine/core/json_text.h"
#include "engine/data/download.h"

namespace packrat {
namespace fs = std::filesystem;
namespace {

/// One of npm's settings in the environment, where npm takes both cases.
std::string npm_variable(const char* lower, const char* upper) {
  for (const char* name : {lower, upper})
    if (const char* const value = std::getenv(name); value != nullptr && *value != '\0') return value;
  return "";
}

std::string without_blanks_and_quotes(const std::string& text) {
  const std::size_t begin = text.find_first_not_of(" \t\r\"'"), end = text.find_last_not_of(" \t\r\"'");
  return begin == std::string::npos ? "" : text.substr(begin, end - begin + 1);
}

/// The value of `registry = ` in a file of npm's settings; empty when it has none. A value with ${VARIABLES}
/// is left to npm.
std::string registry_in(const fs::path& file) {
  std::error_code failed;
  if (!fs::is_regular_file(file, failed)) return "";
  std::istringstream lines(read_text(file));
  std::string found;
  for (std::string line; std::getline(lines, line);) {
    const std::size_t equals = line.find('=');
    if (equals == std::string::npos || without_blanks_and_quotes(line.substr(0, equals)) != "registry")
      continue;
    found = without_blanks_and_quotes(line.substr(equals + 1));
  }
  return found.find("${") == std::string::npos ? found : "";
}

fs::path user_settings() {
  const std::string named = npm_variable("npm_config_userconfig", "NPM_CONFIG_USERCONFIG");
  const char* const home = std::getenv("HOME");
  return !named.empty() ? fs::path(named) : home != nullptr ? fs::path(home) / ".npmrc" : fs::path();
}

fs::path system_settings() {
  const std::string named = npm_variable("npm_config_globalconfig", "NPM_CONFIG_GLOBALCONFIG");
  return named.empty() ? "/etc/npmrc" : fs::path(named);
}

/// Where a version's archive is, and the digest it must have.
struct PublishedArchive {
  std::string url, integrity, sha1;
};

/// Reads the registry's description of a package. A scope's slash is part of the name: "@scope%2Fname".
PublishedArchive published_archive(const std::string& registry, const std::string& name,
                                   const std::string& version, const fs::path& folder) {
  const std::size_t slash = name.find('/');
  const std::string path =
      slash == std::string::npos ? name : name.substr(0, slash) + "%2F" + name.substr(slash + 1);
  const fs::path description = folder / "npm-package.json";
  download(registry + "/" + path, description);
  try {
    const auto dist = parse_json(read_text(description)).at("versions").at(version).at("dist");
    return {dist.at("tarball"), dist.value("integrity", ""), dist.value("shasum", "")};
  } catch (const nlohmann::json::exception&) {
    throw UserError(fmt::format("{} does not describe version {} of {}", registry, version, name));
  }
}

/// The first digest that is of a known kind, of "sha512-... sha1-...?options".
bool has_stated_digest(const fs::path& file, const PublishedArchive& archive) {
  std::istringstream digests(archive.integrity);
  for (std::string digest; digests >> digest;) {
    digest = digest.substr(0, digest.find('?'));
    const std::string kind = digest.substr(0, digest.find('-'));
    if (kind == "sha512" || kind == "sha384" || kind == "sha256")
      return integrity_of_file(file, kind) == digest;
  }
  return !archive.sha1.empty() && sha1_of_file(file) == archive.sha1;
}

fs::path fetch_from_registry(const std::string& registry, const std::string& package, const fs::path& folder,
                             const ProgressFn& progress) {
  const std::size_t at = package.rfind('@');
  const PublishedArchive archive =
      published_archive(registry, package.substr(0, at), package.substr(at + 1), folder);
  const fs::path file = folder / "npm-package.tgz";
  download(archive.url, file, progress);
  if (has_stated_digest(file, archive)) return file;
  std::error_code ignored;
  fs::remove(file, ignored);
  throw UserError(
      fmt::format("{} does not have the digest that the registry states for {}: damaged on the way",
                  archive.url, package));
}

/// The first two lines that npm marks as errors, without the mark.
std::string npm_reason(const fs::path& log) {
  std::istringstream text(read_text(log));
  std::string reason;
  int lines = 0;
  for (std::string line; lines < 2 && std::getline(text, line);)
    for (const std::string mark : {"npm ERR! ", "npm error "})
      if (line.rfind(mark, 0) == 0) {
        reason += (lines++ > 0 ? ", " : "") + line.substr(mark.size());
        break;
      }
  return reason.empty() ? "npm gave no reason" : reason;
}

fs::path pack_with_npm(const std::string& package, const fs::path& folder) {
  const fs::path log = folder / "npm.log";
  const fs::path cache = fs::absolute(folder) / "npm-cache";
  const int code = run_program({"npm", "pack", package, "--ignore-scripts", "--no-update-notifier",
                                "--no-progress", "--cache", cache.string()},
                               folder, log);
  std::error_code ignored;
  fs::remove_all(cache, ignored);
  if (code != 0)
    throw UserError(fmt::format("npm pack {} failed with exit code {}: {}", package, code, npm_reason(log)));
  for (const fs::directory_entry& file : fs::directory_iterator(folder))
    if (file.path().extension() == ".tgz") return file.path();
  throw UserError(fmt::format("npm pack {} left no archive", package));
}

}  // namespace

std::string npm_registry() {
  std::string registry = npm_variable("npm_config_registry", "NPM_CONFIG_REGISTRY");
  if (registry.empty()) registry = registry_in(user_settings());
  if (registry.empty()) registry = registry_in(system_settings());
  while (!registry.empty() && registry.back() == '/') registry.pop_back();
  return registry;
}

fs::path fetch_npm_package(const std::string& package, const fs::path& folder, const ProgressFn& progress) {
  const std::string registry = npm_registry();
  std::string reason = "no registry is named by npm_config_registry or .npmrc";
  if (!registry.empty()) try {
      return fetch_from_registry(registry, package, folder, progress);
    } catch (const UserError& error) {
      reason = error.what();
    }
  if (!is_program("npm")) throw UserError("npm is not installed, and " + reason);
  try {
    return pack_with_npm(package, folder);
  } catch (const UserError& error) {
    if (registry.empty()) throw;
    throw UserError(fmt::format("{}; without npm: {}", error.what(), reason));
  }
}

}  // namespace packrat
