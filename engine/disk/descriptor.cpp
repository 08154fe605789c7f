#include "engine/disk/descriptor.hpp"

#include <cerrno>

namespace ringwire::disk {

ssize_t read_up_to(int descriptor, std::uint64_t offset, ByteSpan room) {
  std::size_t size = 0;
  while (size < room.size()) {
    const ssize_t got =
        ::pread(descriptor, room.data() + size, room.size() - size, static_cast<off_t>(offset + size));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return got;
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  return static_cast<ssize_t>(size);
}

bool write_all(int descriptor, std::uint64_t offset, ByteView bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::pwrite(descriptor, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    offset += static_cast<std::uint64_t>(written);
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return true;
}

}  // namespace ringwire::disk
