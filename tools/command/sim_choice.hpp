// Which scenario a command line means: one of the library by its name, or a file; and what was asked for
// beside it.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "codec/base/result.hpp"
#include "tools/sim/scenario.hpp"

namespace ringwire::command {

struct SimChoice {
  std::string scenario = "random-world";  // a name, or a path: what has a slash or ends in ".toml"
  std::optional<std::uint64_t> seed;      // else the file's, or 1
  std::uint32_t nodes = 0;                // 0: the scenario's own
  double minutes = 0;                     // likewise
  std::optional<bool> tls;
};

struct Chosen {
  std::uint64_t seed = 1;
  // The scenario with this seed. Of a file only the seed differs, of the library whatever is drawn.
  std::function<sim::Scenario(std::uint64_t seed)> make;
};

// Passes check() with `seed`, or the lines that say what is wrong.
Result<Chosen, std::vector<std::string>> choose(const SimChoice& choice);

// What does the same again: "ringwire sim random-world --seed 17 --nodes 8".
std::string command_line(const SimChoice& choice, std::uint64_t seed);

}  // namespace ringwire::command
