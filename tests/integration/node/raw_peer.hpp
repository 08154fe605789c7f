// A session with a node whose bytes a test writes itself: it can say anything, late, in part, or not at all.
//
// Blocking sockets, one thread. Errors are exceptions: in a test there is nobody to handle them.
#pragma once

#include <span>
#include <vector>

#include "codec/wire/frame_header.hpp"
#include "engine/api/ringwire.hpp"
#include "engine/session/handshake.hpp"

namespace ringwire::test {

// A whole frame.
std::vector<std::uint8_t> frame_of(wire::MessageType type, ByteView payload);
// The payload of a topic message.
std::vector<std::uint8_t> publish_of(std::string_view topic, ByteView message);
// The same, packed by its origin; `message` must be worth it.
std::vector<std::uint8_t> packed_publish_of(std::string_view topic, ByteView message);
// A topic message under number 7 of author(), who signed `signed_message`.
std::vector<std::uint8_t> signed_publish_of(std::string_view topic, ByteView message,
                                            ByteView signed_message);
NodeId author();
// The Handshake frame of somebody who means to reach `node`.
std::vector<std::uint8_t> handshake_to(const NodeId& node);

class RawPeer {
 public:
  // Connects and proves an identity of its own; returns once the node calls the session established.
  explicit RawPeer(const Node& node);
  // Connects and says nothing yet.
  struct Unproven {};
  RawPeer(const Node& node, Unproven);
  RawPeer(RawPeer&& other) noexcept : socket_(std::exchange(other.socket_, -1)) {}
  RawPeer& operator=(RawPeer&&) = delete;
  ~RawPeer();

  void send(ByteView bytes);
  // The next frame; its payload is left in `payload`.
  wire::MessageType receive(std::vector<std::uint8_t>& payload);

 private:
  void read_all(std::span<std::uint8_t> bytes);
  void authenticate(const NodeId& node);

  int socket_ = -1;
};

}  // namespace ringwire::test
