// Schema files against the tables they are made from.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "tests/support/vectors.hpp"
#include "tests/unit/codec/wire/schema_text.hpp"

namespace ringwire::wire {
namespace {

namespace fs = std::filesystem;

constexpr const char* kAdvice = "run: ninja -C build wire-schemas";

// The source folder, which meson names to the tests it runs.
class Schema : public testing::Test {
 protected:
  void SetUp() override {
    const char* source = std::getenv("RINGWIRE_SOURCE");
    if (source == nullptr) GTEST_SKIP() << "RINGWIRE_SOURCE names no source folder";
    source_ = source;
  }
  [[nodiscard]] std::string read(std::string_view file) const {
    return test::read_file((source_ / file).string());
  }
  fs::path source_;
};

TEST_F(Schema, EveryFileSaysWhatTheTablesSay) {
  const auto check = [&](const auto& group) {
    EXPECT_EQ(read(group.schema), schema_text(group)) << group.schema << ": " << kAdvice;
  };
  std::apply([&](const auto&... groups) { (check(groups), ...); }, kSchemaGroups);
}

TEST_F(Schema, ThereIsNoFileWithoutRecords) {
  std::set<std::string> groups;
  std::apply([&](const auto&... group) { (groups.insert(std::string(group.schema)), ...); }, kSchemaGroups);
  std::size_t found = 0;
  for (const auto& entry : fs::directory_iterator(source_ / "codec/wire/proto")) {
    if (entry.path().extension() != ".proto") continue;
    ++found;
    EXPECT_TRUE(groups.contains(entry.path().lexically_relative(source_).string())) << entry.path();
  }
  EXPECT_EQ(found, groups.size() - 1) << "samples.proto alone is elsewhere";
}

// The records that a header has tables for.
std::vector<std::string> tables_of(const std::string& header) {
  static constexpr std::string_view kTable = "struct Describe<";
  std::vector<std::string> names;
  for (std::size_t at = header.find(kTable); at != std::string::npos; at = header.find(kTable, at)) {
    at += kTable.size();
    const std::string name = header.substr(at, header.find('>', at) - at);
    // One table for several messages: they are registered under the names they have themselves.
    if (name.find('<') == std::string::npos) names.push_back(name);
  }
  return names;
}

template <class T>
inline constexpr bool kIsHashesRequest = false;
template <MessageType kType, std::uint32_t kItemsMax>
inline constexpr bool kIsHashesRequest<HashesRequest<kType, kItemsMax>> = true;

// How many records have no table of their own.
std::size_t shared_tables() {
  std::size_t count = 0;
  each_record(kRecordGroups,
              [&]<class T>(const auto&, const NamedRecord<T>&) { count += kIsHashesRequest<T>; });
  return count;
}

// A table without a schema is one that nobody else can read.
TEST_F(Schema, EveryTableOfTheLibraryIsInOne) {
  std::set<std::string> registered;
  each_record(kRecordGroups,
              [&](const auto&, const auto& named) { registered.insert(std::string(named.name)); });
  std::set<std::string> found;
  for (const char* layer : {"codec", "discovery", "gossip", "sync"}) {
    for (const auto& entry : fs::recursive_directory_iterator(source_ / layer)) {
      if (entry.path().extension() != ".hpp") continue;
      for (const std::string& record : tables_of(test::read_file(entry.path().string()))) {
        found.insert(record);
        EXPECT_TRUE(registered.contains(record))
            << record << " of " << entry.path() << ": add it to tests/support/records.hpp";
      }
    }
  }
  EXPECT_EQ(found.size() + shared_tables(), registered.size());
}

TEST(SchemaText, NamesAreSnakeCaseAndNotesSayTheRest) {
  EXPECT_EQ(snake_case("blobGasUsed"), "blob_gas_used");
  const auto fields = schema_fields<Sample>();
  EXPECT_EQ(field_line(fields[1]), "  uint64 small = 2;  // 8 bits\n");
  EXPECT_EQ(field_line(fields[4]), "  bytes hash = 5;  // 4 bytes\n");
  EXPECT_EQ(field_line(fields[7]), "  optional bytes maybe = 8;  // 4 bytes\n");
  EXPECT_EQ(field_line(fields[11]), "  repeated Inner inners = 12;\n");
  EXPECT_EQ(field_line(schema_fields<Body>()[2]), "  optional WithdrawalsList withdrawals = 3;\n");
  EXPECT_EQ(field_line(schema_fields<Shape>()[0]), "  uint64 type = 1;  // kind: 0, 1, 5\n");
  EXPECT_EQ(field_line(schema_fields<Shape>()[2]), "  uint64 width = 3;  // kinds 1, 5\n");
}

}  // namespace
}  // namespace ringwire::wire
