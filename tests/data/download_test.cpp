#include "engine/data/download.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <thread>

#include "engine/core/files.h"
#include "engine/core/interrupt.h"
#include "tests/data/expect_error.h"
#include "tests/data/small_dataset.h"

namespace packrat::testing_data {
namespace {
namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;

/// A web server on this machine that answers one request with the given bytes and goes.
class OneAnswer {
 public:
  explicit OneAnswer(std::string answer) : listener_(::socket(AF_INET, SOCK_STREAM, 0)) {
    ::setenv("no_proxy", "127.0.0.1", 1);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(listener_, 1) != 0 ||
        ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0)
      throw std::runtime_error("cannot listen on this machine");
    url_ = "http://127.0.0.1:" + std::to_string(ntohs(address.sin_port)) + "/toy.tar.gz";
    thread_ = std::thread([this, answer = std::move(answer)] { serve(answer); });
  }
  ~OneAnswer() {
    ::shutdown(listener_, SHUT_RDWR);  // ends a wait for a request that never came
    thread_.join();
    ::close(listener_);
  }
  const std::string& url() const { return url_; }

 private:
  void serve(const std::string& answer) {
    const int connection = ::accept(listener_, nullptr, nullptr);
    if (connection < 0) return;
    char request[4096];
    if (::recv(connection, request, sizeof request, 0) > 0)
      ::send(connection, answer.data(), answer.size(), MSG_NOSIGNAL);
    ::close(connection);
  }

  int listener_;
  std::string url_;
  std::thread thread_;
};

TEST(Download, WritesWhatTheServerSends) {
  TempFolder temp;
  const OneAnswer server("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
  std::int64_t last = 0;
  download(server.url(), temp / "file", [&](std::string_view phase, std::int64_t done, std::int64_t total) {
    EXPECT_EQ(phase, "fetch toy.tar.gz");
    EXPECT_EQ(total, 5);
    last = done;
  });
  EXPECT_EQ(read_text(temp / "file"), "hello");
  EXPECT_EQ(last, 5);
}

TEST(Download, LeavesNothingOfAFailure) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nlost", "404"},
      {"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nhello", "bytes remaining"},
      {"", "Empty reply"}};
  for (const auto& [answer, reason] : cases) {
    TempFolder temp;
    const OneAnswer server(answer);
    EXPECT_THAT(user_error([&] { download(server.url(), temp / "file"); }),
                AllOf(HasSubstr(server.url()), HasSubstr(reason)));
    EXPECT_TRUE(fs::is_empty(temp.path()));
  }
}

TEST(Download, StopsWhenAskedTo) {
  TempFolder temp;
  const OneAnswer server("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nhello");
  stop_requested() = true;
  EXPECT_THROW(download(server.url(), temp / "file"), Interrupted);
  stop_requested() = false;
  EXPECT_TRUE(fs::is_empty(temp.path()));
}

TEST(Download, NamesTheReasonWhenTheFileCannotBeWritten) {
  TempFolder temp;
  write_text(temp / "folder", "a file, where a folder is needed");
  const OneAnswer server("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
  EXPECT_THAT(user_error([&] { download(server.url(), temp / "folder" / "file"); }),
              HasSubstr("Not a directory"));
}

}  // namespace
}  // namespace packrat::testing_data
