#include "tools/command/http_client.hpp"

#include <fmt/format.h>

#include <boost/asio/io_context.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>

#include <algorithm>

namespace ringwire::command {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::system::error_code;

asio::ip::tcp::endpoint to_asio(const Endpoint& endpoint) {
  if (endpoint.address.family == IpAddress::Family::v6) {
    asio::ip::address_v6::bytes_type bytes;
    std::copy(endpoint.address.bytes.begin(), endpoint.address.bytes.end(), bytes.begin());
    return {asio::ip::address_v6(bytes), endpoint.port};
  }
  asio::ip::address_v4::bytes_type bytes;
  std::copy_n(endpoint.address.bytes.begin(), bytes.size(), bytes.begin());
  return {asio::ip::address_v4(bytes), endpoint.port};
}

// One exchange: connects, asks, reads the whole answer, all within one deadline.
class Exchange {
 public:
  Exchange(const Endpoint& node, std::string_view path, std::chrono::milliseconds patience) : stream_(io_) {
    request_.method(http::verb::get);
    request_.target({path.data(), path.size()});
    request_.version(11);
    request_.set(http::field::host, node.to_string());
    request_.set(http::field::connection, "close");
    response_.body_limit(kHttpBodyMax);
    stream_.expires_after(patience);
    stream_.async_connect(to_asio(node), [this](const error_code& error) {
      if (error) return end(error);
      connected_ = true;
      http::async_write(stream_, request_, [this](const error_code& failed, std::size_t) {
        if (failed) return end(failed);
        http::async_read(stream_, buffer_, response_,
                         [this](const error_code& ended, std::size_t) { end(ended); });
      });
    });
  }

  void run() { io_.run(); }

  [[nodiscard]] const error_code& error() const { return error_; }
  [[nodiscard]] bool connected() const { return connected_; }
  [[nodiscard]] unsigned status() const { return response_.get().result_int(); }
  [[nodiscard]] std::string& body() { return response_.get().body(); }

 private:
  void end(const error_code& error) { error_ = error; }

  asio::io_context io_;
  beast::tcp_stream stream_;
  beast::flat_buffer buffer_;
  http::request<http::empty_body> request_;
  http::response_parser<http::string_body> response_;
  error_code error_;
  bool connected_ = false;
};

std::string explain(const Exchange& exchange, const std::string& at, std::chrono::milliseconds patience) {
  const error_code& error = exchange.error();
  if (error == beast::error::timeout) {
    return fmt::format("{}: no answer within {} s{}", at, std::chrono::duration<double>(patience).count(),
                       exchange.connected() ? ": this is no metrics address, or the node hangs" : "");
  }
  if (error == asio::error::connection_refused) {
    return at + ": nothing listens there: is the node running, and with --metrics.addr " + at + "?";
  }
  if (exchange.connected()) {
    return fmt::format(
        "{}: what listens there does not answer as a node's metrics address does ({}): peers have "
        "another port",
        at, error.message());
  }
  return at + ": " + error.message();
}

std::string first_line(const std::string& text) {
  return text.substr(0, std::min<std::size_t>(text.find('\n'), 200));
}

}  // namespace

Result<std::string, std::string> http_get(const Endpoint& node, std::string_view path,
                                          std::chrono::milliseconds patience) {
  Exchange exchange(node, path, patience);
  exchange.run();
  const std::string at = node.to_string();
  if (exchange.error()) return Failure{explain(exchange, at, patience)};
  if (exchange.status() == 404) {
    return Failure{fmt::format("{}: has no {}: it is no ringwire node, or one of another version", at, path)};
  }
  if (exchange.status() != 200) {
    return Failure{fmt::format("{}: {} was answered with status {}: {}", at, path, exchange.status(),
                               first_line(exchange.body()))};
  }
  return std::move(exchange.body());
}

Result<MetricsText, std::string> get_metrics(const Endpoint& node, std::chrono::milliseconds patience) {
  const auto text = http_get(node, "/metrics", patience);
  if (!text.ok()) return Failure{text.error()};
  auto metrics = MetricsText::parse(*text);
  if (metrics.ok() && metrics->is_ringwire()) return metrics;
  return Failure{node.to_string() + ": serves /metrics, but not those of a ringwire node"};
}

}  // namespace ringwire::command
