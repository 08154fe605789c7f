// Enough descriptors for what a configuration allows, seen to before anything is opened.
//
// Problem: a node that runs out of descriptors while it runs refuses peers that it promised to take, and
// cannot answer who asks for its metrics. Shells and service managers start programs with a soft limit of
// 1024 and a far higher hard one, so the soft limit is raised here, as servers are expected to do.
//
// Thread: any, before the node starts: the limit belongs to the process.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "codec/base/result.hpp"
#include "engine/api/config.hpp"

namespace ringwire::node {

struct OpenFiles {
  std::uint64_t needed = 0;  // one per place, and what the process has beside
  std::uint64_t useful = 0;  // and one per slot: refused and leaving connections have one until they are gone
};
OpenFiles open_files(const Config& config);

// Raises the soft limit to `files.useful`, or to the hard limit where that is lower. The error is one line,
// where the hard limit is below `files.needed`; `lower` is what could be lowered instead.
Status<std::string> reserve_open_files(const OpenFiles& files, std::string_view lower);

}  // namespace ringwire::node
