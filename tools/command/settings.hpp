// Everything that can be set, once: the table behind the TOML file, the RINGWIRE_* variables, the flags,
// `config default`, and the check of each single value. What several values must satisfy together is
// check_together().
//
// A setting has one key. "limits.inbound-max" is `inbound-max` under [limits] in the file, the variable
// RINGWIRE_LIMITS_INBOUND_MAX, and the flag --limits.inbound-max unless the table gives it a shorter one.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/api/config.hpp"
#include "tools/command/value.hpp"

namespace ringwire::command {

struct Setting {
  std::string_view key;
  std::string_view flag;  // without dashes; empty = the key
  std::string_view help;  // one line, ends with a full stop
  Value value;
  std::string_view example;  // shown where there is no default, or an empty one

  [[nodiscard]] std::string flag_name() const;      // "--shards"
  [[nodiscard]] std::string variable_name() const;  // "RINGWIRE_SHARDS_COUNT"
  [[nodiscard]] std::string_view group() const;     // "shards"; empty for a key without one
  [[nodiscard]] std::string_view name() const;      // "count"
};

// In the order of the file: keys without a group first, then group by group.
std::span<const Setting> settings();
// Null where no setting has this key.
const Setting* find_setting(std::string_view key);

// Of the candidates, the one that `word` most likely misspells; empty where none is near.
std::string nearest(std::string_view word, const std::vector<std::string>& candidates);

// One value that does not fit another one.
struct Misfit {
  std::string_view key;
  std::string_view other;
  std::string accepted;
};
std::vector<Misfit> check_together(const Config& config);

}  // namespace ringwire::command
