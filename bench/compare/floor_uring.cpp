#include "bench/compare/floor_uring.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <deque>
#include <stdexcept>
#include <vector>

#include "bench/compare/raw_socket.hpp"
#include "codec/base/check.hpp"
#include "engine/shard/wait_policy.hpp"
#include "engine/uring/buffer_group.hpp"
#include "engine/uring/operation.hpp"
#include "engine/uring/ring.hpp"
#include "engine/uring/send_batch.hpp"
#include "engine/uring/uring_driver.hpp"

namespace ringwire::compare {
namespace {

using uring::OperationKind;
using uring::UserData;

Instant now() {
  return {std::chrono::steady_clock::now().time_since_epoch() / 1ns};
}

template <class Made>
Made must(Result<Made, std::int32_t>&& made, const char* what) {
  if (!made.ok()) throw std::runtime_error(std::string(what) + ": errno " + std::to_string(made.error()));
  return std::move(made).value();
}

class UringFloor {
 public:
  UringFloor()
      : ring_(must(uring::Ring::make(uring::ring_config({}), counters_), "io_uring_setup")),
        group_(must(uring::BufferGroup::make(*ring_, {0, pools_.small_buffers, pools_.small_bytes}),
                    "receive buffers")),
        sends_(*ring_, counters_),
        wait_policy_({}, now()) {}

  [[noreturn]] void serve(const Ready& ready) {
    const RawListener listener = open_raw_listener({.blocking = true});
    const UserData accept{OperationKind::accept, 0, 0};
    ring_->accept_each(listener.descriptor, accept.pack());
    ready(listener.port);
    for (;;) {
      feed_starving();
      ring_->wait(wait_policy_.plan(now(), kNever));
      std::uint32_t events = 0;
      for (uring::Completion completion; ring_->pop(completion); ++events) run(completion);
      end_sends();
      for (const std::uint32_t index : spoke_) answer(index);
      sending_.swap(spoke_);
      spoke_.clear();
      wait_policy_.on_turn(events, now());
    }
  }

 private:
  struct Peer {
    int descriptor = -1;
    std::vector<Slice> received;  // in this turn
    std::vector<Slice> sent;      // in the turn before: the kernel reads them until the next wait
  };

  void run(const uring::Completion& completion) {
    const UserData data = UserData::unpack(completion.user_data);
    if (data.kind == OperationKind::receive) return on_receive(data.index, completion);
    if (data.kind == OperationKind::turn_send) return on_fell_short(data, completion.result);
    if (completion.result < 0 || completion.final()) throw std::runtime_error("accepting ended");
    set_no_delay(completion.result);
    peers_.push_back({completion.result, {}, {}});
    receive_from(static_cast<std::uint32_t>(peers_.size() - 1));
  }

  void receive_from(std::uint32_t index) {
    const UserData receive{OperationKind::receive, 0, index};
    ring_->receive_each(peers_[index].descriptor, group_->id(), receive.pack());
  }

  void on_receive(std::uint32_t index, const uring::Completion& completion) {
    Peer& peer = peers_[index];
    if (completion.result > 0) {
      if (peer.received.empty()) spoke_.push_back(index);
      peer.received.push_back(group_->take(completion.flags, static_cast<std::uint32_t>(completion.result)));
    } else if (completion.has_buffer()) {
      group_->take(completion.flags, 0).reset();
    }
    if (!completion.final()) return;
    if (completion.result > 0) {
      receive_from(index);
    } else if (completion.result == -ENOBUFS) {
      starving_.push_back(index);
    } else {
      close(peer.descriptor);
      peer.descriptor = -1;
    }
  }

  void on_fell_short(UserData data, std::int32_t result) {
    const auto unsent = sends_.fell_short(data, result);
    RW_ASSERT(unsent.has_value());
    const Peer& peer = peers_[unsent->connection.slot];
    std::size_t taken = unsent->taken;
    for (const Slice& slice : peer.sent) {
      const std::size_t skip = std::min<std::size_t>(taken, slice.size());
      taken -= skip;
      send_whole(peer.descriptor, slice.view().subspan(skip));
    }
  }

  void end_sends() {
    sends_.end_turn();
    for (const std::uint32_t index : sending_) peers_[index].sent.clear();
  }

  void answer(std::uint32_t index) {
    Peer& peer = peers_[index];
    if (peer.descriptor < 0) return peer.received.clear();
    pieces_.clear();
    for (const Slice& slice : peer.received) pieces_.push_back(slice.view());
    sends_.add(peer.descriptor, {index, 0}, pieces_);
    peer.sent.swap(peer.received);
  }

  // Buffers first, receives after: armed the other way round, they would find none again.
  void feed_starving() {
    group_->publish();
    for (std::uint32_t left = group_->available(); left > 0 && !starving_.empty(); --left) {
      receive_from(starving_.front());
      starving_.pop_front();
    }
  }

  const driver::PoolConfig pools_;
  driver::DriverCounters counters_;
  std::unique_ptr<uring::Ring> ring_;
  std::unique_ptr<uring::BufferGroup> group_;
  uring::SendBatch sends_;
  shard::WaitPolicy wait_policy_;
  std::deque<Peer> peers_;  // an index is never reused
  std::deque<std::uint32_t> starving_;
  std::vector<std::uint32_t> spoke_;    // brought something in this turn
  std::vector<std::uint32_t> sending_;  // were answered in the turn before
  std::vector<ByteView> pieces_;
};

}  // namespace

void serve_floor_uring(const Workload& workload, const Ready& ready) {
  RW_ASSERT(workload.shape == Shape::echo);
  UringFloor().serve(ready);
}

}  // namespace ringwire::compare
