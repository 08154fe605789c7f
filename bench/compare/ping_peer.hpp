// The other end of a round trip: one authenticated connection, driven as a shard of a node drives it.
#pragma once

#include <memory>
#include <vector>

#include "bench/compare/workload.hpp"
#include "codec/base/heap_buffer.hpp"
#include "codec/wire/frame_parser.hpp"
#include "engine/api/config.hpp"
#include "engine/driver/driver.hpp"
#include "engine/shard/wait_policy.hpp"

namespace ringwire::compare {

class PingPeer {
 public:
  // Connects to a node on loopback and authenticates. Throws std::runtime_error.
  PingPeer(std::uint16_t port, std::uint32_t payload_bytes, DriverChoice driver, bool busy_poll);
  PingPeer(const PingPeer&) = delete;
  PingPeer& operator=(const PingPeer&) = delete;
  ~PingPeer();

  // Sends a ping and returns when its pong is there, checked. Throws where the node ends the connection or
  // says something else.
  Duration round_trip();

 private:
  void turn();
  void on_received(Slice data);

  HeapBuffers heap_;
  std::unique_ptr<driver::Driver> driver_;
  shard::WaitPolicy wait_policy_;
  wire::FrameParser parser_;
  driver::ConnectionId connection_;
  std::vector<std::uint8_t> request_;
  bool answered_ = false;
};

}  // namespace ringwire::compare
