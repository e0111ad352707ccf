#include "engine/data/download.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <memory>
#include <ostream>

#include "engine/core/error.h"
#include "engine/core/files.h"
#include "engine/core/interrupt.h"

namespace packrat {
namespace {

constexpr long kSlowBytesPerSecond = 1000;
constexpr long kSlowSeconds = 30;

struct Transfer {
  std::ostream& out;
  const ProgressFn& progress;
  std::string phase;
};

// libcurl calls these two; an exception must not pass through it.
std::size_t on_bytes(char* data, std::size_t size, std::size_t count, void* user) {
  std::ostream& out = static_cast<Transfer*>(user)->out;
  out.write(data, static_cast<std::streamsize>(size * count));
  return out.good() ? size * count : 0;
}

int on_progress(void* user, curl_off_t total, curl_off_t done, curl_off_t, curl_off_t) {
  const auto* transfer = static_cast<Transfer*>(user);
  try {
    if (transfer->progress && done > 0) transfer->progress(transfer->phase, done, total);
  } catch (...) {
    return 1;
  }
  return stop_requested() ? 1 : 0;
}

void start_curl_once() {
  static const CURLcode started = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (started != CURLE_OK) throw Error(fmt::format("libcurl: {}", curl_easy_strerror(started)));
}

void transfer_into(const std::string& url, Transfer& transfer, int connect_seconds) {
  const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> curl(curl_easy_init(), curl_easy_cleanup);
  if (!curl) throw Error("libcurl cannot be started");
  char reason[CURL_ERROR_SIZE] = "";
  curl_easy_setopt(curl.get(), CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_FOLLOWLOCATION, 1L);
  curl_easy_setopt(curl.get(), CURLOPT_FAILONERROR, 1L);
  curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl.get(), CURLOPT_CONNECTTIMEOUT, static_cast<long>(connect_seconds));
  curl_easy_setopt(curl.get(), CURLOPT_LOW_SPEED_LIMIT, kSlowBytesPerSecond);
  curl_easy_setopt(curl.get(), CURLOPT_LOW_SPEED_TIME, kSlowSeconds);
  curl_easy_setopt(curl.get(), CURLOPT_ERRORBUFFER, reason);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, on_bytes);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &transfer);
  curl_easy_setopt(curl.get(), CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(curl.get(), CURLOPT_XFERINFOFUNCTION, on_progress);
  curl_easy_setopt(curl.get(), CURLOPT_XFERINFODATA, &transfer);
  const CURLcode result = curl_easy_perform(curl.get());
  if (stop_requested()) throw Interrupted(fmt::format("interrupted while fetching {}", url));
  // A full disk is told by the writer of the file, which knows the reason.
  if (result == CURLE_OK || (result == CURLE_WRITE_ERROR && !transfer.out.good())) return;
  throw UserError(
      fmt::format("cannot fetch {}: {}", url, reason[0] != '\0' ? reason : curl_easy_strerror(result)));
}

}  // namespace

void download(const std::string& url, const std::filesystem::path& path, const ProgressFn& progress,
              int connect_seconds) {
  start_curl_once();
  write_file_atomically(path, [&](std::ostream& out) {
    Transfer transfer{out, progress, "fetch " + url.substr(url.rfind('/') + 1)};
    transfer_into(url, transfer, connect_seconds);
  });
}

}  // namespace packrat
