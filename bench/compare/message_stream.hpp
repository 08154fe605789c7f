// What one receiver is sent, read and checked message by message: for the rounds whose every byte counts.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "bench/compare/publish_frames.hpp"
#include "bench/compare/workload.hpp"

namespace ringwire::compare {

class MessageStream {
 public:
  // `frames` must outlive the stream; the socket stays the caller's.
  MessageStream(int socket, Dialect dialect, const PublishFrames& frames)
      : socket_(socket), dialect_(dialect), frames_(frames) {}

  // The number of the next message, nothing when none came in time. Throws std::runtime_error for the end of
  // the stream and for everything that is no message, or not as it was sent.
  std::optional<std::uint64_t> next(int timeout_ms);

  // Nothing was received beyond the messages taken.
  [[nodiscard]] bool empty() const { return bytes_.empty() && numbers_.empty() && assembled_.empty(); }

 private:
  bool receive(int timeout_ms);
  void parse();
  void take_frame(ByteView frame);

  int socket_;
  Dialect dialect_;
  const PublishFrames& frames_;
  std::vector<std::uint8_t> bytes_;
  std::vector<std::uint8_t> assembled_;  // of a message in fragments
  std::deque<std::uint64_t> numbers_;
};

}  // namespace ringwire::compare
