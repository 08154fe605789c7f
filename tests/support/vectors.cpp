#include "tests/support/vectors.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

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

}  // namespace ringwire::test
