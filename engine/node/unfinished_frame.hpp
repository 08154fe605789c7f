// How many bytes of a frame that is not whole a session's parser has, and how many of them count in the
// budget of the shard (unfinished.hpp).
//
// The parser is not asked: what it was given less the frames that it handed out is what it has, once it needs
// more. Owner and thread: the session's. session::AssemblyShard must outlive it.
#pragma once

#include <cstdint>

#include "codec/wire/frame_header.hpp"
#include "engine/session/fragment_assembler.hpp"

namespace ringwire::node {

class UnfinishedFrame {
 public:
  explicit UnfinishedFrame(session::AssemblyShard& shard) : shard_(shard) {}
  UnfinishedFrame(const UnfinishedFrame&) = delete;
  UnfinishedFrame& operator=(const UnfinishedFrame&) = delete;
  ~UnfinishedFrame() { forget(); }

  void on_input(std::uint32_t bytes) { bytes_ += bytes; }
  // It is whole; what is left are bytes of the next ones.
  void on_frame(const wire::FrameHeader& header) {
    uncount();
    bytes_ -= wire::kFrameHeaderBytes + std::uint64_t{header.length};
  }
  // All of it counts.
  void count() {
    shard_.used_bytes += bytes_ - counted_;
    counted_ = bytes_;
  }
  // The parser is gone.
  void forget() {
    uncount();
    bytes_ = 0;
  }

  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }
  [[nodiscard]] std::uint64_t counted() const { return counted_; }

 private:
  void uncount() {
    shard_.used_bytes -= counted_;
    counted_ = 0;
  }

  session::AssemblyShard& shard_;
  std::uint64_t bytes_ = 0;
  std::uint64_t counted_ = 0;
};

}  // namespace ringwire::node
