// Third-party test data, read in place: option `vectors`, or the environment variable RINGWIRE_VECTORS.
//
//   RW_REQUIRE_VECTORS(path, "rlp/cases.json");  // skips the test by name where it is absent
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ringwire::test {

// The path of a file or folder below the vectors folder; nothing where it does not exist.
std::optional<std::string> vectors_path(const std::string& relative);
std::string read_file(const std::string& path);

// The bytes that hexadecimal digits spell, with or without 0x; a failed expectation where they spell none.
std::vector<std::uint8_t> bytes_of_hex(const std::string& digits);

}  // namespace ringwire::test

#define RW_REQUIRE_VECTORS(variable, relative)                               \
  const auto variable##_found = ::ringwire::test::vectors_path(relative);    \
  if (!variable##_found) GTEST_SKIP() << "test data absent: " << (relative); \
  const std::string& variable = *variable##_found
