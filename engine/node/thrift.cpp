#include "engine/node/thrift.hpp"

#include <malloc.h>

#include <algorithm>

namespace ringwire::node {

void Thrift::look(std::uint64_t used_bytes, Instant now) {
  used_ = used_bytes;
  most_ = std::max(most_, used_);
  const bool worth_it = most_ - used_ >= kThriftBytes && used_ <= most_ / 4;
  if (!worth_it) {
    due_ = kNever;
  } else if (due_ == kNever) {
    due_ = std::max(now + kThriftAfter, not_before_);
  }
}

void Thrift::give_back(Instant now) {
#if defined(__GLIBC__)
  ::malloc_trim(0);
#endif
  times_.add();
  most_ = used_;
  due_ = kNever;
  not_before_ = now + kThriftEvery;
}

}  // namespace ringwire::node
