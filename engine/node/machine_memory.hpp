// How much memory this process may use at all, so that a plan that cannot be kept is refused at the start and
// not by the kernel's out-of-memory killer in the middle of a night.
//
// The least of: the machine's memory, the limits of the control groups that this process is in (versions 1
// and 2, whole path), RLIMIT_AS and RLIMIT_DATA. What cannot be read limits nothing.
//
// Thread: any.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace ringwire::node {

struct MemoryLimit {
  std::uint64_t bytes = UINT64_MAX;
  std::string whose;  // "this machine has", "its control group /x allows", ...
};

// `root` is /, or what a test put in its place.
MemoryLimit memory_limit(const std::filesystem::path& root = "/");

}  // namespace ringwire::node
