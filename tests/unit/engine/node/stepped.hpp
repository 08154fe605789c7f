// The simulated world, for tests of a node or a few.
#pragma once

#include "engine/node/stepped/sim_node.hpp"
#include "engine/node/stepped/stranger.hpp"

namespace ringwire::node {

using stepped::host;
using stepped::key_of;
using stepped::key_owned_by;
using stepped::peer_options;
using stepped::SimNode;
using stepped::small_config;
using stepped::Stranger;
using stepped::World;

}  // namespace ringwire::node
