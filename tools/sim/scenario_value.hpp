// One value of a scenario and what stands for it in a TOML file.
#pragma once

#include <toml++/toml.h>

#include <string>

#include "tools/sim/scenario.hpp"

namespace ringwire::sim {

// What is of another type or does not fit becomes a value that check() refuses: it knows the words. False
// where it may have none: of a toggle, which stays, and of a 64-bit number, which may also be a text.
bool assign(bool& value, const toml::node& node);
bool assign(std::uint32_t& value, const toml::node& node);
bool assign(std::uint64_t& value, const toml::node& node);
bool assign(std::int64_t& value, const toml::node& node);
bool assign(std::string& value, const toml::node& node);
bool assign(Duration& value, const toml::node& node);
bool assign(FaultKind& value, const toml::node& node);

// As it is written into a file.
std::string literal(bool value);
std::string literal(std::uint32_t value);
std::string literal(std::uint64_t value);  // a text from 2^63 on
std::string literal(std::int64_t value);
std::string literal(const std::string& value);  // on one line, whatever is in it
std::string literal(Duration value);
std::string literal(FaultKind value);

}  // namespace ringwire::sim
