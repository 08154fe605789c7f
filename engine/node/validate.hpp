// Whether a configuration makes sense as a whole, before anything is opened.
#pragma once

#include <string>
#include <vector>

#include "codec/base/ids.hpp"
#include "engine/api/config.hpp"

namespace ringwire::node {

// One line per finding: the key as in the TOML file, what is wrong, what is accepted. Empty: acceptable.
std::vector<std::string> validate(const Config& config);

// How many shards the configuration asks for: shards.count, or one per CPU this process may use.
ShardId shard_count(const Config& config);

}  // namespace ringwire::node
