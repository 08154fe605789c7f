#include "bench/compare/asio_peer.hpp"

#include <algorithm>
#include <asio.hpp>
#include <memory>
#include <set>

#include "bench/compare/framing.hpp"

namespace ringwire::compare {
namespace {

using asio::ip::tcp;

constexpr std::size_t kBufferBytes = 64 * 1024;

// What every Asio server here shares: accepting, the set of sessions.
template <class Session>
class Server {
 public:
  Server(asio::io_context& io, const Workload& what)
      : workload(what), acceptor_(io, {asio::ip::address_v4::loopback(), 0}) {
    acceptor_.listen(8192);
    accept();
  }

  [[nodiscard]] std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

  const Workload workload;
  std::set<Session*> sessions;

 private:
  void accept() {
    acceptor_.async_accept([this](std::error_code error, tcp::socket socket) {
      if (!error) {
        socket.set_option(tcp::no_delay(true));
        std::make_shared<Session>(std::move(socket), *this)->start();
      }
      accept();
    });
  }
  tcp::acceptor acceptor_;
};

// Outgoing bytes of one session: one write in flight, what comes meanwhile waits and leaves as one gathered
// write.
class Outbox {
 public:
  explicit Outbox(tcp::socket& socket) : socket_(socket) {}

  void push(std::shared_ptr<std::vector<std::uint8_t>> bytes, std::shared_ptr<void> owner) {
    waiting_.push_back(std::move(bytes));
    if (in_flight_.empty()) write(std::move(owner));
  }

 private:
  void write(std::shared_ptr<void> owner) {
    in_flight_.swap(waiting_);
    auto on_written = [this, owner = std::move(owner)](std::error_code error, std::size_t) {
      in_flight_.clear();
      if (!error && !waiting_.empty()) write(owner);
    };
    if (in_flight_.size() == 1) {
      asio::async_write(socket_, asio::buffer(*in_flight_.front()), std::move(on_written));
      return;
    }
    std::vector<asio::const_buffer> buffers;
    for (const auto& bytes : in_flight_) buffers.push_back(asio::buffer(*bytes));
    asio::async_write(socket_, buffers, std::move(on_written));
  }

  tcp::socket& socket_;
  std::vector<std::shared_ptr<std::vector<std::uint8_t>>> waiting_;
  std::vector<std::shared_ptr<std::vector<std::uint8_t>>> in_flight_;
};

class TypicalSession : public std::enable_shared_from_this<TypicalSession> {
 public:
  TypicalSession(tcp::socket socket, Server<TypicalSession>& server)
      : socket_(std::move(socket)), server_(server), outbox_(socket_) {
    server_.sessions.insert(this);
  }
  ~TypicalSession() { server_.sessions.erase(this); }

  void start() { read_header(); }

 private:
  void read_header() {
    frame_.resize(wire::kFrameHeaderBytes);
    asio::async_read(socket_, asio::buffer(frame_),
                     [self = shared_from_this()](std::error_code error, std::size_t) {
                       if (!error) self->read_body();
                     });
  }

  void read_body() {
    const auto header = wire::decode_header(std::span(frame_).first<wire::kFrameHeaderBytes>());
    RW_ASSERT(header.ok());
    frame_.resize(wire::kFrameHeaderBytes + header->length);
    asio::async_read(socket_, asio::buffer(frame_) + wire::kFrameHeaderBytes,
                     [self = shared_from_this()](std::error_code error, std::size_t) {
                       if (!error) self->on_frame();
                     });
  }

  void on_frame() {
    RW_ASSERT(for_each_frame(frame_, [](ByteView) {}) == frame_.size());
    if (server_.workload.shape == Shape::echo) {
      reply_.resize(frame_.size());
      write_pong(frame_, reply_.data());
      asio::async_write(socket_, asio::buffer(reply_),
                        [self = shared_from_this()](std::error_code error, std::size_t) {
                          if (!error) self->read_header();
                        });
      return;
    }
    const auto bytes = std::make_shared<std::vector<std::uint8_t>>(frame_);
    for (TypicalSession* other : server_.sessions) {
      if (other != this) other->outbox_.push(bytes, other->shared_from_this());
    }
    read_header();
  }

  tcp::socket socket_;
  Server<TypicalSession>& server_;
  Outbox outbox_;
  std::vector<std::uint8_t> frame_;
  std::vector<std::uint8_t> reply_;
};

class TunedSession : public std::enable_shared_from_this<TunedSession> {
 public:
  TunedSession(tcp::socket socket, Server<TunedSession>& server)
      : socket_(std::move(socket)), server_(server), outbox_(socket_), buffer_(kBufferBytes) {
    server_.sessions.insert(this);
  }
  ~TunedSession() { server_.sessions.erase(this); }

  void start() { read(); }

 private:
  void read() {
    if (buffer_.size() - have_ < kBufferBytes / 2) buffer_.resize(buffer_.size() * 2);
    socket_.async_read_some(asio::buffer(buffer_) + have_,
                            [self = shared_from_this()](std::error_code error, std::size_t got) {
                              if (!error) self->on_bytes(got);
                            });
  }

  void on_bytes(std::size_t got) {
    have_ += got;
    if (server_.workload.shape == Shape::echo) {
      echo();
    } else {
      relay();
      read();
    }
  }

  void echo() {
    if (reply_.size() < have_) reply_.resize(have_);
    std::size_t written = 0;
    const std::size_t used = for_each_frame({buffer_.data(), have_}, [&](ByteView frame) {
      write_pong(frame, reply_.data() + written);
      written += frame.size();
    });
    keep_tail(used);
    if (written == 0) return read();
    asio::async_write(socket_, asio::buffer(reply_.data(), written),
                      [self = shared_from_this()](std::error_code error, std::size_t) {
                        if (!error) self->read();
                      });
  }

  void relay() {
    const std::size_t used = for_each_frame({buffer_.data(), have_}, [](ByteView) {});
    if (used == 0) return;
    const auto bytes = std::make_shared<std::vector<std::uint8_t>>(
        buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(used));
    for (TunedSession* other : server_.sessions) {
      if (other != this) other->outbox_.push(bytes, other->shared_from_this());
    }
    keep_tail(used);
  }

  void keep_tail(std::size_t used) {
    std::copy(buffer_.begin() + static_cast<std::ptrdiff_t>(used),
              buffer_.begin() + static_cast<std::ptrdiff_t>(have_), buffer_.begin());
    have_ -= used;
  }

  tcp::socket socket_;
  Server<TunedSession>& server_;
  Outbox outbox_;
  std::vector<std::uint8_t> buffer_;
  std::vector<std::uint8_t> reply_;
  std::size_t have_ = 0;
};

template <class Session>
void serve(const Workload& workload, const Ready& ready, int concurrency_hint) {
  asio::io_context io(concurrency_hint);
  Server<Session> server(io, workload);
  ready(server.port());
  io.run();
}

}  // namespace

void serve_asio_typical(const Workload& workload, const Ready& ready) {
  serve<TypicalSession>(workload, ready, 1);
}
void serve_asio_tuned(const Workload& workload, const Ready& ready) {
  // One thread, and Asio is told so: no locks.
  serve<TunedSession>(workload, ready, ASIO_CONCURRENCY_HINT_UNSAFE);
}

}  // namespace ringwire::compare
