// Which ringwire this is.
#pragma once

namespace ringwire::node {

// "0.1.0", as meson.build says.
const char* version();

}  // namespace ringwire::node
