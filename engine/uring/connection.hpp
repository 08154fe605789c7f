// One slot of the driver: a socket, what it wants, and what the kernel is doing for it.
//
//   free -> connecting -> open -> closing -> closed -> free
//   free ---------------> open (accepted, adopted)     `closed`: the event waits to be taken
//
// `closing` lasts until the final completion of every operation; only then is the descriptor closed, since an
// operation that is still armed would keep the socket alive without a FIN.
#pragma once

#include <sys/socket.h>
#include <sys/uio.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "codec/base/endpoint.hpp"
#include "codec/base/intrusive_list.hpp"
#include "engine/driver/driver.hpp"
#include "engine/uring/operation.hpp"

namespace ringwire::uring {

enum class State : std::uint8_t { free, connecting, open, closing, closed };

// The rest of a send that the socket did not take at once. Kept for reuse when it is done.
struct RestSend {
  std::vector<iovec> pieces;
  std::size_t next = 0;  // the first piece not wholly sent
  std::uint64_t owed = 0;
  msghdr header{};
};

// Linked while its receive found no buffer and waits for one to return.
struct Starving;

struct Connection : ListNode<Starving> {
  State state = State::free;
  driver::CloseMode close_mode = driver::CloseMode::graceful;
  bool receive_wanted = false;
  bool receive_cancelled = false;  // a cancellation of the armed receive is on its way
  bool receive_ended = false;      // FIN or an error was told
  bool sent_this_turn = false;
  driver::PoolClass pool = driver::PoolClass::small;        // what the owner asked for
  driver::PoolClass armed_pool = driver::PoolClass::small;  // what the last receive was armed with

  std::int32_t descriptor = -1;
  std::uint32_t generation = 0;
  Operation receive;
  Operation write;  // connect, later send_rest: never both
  std::unique_ptr<RestSend> rest;
  Endpoint remote;

  [[nodiscard]] bool operations_armed() const { return receive.armed() || write.armed(); }
  [[nodiscard]] bool alive() const { return state == State::connecting || state == State::open; }
};

}  // namespace ringwire::uring
