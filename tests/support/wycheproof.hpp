// The files of Project Wycheproof: groups with common parameters, each with cases that say "valid",
// "acceptable" (a weakness that some refuse) or "invalid".
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "tests/support/vectors.hpp"

namespace ringwire::test {

// Calls `check(group, row)` for each case; the message of a failure inside names the case.
template <class Check>
void for_each_case(const std::string& path, const Check& check) {
  const auto file = nlohmann::json::parse(read_file(path));
  for (const auto& group : file["testGroups"]) {
    for (const auto& row : group["tests"]) {
      SCOPED_TRACE("case " + row["tcId"].dump() + ": " + row["comment"].get<std::string>());
      check(group, row);
    }
  }
}

}  // namespace ringwire::test
