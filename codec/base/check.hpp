// Three kinds of check, and a peer can trip only the third.
//
//   RW_ASSERT(condition)  our own invariant; always on; aborts with file and line.
//   RW_ASSUME(condition)  the same on a hot path; on in debug, sanitizer, fuzz and simulator builds
//                         (RINGWIRE_CHECKED), otherwise compiled out without being evaluated.
//   Result<T, E>          everything a peer, a disk, a flag or an operator can cause (codec/base/result.hpp).
#pragma once

namespace ringwire {

[[noreturn]] void check_failed(const char* condition, const char* file, int line);

}  // namespace ringwire

#define RW_ASSERT(condition) \
  (static_cast<bool>(condition) ? void(0) : ::ringwire::check_failed(#condition, __FILE__, __LINE__))

#if defined(RINGWIRE_CHECKED)
#define RW_ASSUME(condition) RW_ASSERT(condition)
#else
#define RW_ASSUME(condition) void(sizeof(static_cast<bool>(condition)))
#endif
