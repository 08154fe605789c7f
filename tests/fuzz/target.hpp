// What every fuzz target has in common.
//
// A target is one file with LLVMFuzzerTestOneInput, which traps when a property breaks, and seeds(), which
// gives the valid inputs that mutation starts from. With the build option `fuzz` libFuzzer drives it;
// otherwise replay.cpp does, as a bounded test.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "codec/base/bytes.hpp"
#include "codec/base/check.hpp"

namespace ringwire::fuzz {

using Input = std::vector<std::uint8_t>;

std::vector<Input> seeds();

inline Input input_of(ByteView bytes) {
  return {bytes.begin(), bytes.end()};
}

}  // namespace ringwire::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
