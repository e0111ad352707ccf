#include "engine/data/manifest.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <nlohmann/json.hpp>
#include <ostream>

#include "engine/core/error.h"
#include "engine/core/files.h"
#include "engine/core/json_text.h"

namespace packrat {
namespace fs = std::filesystem;
using Json = nlohmann::json;

std::optional<Manifest> read_manifest(const fs::path& folder) {
  const fs::path path = folder / kManifestName;
  std::error_code failed;
  if (!fs::exists(path, failed)) return std::nullopt;
  Manifest manifest;
  try {
    const Json json = parse_json(read_text(path));
    manifest.source = json.at("source").get<std::string>();
    for (const auto& [name, file] : json.at("files").items())
      manifest.files[name] = {file.at("sha256").get<std::string>(), file.at("size_bytes").get<std::int64_t>(),
                              file.at("mtime_ns").get<std::int64_t>()};
  } catch (const Json::exception&) {
    throw UserError(fmt::format("{} is damaged: delete it, and the files will be checked and recorded again",
                                path.string()));
  }
  return manifest;
}

void write_manifest(const fs::path& folder, const Manifest& manifest) {
  Json json{{"source", manifest.source}, {"files", Json::object()}};
  for (const auto& [name, file] : manifest.files)
    json["files"][name] = {
        {"sha256", file.sha256}, {"size_bytes", file.size_bytes}, {"mtime_ns", file.mtime_ns}};
  // A path need not be UTF-8: what is not is replaced.
  const std::string text = json.dump(2, ' ', false, Json::error_handler_t::replace);
  write_file_atomically(folder / kManifestName, [&](std::ostream& out) { out << text << "\n"; });
}

std::string combined_sha256(const DatasetInfo& info, const Manifest& manifest) {
  std::vector<NamedDigest> digests;
  for (const RecordFile& file : info.files)
    digests.push_back({file.name, manifest.files.at(file.name).sha256});
  return combined_sha256(digests);
}

std::string combined_sha256(const std::vector<NamedDigest>& digests) {
  std::string lines;
  for (const NamedDigest& file : digests) lines += fmt::format("{}  {}\n", file.sha256, file.name);
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  if (EVP_Digest(lines.data(), lines.size(), digest, &size, EVP_sha256(), nullptr) != 1)
    throw Error("OpenSSL offers no SHA-256");
  std::string hex;
  for (unsigned int i = 0; i < size; ++i) hex += fmt::format("{:02x}", digest[i]);
  return hex;
}

}  // namespace packrat
