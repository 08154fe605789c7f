#include "engine/transport/http.hpp"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>

namespace ringwire::transport {
namespace {

namespace http = boost::beast::http;

const char* reason(HttpStatus status) {
  switch (status) {
    case HttpStatus::ok:
      return "OK";
    case HttpStatus::bad_request:
      return "Bad Request";
    case HttpStatus::not_found:
      return "Not Found";
    case HttpStatus::method_not_allowed:
      return "Method Not Allowed";
    case HttpStatus::payload_too_large:
      return "Payload Too Large";
    case HttpStatus::head_too_large:
      return "Request Header Fields Too Large";
    case HttpStatus::service_unavailable:
      return "Service Unavailable";
  }
  return "Error";
}

HttpStatus refusal_of(const boost::system::error_code& error) {
  if (error == http::error::header_limit) return HttpStatus::head_too_large;
  if (error == http::error::unexpected_body || error == http::error::body_limit)
    return HttpStatus::payload_too_large;
  return HttpStatus::bad_request;
}

}  // namespace

std::string to_text(const HttpResponse& response, bool head_only) {
  std::string text = "HTTP/1.1 " + std::to_string(static_cast<int>(response.status)) + " ";
  text += reason(response.status);
  text += "\r\nContent-Type: ";
  text += response.content_type;
  text += "\r\nContent-Length: " + std::to_string(response.body.size());
  if (response.status == HttpStatus::method_not_allowed) text += "\r\nAllow: GET, HEAD";
  text += "\r\nConnection: close\r\n\r\n";
  if (!head_only) text += response.body;
  return text;
}

struct HttpRequestReader::Parser {
  http::request_parser<http::empty_body> beast;
  // Beast wants the whole head in one piece each time: what it did not consume is offered again.
  std::string unread;
  State state = State::need_more;
  HttpStatus refusal = HttpStatus::bad_request;
};

HttpRequestReader::HttpRequestReader() : parser_(std::make_unique<Parser>()) {
  parser_->beast.header_limit(kHttpHeadBytesMax);
  parser_->beast.body_limit(0);
}
HttpRequestReader::~HttpRequestReader() = default;
HttpRequestReader::HttpRequestReader(HttpRequestReader&&) noexcept = default;
HttpRequestReader& HttpRequestReader::operator=(HttpRequestReader&&) noexcept = default;

HttpRequestReader::State HttpRequestReader::input(ByteView bytes) {
  Parser& p = *parser_;
  if (p.state != State::need_more) return p.state;
  p.unread.append(as_text(bytes));
  boost::system::error_code error;
  const std::size_t used = p.beast.put(boost::asio::buffer(p.unread), error);
  p.unread.erase(0, used);
  if (error == http::error::need_more && p.unread.size() <= kHttpHeadBytesMax) return p.state;
  if (error || p.unread.size() > kHttpHeadBytesMax) {
    p.refusal = error == http::error::need_more ? HttpStatus::head_too_large : refusal_of(error);
    return p.state = State::refused;
  }
  if (!p.beast.is_done()) return p.state;
  const http::verb method = p.beast.get().method();
  if (method == http::verb::get || method == http::verb::head) return p.state = State::complete;
  p.refusal = HttpStatus::method_not_allowed;
  return p.state = State::refused;
}

std::string_view HttpRequestReader::path() const {
  const auto target = parser_->beast.get().target();
  const std::string_view text(target.data(), target.size());
  return text.substr(0, text.find('?'));
}

std::string_view HttpRequestReader::query(std::string_view key) const {
  const auto target = parser_->beast.get().target();
  std::string_view rest(target.data(), target.size());
  rest.remove_prefix(std::min(rest.size(), rest.find('?')));
  while (!rest.empty()) {
    rest.remove_prefix(1);
    const std::string_view pair = rest.substr(0, rest.find('&'));
    rest.remove_prefix(pair.size());
    if (pair.starts_with(key) && pair.substr(key.size()).starts_with('=')) return pair.substr(key.size() + 1);
  }
  return {};
}

bool HttpRequestReader::head_only() const {
  return parser_->beast.get().method() == http::verb::head;
}

HttpStatus HttpRequestReader::refusal() const {
  return parser_->refusal;
}

}  // namespace ringwire::transport
