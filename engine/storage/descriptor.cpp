#include "engine/storage/descriptor.hpp"

#include <fcntl.h>

#include <cerrno>
#include <string>
#include <string_view>

namespace ringwire::storage {

ssize_t read_up_to(int descriptor, ByteSpan room) {
  std::size_t size = 0;
  while (size < room.size()) {
    const ssize_t got = ::read(descriptor, room.data() + size, room.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return got;
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  return static_cast<ssize_t>(size);
}

bool write_all(int descriptor, ByteView bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return true;
}

bool sync_folder_of(const char* path) {
  const std::string_view whole(path);
  const std::size_t slash = whole.rfind('/');
  const std::string folder(slash == std::string_view::npos ? "." : whole.substr(0, slash + 1));
  const Descriptor opened(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return opened && ::fsync(opened.get()) == 0;
}

}  // namespace ringwire::storage
