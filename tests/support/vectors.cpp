#include "tests/support/vectors.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "codec/base/bytes.hpp"

namespace ringwire::test {

std::optional<std::string> vectors_path(const std::string& relative) {
  const char* folder = std::getenv("RINGWIRE_VECTORS");
  if (folder == nullptr) return std::nullopt;
  const std::string path = std::string(folder) + "/" + relative;
  if (!std::filesystem::exists(path)) return std::nullopt;
  return path;
}

std::string read_file(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

std::vector<std::uint8_t> bytes_of_hex(const std::string& digits) {
  std::vector<std::uint8_t> bytes((digits.size() - (digits.starts_with("0x") ? 2 : 0)) / 2);
  EXPECT_TRUE(from_hex(digits, bytes)) << digits;
  return bytes;
}

}  // namespace ringwire::test
