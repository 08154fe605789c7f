// From defaults, a TOML file, the environment and flags to one Config, or to everything that is wrong with
// them.
//
// A later source overrides an earlier one key by key; a list is replaced as a whole. Nothing is taken over in
// part: with a single finding there is no Config. Findings come all at once, so that an operator corrects a
// file in one go; only a file that is no TOML ends at its first error.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "codec/base/result.hpp"
#include "engine/api/config.hpp"
#include "tools/command/settings.hpp"

namespace ringwire::command {

struct Finding {
  std::string place;  // "node.toml:12", "variable RINGWIRE_LISTEN", "flag --shards"
  std::string key;    // empty where the whole source is meant
  std::string text;   // what is accepted, and what was given

  [[nodiscard]] std::string to_string() const;  // "place: key: text"
};
using Findings = std::vector<Finding>;

struct Sources {
  std::optional<std::filesystem::path> file;
  std::vector<std::pair<std::string, std::string>> environment;  // name and value, other programs' included
  std::map<const Setting*, Texts> flags;
};

struct LoadedConfig {
  Config config;
  std::map<std::string_view, std::string> places;  // by key; a key without one has its default
};

Result<LoadedConfig, Findings> load_config(const Sources& sources);

// The variables of this process.
std::vector<std::pair<std::string, std::string>> process_environment();

// A complete TOML file with a comment for each key. With `places`, what was set where is noted beside it.
std::string write_config(const Config& config,
                         const std::map<std::string_view, std::string>* places = nullptr);

}  // namespace ringwire::command
