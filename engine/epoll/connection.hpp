// What the driver knows about one socket. A connection is in at most one of the driver's lists at a time:
// ready to be read, ready but out of its share of this turn, or waiting for a receive buffer.
#pragma once

#include <sys/uio.h>

#include <cstdint>
#include <vector>

#include "codec/base/endpoint.hpp"
#include "codec/base/intrusive_list.hpp"
#include "engine/driver/driver.hpp"

namespace ringwire::epoll {

enum class State : std::uint8_t {
  connecting,  // `connected` is still owed
  open,
  closing,  // the descriptor is gone; only `closed` is still owed
};

struct ServiceTag;

struct Connection : ListNode<ServiceTag> {
  driver::ConnectionId id;
  int descriptor = -1;
  State state = State::open;
  driver::PoolClass pool = driver::PoolClass::small;
  bool receiving = false;  // from start_receive() to `ended`
  bool paused = false;
  bool readable = false;   // an edge was reported that no recv() has exhausted
  bool end_seen = false;   // the peer's end was reported: no further edge will come, so read until it shows
  std::uint32_t turn = 0;  // the turn that `turn_bytes` belongs to
  std::uint32_t turn_bytes = 0;  // received in that turn
  std::uint32_t sent_turn = 0;   // the turn of the last send()
  std::uint32_t rest_first = 0;  // the first piece of `rest` not yet wholly sent
  std::vector<iovec> rest;       // of a send_rest() in flight, else empty
  Endpoint remote;
};

}  // namespace ringwire::epoll
