// Which CPU a shard runs on: what the operator wrote, what the process may use, and the call that pins.
//
// Errors are one line for the operator: what is wrong, where, and what is accepted. Thread: the pin and the
// name are the calling thread's.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "codec/base/result.hpp"

namespace ringwire::shard {

using Cpu = std::uint32_t;

inline constexpr Cpu kCpusMax = 8192;  // what Linux can be built for (CONFIG_NR_CPUS on x86)

// "0-1,4" is CPUs 0, 1 and 4 in this order: the i-th shard gets the i-th CPU. Empty text is an empty list. A
// CPU named twice is refused: two shards that never wait would take turns on one core.
Result<std::vector<Cpu>, std::string> parse_cpus(std::string_view text);

// The CPUs this process may run on (cgroup, taskset), ascending.
std::vector<Cpu> usable_cpus();

Status<std::string> pin_this_thread(Cpu cpu);

// Shown by top -H and gdb; the kernel keeps 15 bytes of it.
void name_this_thread(std::string_view name);

}  // namespace ringwire::shard
