// One HTTP/1.1 request from an operator's tool, and the answer to it: for /metrics, /healthz, /readyz.
//
// Attack: the endpoint is for operators, but it is a port: headers without end, a byte per second, bodies
// nobody asked for. So the head is bounded, a body is refused, one request is served per connection, and the
// deadline of the connection (kHttpDeadline, armed by the caller when it accepts) is absolute.
//
// Parsing is Boost.Beast's; nothing here does I/O. Not thread-safe; one object per connection.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "codec/base/bytes.hpp"
#include "codec/base/time.hpp"

namespace ringwire::transport {

inline constexpr Duration kHttpDeadline = 10s;             // from accept to answered
inline constexpr std::uint32_t kHttpHeadBytesMax = 8'192;  // what nginx and Apache accept
inline constexpr std::uint32_t kHttpConnectionsMax = 16;   // per shard: scrapers, a probe, a person

enum class HttpStatus : std::uint16_t {
  ok = 200,
  bad_request = 400,
  not_found = 404,
  method_not_allowed = 405,
  payload_too_large = 413,
  head_too_large = 431,
  service_unavailable = 503,
};

struct HttpResponse {
  HttpStatus status = HttpStatus::ok;
  std::string_view content_type = "text/plain; charset=utf-8";
  std::string body;
};

// The bytes to send, then close: "HTTP/1.1 200 OK", Content-Length, Connection: close. `head_only` for HEAD.
std::string to_text(const HttpResponse& response, bool head_only);

class HttpRequestReader {
 public:
  HttpRequestReader();
  ~HttpRequestReader();
  HttpRequestReader(HttpRequestReader&&) noexcept;
  HttpRequestReader& operator=(HttpRequestReader&&) noexcept;

  enum class State : std::uint8_t { need_more, complete, refused };
  // Takes the next bytes of the stream; after `complete` or `refused` the rest is ignored.
  State input(ByteView bytes);

  // After `complete`: the path without query, and whether only the head is wanted. GET and HEAD only.
  [[nodiscard]] std::string_view path() const;
  // The value of `key` in the query, as it stands there; empty where there is none.
  [[nodiscard]] std::string_view query(std::string_view key) const;
  [[nodiscard]] bool head_only() const;
  // After `refused`: the answer that says why.
  [[nodiscard]] HttpStatus refusal() const;

 private:
  struct Parser;
  std::unique_ptr<Parser> parser_;
};

}  // namespace ringwire::transport
