// wire_schemas SOURCE: writes the schema files below that folder anew, where they are not as they should be.
#include <cstdio>
#include <fstream>
#include <sstream>

#include "tests/unit/codec/wire/schema_text.hpp"

namespace {

bool write_schema(const std::string& path, const std::string& text) {
  std::ostringstream before;
  before << std::ifstream(path).rdbuf();
  if (before.str() == text) return true;
  std::ofstream file(path);
  file << text;
  file.close();
  std::printf("%s %s\n", file ? "wrote" : "cannot write", path.c_str());
  return !file.fail();
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 2) {
    std::fputs("usage: wire_schemas SOURCE\n", stderr);
    return 2;
  }
  bool ok = true;
  const auto write = [&](const auto& group) {
    ok &= write_schema(std::string(arguments[1]) + "/" + std::string(group.schema),
                       ringwire::wire::schema_text(group));
  };
  std::apply([&](const auto&... groups) { (write(groups), ...); }, ringwire::wire::kSchemaGroups);
  return ok ? 0 : 1;
}
