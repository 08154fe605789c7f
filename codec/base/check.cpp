#include "codec/base/check.hpp"

#include <cstdio>
#include <cstdlib>

namespace ringwire {

void check_failed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "ringwire: invariant broken: %s (%s:%d)\n", condition, file, line);
  std::abort();
}

}  // namespace ringwire
