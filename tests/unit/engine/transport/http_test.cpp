#include "engine/transport/http.hpp"

#include <gtest/gtest.h>

namespace ringwire::transport {
namespace {

using State = HttpRequestReader::State;

TEST(HttpRequestReader, AcceptsAnySplitOfARequest) {
  const std::string request = "GET /metrics?x=1 HTTP/1.1\r\nHost: a\r\nAccept: */*\r\n\r\n";
  for (std::size_t cut = 0; cut < request.size(); ++cut) {
    HttpRequestReader reader;
    if (cut > 0) {
      ASSERT_EQ(reader.input(as_bytes(request.substr(0, cut))), State::need_more) << cut;
    }
    ASSERT_EQ(reader.input(as_bytes(request.substr(cut))), State::complete) << cut;
    EXPECT_EQ(reader.path(), "/metrics");
    EXPECT_FALSE(reader.head_only());
  }
}

TEST(HttpRequestReader, AcceptsOneByteAtATime) {
  HttpRequestReader reader;
  const std::string request = "HEAD /healthz HTTP/1.0\r\n\r\n";
  State state = State::need_more;
  for (const char c : request) {
    ASSERT_EQ(state, State::need_more);
    state = reader.input(as_bytes({&c, 1}));
  }
  EXPECT_EQ(state, State::complete);
  EXPECT_TRUE(reader.head_only());
}

TEST(HttpRequestReader, FindsAValueInTheQueryByItsWholeKey) {
  const auto value = [](const std::string& target, std::string_view key) {
    HttpRequestReader reader;
    EXPECT_EQ(reader.input(as_bytes("GET " + target + " HTTP/1.1\r\nHost: a\r\n\r\n")), State::complete);
    return std::string(reader.query(key));
  };
  EXPECT_EQ(value("/why?peer=2001:db8::/56", "peer"), "2001:db8::/56");
  EXPECT_EQ(value("/why?a=1&peer=x&peer=y", "peer"), "x");
  EXPECT_EQ(value("/why?peers=1&pee=2&peer", "peer"), "");
  EXPECT_EQ(value("/why?peer=", "peer"), "");
  EXPECT_EQ(value("/why?&&peer=z", "peer"), "z");
  EXPECT_EQ(value("/why", "peer"), "");
}

TEST(HttpRequestReader, RefusesOtherMethodsBodiesAndNoise) {
  const std::pair<const char*, HttpStatus> cases[] = {
      {"POST / HTTP/1.1\r\n\r\n", HttpStatus::method_not_allowed},
      {"GET / HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello", HttpStatus::payload_too_large},
      {"\x16\x03\x01\x02noise\r\n\r\n", HttpStatus::bad_request},
      {"GET / HTTP/9.9\r\n\r\n", HttpStatus::bad_request},
      {"GET / HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n", HttpStatus::bad_request},
  };
  for (const auto& [request, status] : cases) {
    HttpRequestReader reader;
    ASSERT_EQ(reader.input(as_bytes(request)), State::refused) << request;
    EXPECT_EQ(reader.refusal(), status) << request;
  }
}

TEST(HttpRequestReader, HeadWithoutEndIsRefusedAtItsLimit) {
  HttpRequestReader reader;
  State state = reader.input(as_bytes("GET / HTTP/1.1\r\n"));
  std::size_t sent = 0;
  while (state == State::need_more) {
    ASSERT_LT(sent, 4 * kHttpHeadBytesMax);
    state = reader.input(as_bytes("X-Padding: 0123456789\r\n"));
    sent += 23;
  }
  EXPECT_EQ(state, State::refused);
  EXPECT_EQ(reader.refusal(), HttpStatus::head_too_large);
}

TEST(HttpRequestReader, LineWithoutEndIsRefusedAtItsLimit) {
  HttpRequestReader reader;
  State state = State::need_more;
  std::size_t sent = 0;
  while (state == State::need_more) {
    ASSERT_LT(sent, 4 * kHttpHeadBytesMax);
    state = reader.input(as_bytes("GET"));
    sent += 3;
  }
  EXPECT_EQ(state, State::refused);
}

TEST(HttpResponse, StatesItsLengthAndCloses) {
  EXPECT_EQ(
      to_text({HttpStatus::ok, "text/plain", "hi"}, false),
      "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi");
  EXPECT_EQ(to_text({HttpStatus::method_not_allowed, "text/plain", ""}, true),
            "HTTP/1.1 405 Method Not Allowed\r\nContent-Type: text/plain\r\nContent-Length: 0\r\n"
            "Allow: GET, HEAD\r\nConnection: close\r\n\r\n");
}

}  // namespace
}  // namespace ringwire::transport
