// How many bytes of heap the program uses. Replaces the global operators: one source file of a program
// includes it.
#pragma once

#include <malloc.h>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <new>

namespace ringwire::test {

inline std::size_t live_bytes = 0;
inline std::size_t peak_bytes = 0;

// The most that `run` used at any time beyond what there was before. One thread.
template <class Run>
std::size_t peak_of(const Run& run) {
  const std::size_t before = peak_bytes = live_bytes;
  run();
  return peak_bytes - before;
}

}  // namespace ringwire::test

void* operator new(std::size_t bytes) {
  void* const block = std::malloc(bytes);
  if (block == nullptr) std::abort();
  ringwire::test::live_bytes += malloc_usable_size(block);
  ringwire::test::peak_bytes = std::max(ringwire::test::peak_bytes, ringwire::test::live_bytes);
  return block;
}
void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept {
  return operator new(bytes);
}
void operator delete(void* block) noexcept {
  if (block != nullptr) ringwire::test::live_bytes -= malloc_usable_size(block);
  std::free(block);
}
void operator delete(void* block, std::size_t) noexcept {
  operator delete(block);
}
