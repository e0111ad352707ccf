// The digests of files.h.
#include <fmt/format.h>
#include <openssl/evp.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <memory>

#include "engine/core/files.h"

namespace packrat {
namespace {

std::vector<unsigned char> digest_of_file(const std::filesystem::path& path, const EVP_MD* kind) {
  std::ifstream in(path, std::ios::binary);
  if (!in)
    throw UserError(
        fmt::format("cannot read {}: {}", path.string(), std::strerror(errno != 0 ? errno : EIO)));
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  EVP_DigestInit_ex(context.get(), kind, nullptr);
  std::vector<char> piece(1 << 20);
  while (in.read(piece.data(), static_cast<std::streamsize>(piece.size())) || in.gcount() > 0)
    EVP_DigestUpdate(context.get(), piece.data(), static_cast<std::size_t>(in.gcount()));
  if (in.bad())
    throw UserError(
        fmt::format("cannot read {}: {}", path.string(), std::strerror(errno != 0 ? errno : EIO)));
  std::vector<unsigned char> digest(EVP_MAX_MD_SIZE);
  unsigned int size = 0;
  EVP_DigestFinal_ex(context.get(), digest.data(), &size);
  digest.resize(size);
  return digest;
}

std::string hexadecimal(const std::vector<unsigned char>& digest) {
  std::string text;
  for (const unsigned char byte : digest) text += fmt::format("{:02x}", byte);
  return text;
}

}  // namespace

std::string sha256_of_file(const std::filesystem::path& path) {
  return hexadecimal(digest_of_file(path, EVP_sha256()));
}
std::string sha1_of_file(const std::filesystem::path& path) {
  return hexadecimal(digest_of_file(path, EVP_sha1()));
}
std::string md5_of_file(const std::filesystem::path& path) {
  return hexadecimal(digest_of_file(path, EVP_md5()));
}

std::string integrity_of_file(const std::filesystem::path& path, const std::string& kind) {
  const EVP_MD* const algorithm = EVP_get_digestbyname(kind.c_str());
  if (algorithm == nullptr) throw Error(fmt::format("unknown digest {}", kind));
  const std::vector<unsigned char> digest = digest_of_file(path, algorithm);
  std::string base64(4 * ((digest.size() + 2) / 3) + 1, '\0');  // and the zero that OpenSSL puts behind it
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(base64.data()), digest.data(),
                                   static_cast<int>(digest.size()));
  base64.resize(static_cast<std::size_t>(size));
  return kind + "-" + base64;
}

}  // namespace packrat
