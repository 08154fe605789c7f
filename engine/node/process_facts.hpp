// What the kernel says about this process.
#pragma once

#include <cstdint>

namespace ringwire::node {

// Bytes of the process that are in RAM; 0 where /proc does not say. Reads a file of /proc: no disk, no wait.
std::uint64_t resident_bytes();

}  // namespace ringwire::node
