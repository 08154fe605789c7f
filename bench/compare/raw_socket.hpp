// Blocking sockets for floors and clients, where the cheapest call that does the work is the right one.
#pragma once

#include <sys/uio.h>

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "codec/base/bytes.hpp"

namespace ringwire::compare {

struct RawListener {
  int descriptor = -1;
  std::uint16_t port = 0;
};

inline constexpr const char* kRawAddress = "127.0.0.1";
// For a server whose library takes the port on kRawAddress for itself: the same port here is for its input.
inline constexpr const char* kRawInputAddress = "127.0.0.2";

struct RawListenOptions {
  bool blocking = false;
  const char* address = kRawAddress;
  std::uint16_t port = 0;  // 0: a free one
};

// Throws std::system_error.
RawListener open_raw_listener(const RawListenOptions& options);
inline RawListener open_raw_listener() {
  return open_raw_listener({});
}
// A blocking connection; throws std::system_error.
int connect_raw(std::uint16_t port, const char* address = kRawAddress);
void set_no_delay(int descriptor);
// For a socket that only receives from now on: its reads send the acknowledgement. Otherwise a socket that
// once took part in a dialogue (a handshake) delays it, and it is the sender's CPU that does part of it: how
// a server spoke when a connection began would decide what it seems to cost.
void acknowledge_at_once(int descriptor);

// Sends everything, waiting for room where a non-blocking socket has none. A broken connection is ignored:
// the next read tells.
void send_whole(int descriptor, ByteView bytes);
void send_whole(int descriptor, std::span<iovec> pieces);  // `pieces` is consumed

// Receives exactly `bytes`, discarding them without copying to user space. False at the end of the stream.
bool discard(int descriptor, std::size_t bytes);
// The same without waiting: how many bytes there were. Nothing at the end of the stream.
std::optional<std::size_t> discard_what_is_there(int descriptor);
// Receives exactly out.size() bytes. False at the end of the stream.
bool receive_whole(int descriptor, ByteSpan out);

}  // namespace ringwire::compare
