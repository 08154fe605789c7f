// The project's side of tests/integration/tls/openssl_test.py: handshake and records over a socket of
// 127.0.0.1.
//
//   tls_peer serve CREDENTIALS [AUTHORITIES]      takes one connection, sends back what it receives
//   tls_peer dial PORT CREDENTIALS [AUTHORITIES]  sends standard input, waits for as many bytes
//
// CREDENTIALS is one PEM file with certificate and key; it is made where there is none. A line of JSON
// for each of: the port, how the handshake ended, how the session ended.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <optional>
#include <string>
#include <vector>

#include "codec/base/check.hpp"
#include "codec/base/heap_buffer.hpp"
#include "engine/session/record_opener.hpp"
#include "engine/session/record_sealer.hpp"
#include "engine/storage/tls_files.hpp"
#include "engine/transport/client_hello.hpp"
#include "engine/transport/tls_handshake.hpp"

namespace ringwire {
namespace {

using Bytes = std::vector<std::uint8_t>;
using session::Opened;
using transport::TlsContext;
using transport::TlsHandshake;
using transport::TlsState;
using transport::TlsWork;

constexpr std::uint32_t kReceiveBytes = 16 * 1024;
constexpr std::uint64_t kHeapBytes = 64 << 20;

class Socket {
 public:
  explicit Socket(int number) : number_(number) { RW_ASSERT(number >= 0); }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  ~Socket() { close(number_); }
  [[nodiscard]] int get() const { return number_; }

