// The floor under epoll: the same bytes, no protocol. Level-triggered, one shared receive buffer, replies
// from that buffer; fan-out and mesh gather what one loop iteration received and send it once per connection.
#include "bench/compare/floor_epoll.hpp"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <vector>

#include "bench/compare/publish_frames.hpp"
#include "bench/compare/raw_socket.hpp"
#include "codec/base/check.hpp"

namespace ringwire::compare {
namespace {

constexpr int kEventsMax = 512;
constexpr std::size_t kReceiveBytes = 256 * 1024;

class EpollFloor {
 public:
  EpollFloor(const Workload& workload, bool send_per_message)
      : workload_(workload),
        send_per_message_(send_per_message),
        message_bytes_(PublishFrames(std::max(workload.payload_bytes, kOpaqueBytesMin)).wire_bytes()),
        buffer_(kReceiveBytes) {}

  [[noreturn]] void serve(const Ready& ready) {
    const RawListener listener = open_raw_listener();
    poll_ = epoll_create1(EPOLL_CLOEXEC);
    watch(listener.descriptor);
    ready(listener.port);
    epoll_event events[kEventsMax];
    for (;;) {
      const int count = epoll_wait(poll_, events, kEventsMax, -1);
      for (int i = 0; i < count; ++i) {
        if (events[i].data.fd == listener.descriptor) {
          accept_all(listener.descriptor);
        } else {
          serve_one(events[i].data.fd);
        }
      }
      if (!log_.empty()) flush_log();
    }
  }

 private:
  struct Piece {
    int from;
    std::size_t offset, size;
  };

  void watch(int descriptor) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = descriptor;
    RW_ASSERT(epoll_ctl(poll_, EPOLL_CTL_ADD, descriptor, &event) == 0);
  }

  void accept_all(int listener) {
    for (int d = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK); d >= 0;
         d = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK)) {
      set_no_delay(d);
      watch(d);
      peers_.push_back(d);
    }
  }

  void serve_one(int descriptor) {
    const ssize_t got = recv(descriptor, buffer_.data(), buffer_.size(), 0);
    if (got <= 0) {
      close(descriptor);
      std::erase(peers_, descriptor);
      return;
    }
    const auto size = static_cast<std::size_t>(got);
    if (workload_.shape == Shape::echo) {
      send_whole(descriptor, {buffer_.data(), size});
    } else if (send_per_message_) {
      relay_each_message(descriptor, size);
    } else {
      log_pieces_.push_back({descriptor, log_.size(), size});
      log_.insert(log_.end(), buffer_.begin(), buffer_.begin() + got);
    }
  }

  // The habit that the shared log replaces: every message is sent to every peer on its own.
  void relay_each_message(int from, std::size_t size) {
    for (std::size_t at = 0; at < size; at += message_bytes_) {
      for (const int peer : peers_) {
        if (peer != from) send_whole(peer, {buffer_.data() + at, std::min(message_bytes_, size - at)});
      }
    }
  }

  void flush_log() {
    std::vector<iovec> pieces;
    for (const int peer : peers_) {
      pieces.clear();
      for (const Piece& piece : log_pieces_) {
        if (piece.from == peer) continue;
        std::uint8_t* const start = log_.data() + piece.offset;
        if (!pieces.empty() &&
            static_cast<std::uint8_t*>(pieces.back().iov_base) + pieces.back().iov_len == start) {
          pieces.back().iov_len += piece.size;
        } else {
          pieces.push_back({start, piece.size});
        }
      }
      if (!pieces.empty()) send_whole(peer, pieces);
    }
    log_.clear();
    log_pieces_.clear();
  }

  const Workload workload_;
  const bool send_per_message_;
  const std::size_t message_bytes_;
  int poll_ = -1;
  std::vector<std::uint8_t> buffer_;
  std::vector<std::uint8_t> log_;
  std::vector<Piece> log_pieces_;
  std::vector<int> peers_;
};

}  // namespace

void serve_floor_epoll(const Workload& workload, const Ready& ready) {
  EpollFloor(workload, false).serve(ready);
}

void serve_send_per_message(const Workload& workload, const Ready& ready) {
  EpollFloor(workload, true).serve(ready);
}

}  // namespace ringwire::compare
