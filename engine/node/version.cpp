#include "engine/node/version.hpp"

namespace ringwire::node {

const char* version() {
  return RINGWIRE_VERSION;
}

}  // namespace ringwire::node
