// A file descriptor that is closed once, and the two loops that read and write need.
//
// Thread: any; read and write wait for the disk.
#pragma once

#include <unistd.h>

#include <cstdint>
#include <utility>

#include "codec/base/bytes.hpp"

namespace ringwire::disk {

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }

  [[nodiscard]] int get() const { return number_; }
  explicit operator bool() const { return number_ >= 0; }

 private:
  int number_;
};

// Up to `room`, in however many pieces it comes. Fewer only at the end of the file; below zero, errno says
// why.
ssize_t read_up_to(int descriptor, std::uint64_t offset, ByteSpan room);
// All of it, or errno says why not.
bool write_all(int descriptor, std::uint64_t offset, ByteView bytes);

}  // namespace ringwire::disk