  // Empty at the end of the stream, orderly or not.
  [[nodiscard]] Bytes receive() const {
    Bytes bytes(kReceiveBytes);
    const ssize_t got = recv(number_, bytes.data(), bytes.size(), 0);
    bytes.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return bytes;
  }
  // What the other end does not want is lost.
  void send_all(ByteView bytes) const {
    while (!bytes.empty()) {
      const ssize_t sent = send(number_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return;
      bytes = bytes.subspan(static_cast<std::size_t>(sent));
    }
  }

 private:
  int number_;
};

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

int dialled(std::uint16_t port) {
  const int number = socket(AF_INET, SOCK_STREAM, 0);
  const sockaddr_in address = loopback(port);
  RW_ASSERT(connect(number, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  return number;
}

int accepted() {
  const Socket listener(socket(AF_INET, SOCK_STREAM, 0));
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  RW_ASSERT(bind(listener.get(), reinterpret_cast<sockaddr*>(&address), size) == 0);
  RW_ASSERT(listen(listener.get(), 1) == 0);
  RW_ASSERT(getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0);
  std::printf("{\"port\":%u}\n", ntohs(address.sin_port));
  std::fflush(stdout);
  return accept(listener.get(), nullptr, nullptr);
}

void say_failed(const char* why) {
  std::printf("{\"failed\":\"%s\"}\n", why);
}

// --- the handshake

// Nothing where it failed. `rest`: what came behind it.
std::optional<transport::TlsOutcome> run(TlsHandshake& handshake, const Socket& socket, Bytes& rest) {
  while (true) {
    while (handshake.pending_work() != TlsWork::none) {
      handshake.work();
      socket.send_all(handshake.take_output());
      rest.erase(rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(handshake.input(rest)));
    }
    socket.send_all(handshake.take_output());
    if (handshake.state() == TlsState::done) return handshake.take();
    if (handshake.state() == TlsState::failed) {
      say_failed(name(handshake.failure()));
      return std::nullopt;
    }
    const Bytes more = socket.receive();
    if (more.empty()) {
      say_failed("ended");
      return std::nullopt;
    }
    rest.insert(rest.end(), more.begin(), more.end());
    rest.erase(rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(handshake.input(rest)));
  }
}

std::optional<transport::TlsOutcome> answered(TlsContext& context, const Socket& socket, Bytes& rest) {
  transport::ClientHelloReader hello;
  while (hello.state() == transport::ClientHelloReader::State::need_more) {
    rest = socket.receive();
    if (rest.empty()) {
      say_failed("ended");
      return std::nullopt;
    }
    rest.erase(rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(hello.input(rest)));
  }
  if (hello.state() == transport::ClientHelloReader::State::refused) {
    socket.send_all(alert_of(hello.failure()));
    say_failed(name(hello.failure()));
    return std::nullopt;
  }
  TlsHandshake handshake(context, hello.take());
  return run(handshake, socket, rest);
}

// --- the session

class Session {
 public:
  Session(transport::TlsOutcome outcome, session::Sender peer, const Socket& socket)
      : socket_(socket),
        sealer_(std::move(outcome.keys.sending)),
        opener_(shard_, std::move(outcome.keys.receiving), peer) {}

  void send(ByteView content) {
    Bytes records(session::RecordSealer::sealed_bytes(content.size()));
    RW_ASSERT(sealer_.seal({&content, 1}, records));
    socket_.send_all(records);
  }

  // Until the peer ends, or `wanted` bytes are here. Each piece goes to `take`.
  template <class Take>
  void receive(Bytes bytes, std::size_t wanted, Take take) {
    std::size_t received = 0;
    Opened verdict = Opened::need_more;
    while (true) {
      if (!bytes.empty()) {
        Slice slice = heap_.make(static_cast<std::uint32_t>(bytes.size()));
        std::copy(bytes.begin(), bytes.end(), HeapBuffers::writable(slice).begin());
        opener_.input(std::move(slice));
        Slice plain;
        while ((verdict = opener_.next(plain)) == Opened::plain) {
          take(plain.view());
          received += plain.size();
        }
      }
      if (verdict != Opened::need_more) break;
      if (received >= wanted) break;
      bytes = socket_.receive();
      if (bytes.empty()) break;
    }
    finish(verdict);
  }

 private:
  void finish(Opened verdict) {
    std::array<std::uint8_t, session::kAlertRecordBytes> alert;
    const bool refused = verdict == Opened::refused;
    RW_ASSERT(
        sealer_.seal_alert(refused ? alert_for(opener_.error()) : session::AlertCode::close_notify, alert));
    socket_.send_all(alert);
    if (refused) return say_ended(name(opener_.error()));
    if (verdict == Opened::ended) return say_ended("close_notify");
    say_ended("enough");
  }
  static void say_ended(const char* how) { std::printf("{\"ended\":\"%s\"}\n", how); }

  const Socket& socket_;
  HeapBuffers heap_{kHeapBytes};
  session::RecordShard shard_{heap_};
  session::RecordSealer sealer_;
  session::RecordOpener opener_;
};

void say_secured(const transport::TlsOutcome& outcome) {
  std::printf("{\"secured\":\"%s\",\"binding\":\"%s\",\"used\":%llu}\n", name(outcome.keys.sending.suite()),
              to_hex(outcome.binding.view()).c_str(),
              static_cast<unsigned long long>(outcome.keys.sending.used() + outcome.keys.receiving.used()));
  std::fflush(stdout);
}

Bytes standard_input() {
  Bytes all;
  for (int byte = std::getchar(); byte != EOF; byte = std::getchar()) {
    all.push_back(static_cast<std::uint8_t>(byte));
  }
  return all;
}

int serve(TlsContext& context) {
  const Socket socket(accepted());
  Bytes rest;
  auto outcome = answered(context, socket, rest);
  if (!outcome) return 0;
  say_secured(*outcome);
  Session session(std::move(*outcome), session::Sender::client, socket);
  session.receive(std::move(rest), SIZE_MAX, [&](ByteView piece) { session.send(piece); });
  return 0;
}

int dial(TlsContext& context, std::uint16_t port) {
  const Bytes content = standard_input();
  const Socket socket(dialled(port));
  TlsHandshake handshake(context);
  Bytes rest;
  auto outcome = run(handshake, socket, rest);
  if (!outcome) return 0;
  say_secured(*outcome);
  Session session(std::move(*outcome), session::Sender::server, socket);
  session.send(content);
  Bytes received;
  session.receive(std::move(rest), content.size(),
                  [&](ByteView piece) { received.insert(received.end(), piece.begin(), piece.end()); });
  std::printf("{\"received\":\"%s\"}\n", to_hex(received).c_str());
  return 0;
}

int run_command(const std::vector<std::string>& words) {
  const bool serves = words.size() >= 2 && words[0] == "serve";
  const bool dials = words.size() >= 3 && words[0] == "dial";
  if (!serves && !dials) {
    std::fprintf(stderr,
                 "usage: tls_peer serve CREDENTIALS [AUTHORITIES] | dial PORT CREDENTIALS [AUTHORITIES]\n");
    return 2;
  }
  const std::size_t at = serves ? 1 : 2;
  const std::int64_t now = std::time(nullptr);
  const std::string authorities = words.size() > at + 1 ? words[at + 1] : "";
  const auto credentials = authorities.empty()
                               ? storage::own_tls_file(words[at], now)
                               : storage::read_tls_files({words[at], words[at], authorities}, now);
  if (!credentials) {
    std::fprintf(stderr, "%s\n", credentials.error().message.c_str());
    return 1;
  }
  const auto context = TlsContext::make(*credentials);
  RW_ASSERT(context.ok());
  return serves ? serve(**context)
                : dial(**context, static_cast<std::uint16_t>(std::strtoul(words[1].c_str(), nullptr, 10)));
}

}  // namespace
}  // namespace ringwire

int main(int argc, char** argv) {
  return ringwire::run_command({argv + 1, argv + argc});
}
