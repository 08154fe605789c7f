#include "tools/command/http_client.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>
#include <thread>

namespace ringwire::command {
namespace {

using namespace std::chrono_literals;

// Listens on a free port of 127.0.0.1. Answers the first connection with `answer` once it has sent something,
// or, without an answer, keeps it open and silent.
class Server {
 public:
  explicit Server(std::string answer) : answer_(std::move(answer)) {
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{
        .sin_family = AF_INET, .sin_port = 0, .sin_addr = {htonl(INADDR_LOOPBACK)}, .sin_zero = {}};
    socklen_t size = sizeof address;
    auto* any = reinterpret_cast<sockaddr*>(&address);
    if (bind(listener_, any, size) != 0 || listen(listener_, 1) != 0 ||
        getsockname(listener_, any, &size) != 0)
      throw std::runtime_error("no socket");
    endpoint_ = {IpAddress::v4(127, 0, 0, 1), ntohs(address.sin_port)};
    if (!answer_.empty()) thread_ = std::thread([this] { serve(); });
  }
  ~Server() {
    if (thread_.joinable()) thread_.join();
    close(listener_);
  }
  [[nodiscard]] Endpoint endpoint() const { return endpoint_; }
  [[nodiscard]] const std::string& request() const { return request_; }  // after the exchange
  void join() { thread_.join(); }

 private:
  void serve() {
    const int peer = accept(listener_, nullptr, nullptr);
    char text[4096];
    const ssize_t got = read(peer, text, sizeof text);
    request_.assign(text, got > 0 ? static_cast<std::size_t>(got) : 0);
    for (std::size_t at = 0; at < answer_.size();) {
      const ssize_t sent = send(peer, answer_.data() + at, answer_.size() - at, MSG_NOSIGNAL);
      if (sent <= 0) break;
      at += static_cast<std::size_t>(sent);
    }
    close(peer);
  }

  const std::string answer_;
  std::string request_;
  Endpoint endpoint_;
  int listener_ = -1;
  std::thread thread_;
};

std::string error_for(const std::string& answer, std::chrono::milliseconds patience = 30s) {
  Server server(answer);
  const auto got = http_get(server.endpoint(), "/peers", patience);
  EXPECT_FALSE(got.ok());
  if (got.ok()) return "";
  EXPECT_EQ(got.error().find(server.endpoint().to_string()), 0U) << got.error();
  return got.error();
}

TEST(HttpClient, ReturnsTheBody) {
  Server server("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello");
  const auto got = http_get(server.endpoint(), "/metrics", 30s);
  ASSERT_TRUE(got.ok()) << got.error();
  EXPECT_EQ(*got, "hello");
  server.join();
  EXPECT_EQ(server.request().find("GET /metrics HTTP/1.1\r\n"), 0U) << server.request();
}

TEST(HttpClient, NobodyListening) {
  Endpoint free;
  {
    Server server("");
    free = server.endpoint();
  }
  const auto got = http_get(free, "/metrics", 30s);
  ASSERT_FALSE(got.ok());
  EXPECT_NE(got.error().find("nothing listens there"), std::string::npos) << got.error();
  EXPECT_NE(got.error().find("--metrics.addr " + free.to_string()), std::string::npos) << got.error();
}

TEST(HttpClient, SilenceEndsWithTheDeadline) {
  EXPECT_NE(error_for("", 200ms).find("no answer within 0.2 s"), std::string::npos);
}

TEST(HttpClient, WhatIsNotHttpIsSaidSo) {
  EXPECT_NE(error_for("\x01\x01\x02\x03 not http at all\r\n\r\n").find("peers have another port"),
            std::string::npos);
  EXPECT_NE(error_for("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\ncut").find("does not answer"),
            std::string::npos);
}

TEST(HttpClient, OtherStatusesBecomeErrors) {
  EXPECT_NE(error_for("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n").find("has no /peers"),
            std::string::npos);
  const std::string busy =
      error_for("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 10\r\n\r\nbusy\nmore\n");
  EXPECT_NE(busy.find("status 503: busy"), std::string::npos) << busy;
  EXPECT_EQ(busy.find('\n'), std::string::npos);
}

}  // namespace
}  // namespace ringwire::command
