#include "engine/storage/key_file.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <vector>

#include "tests/support/temporary_folder.hpp"

namespace ringwire::storage {
namespace {

namespace fs = std::filesystem;

class KeyFile : public testing::Test {
 protected:
  void write(const std::string& text, mode_t mode = 0600) const {
    std::ofstream(path_, std::ios::binary) << text;
    ASSERT_EQ(chmod(path_.c_str(), mode), 0);
  }
  [[nodiscard]] std::string content() const {
    std::ifstream stream(path_, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
  }
  [[nodiscard]] std::size_t files() const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder_), {}));
  }

  const test::TemporaryFolder temporary_;
  const fs::path folder_ = temporary_.path();
  const fs::path path_ = folder_ / "node.key";
};

std::string hex(const crypto::SecretKey& key) {
  return to_hex(key.reveal());
}

TEST_F(KeyFile, IsReadBackAsItWasMade) {
  const auto made = create_key_file(path_);
  ASSERT_TRUE(made.ok()) << made.error().message;
  const auto read = read_key_file(path_);
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_EQ(hex(*made), hex(*read));
  EXPECT_EQ(content(), hex(*made) + "\n");
  EXPECT_EQ(files(), 1U) << "a draft was left behind";
}

TEST_F(KeyFile, IsReadableByItsOwnerOnlyWhateverTheUmask) {
  const mode_t before = umask(0);
  const auto made = create_key_file(path_);
  umask(0777);
  const auto strict = create_key_file(folder_ / "strict.key");
  umask(before);
  ASSERT_TRUE(made.ok() && strict.ok());
  for (const char* name : {"node.key", "strict.key"}) {
    struct stat facts {};
    ASSERT_EQ(stat((folder_ / name).c_str(), &facts), 0);
    EXPECT_EQ(facts.st_mode & 07777, 0600U) << name;
  }
}

TEST_F(KeyFile, IsNeverOverwritten) {
  write("precious");
  const auto made = create_key_file(path_);
  ASSERT_FALSE(made.ok());
  EXPECT_EQ(made.error().fault, KeyFileFault::exists);
  EXPECT_EQ(content(), "precious");
  EXPECT_EQ(files(), 1U);
}

TEST_F(KeyFile, IsMadeOnceWhenProcessesRace) {
  // Processes, because the draft is named after the process.
  constexpr int kRacers = 8;
  std::vector<pid_t> children;
  for (int i = 0; i < kRacers; ++i) {
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) _exit(create_key_file(path_).ok() ? 0 : 1);
    children.push_back(child);
  }
  int winners = 0;
  for (const pid_t child : children) {
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFEXITED(status));
    winners += WEXITSTATUS(status) == 0 ? 1 : 0;
  }
  EXPECT_EQ(winners, 1);
  EXPECT_TRUE(read_key_file(path_).ok());
  EXPECT_EQ(files(), 1U);
}

TEST_F(KeyFile, IsRefusedWhereAnybodyElseMayTouchIt) {
  const std::string digits(63, '0');
  for (mode_t extra = 1; extra < 0100; ++extra) {
    write(digits + "1\n", 0600 | extra);
    const auto read = read_key_file(path_);
    ASSERT_FALSE(read.ok()) << extra;
    EXPECT_EQ(read.error().fault, KeyFileFault::exposed);
    EXPECT_NE(read.error().message.find("chmod 600"), std::string::npos);
  }
  write(digits + "1\n", 0400);
  EXPECT_TRUE(read_key_file(path_).ok());
}

TEST_F(KeyFile, HoldsNothingButAKey) {
  const std::string zero(64, '0');
  const std::string order = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141";
  const std::string one = std::string(63, '0') + "1";
  for (const std::string& text :
       {std::string(), std::string("\n"), zero, order, one.substr(1), one + "0", "0x" + one, one + "\n\n",
        " " + one, one.substr(1) + "g", one + "\n" + one}) {
    write(text);
    const auto read = read_key_file(path_);
    ASSERT_FALSE(read.ok()) << text;
    EXPECT_EQ(read.error().fault, KeyFileFault::no_key) << text;
    EXPECT_EQ(read.error().message.find("000000"), std::string::npos) << "the message shows the key";
  }
  for (const std::string& text : {one, one + "\n"}) {
    write(text);
    EXPECT_TRUE(read_key_file(path_).ok()) << text;
  }
}

TEST_F(KeyFile, SaysWhatIsWrongWithThePath) {
  EXPECT_EQ(read_key_file(path_).error().fault, KeyFileFault::absent);
  EXPECT_EQ(read_key_file(folder_).error().fault, KeyFileFault::no_key);
  EXPECT_EQ(create_key_file(folder_ / "no" / "such" / "folder").error().fault, KeyFileFault::disk);
  ASSERT_EQ(mkfifo(path_.c_str(), 0600), 0);
  EXPECT_EQ(read_key_file(path_).error().fault, KeyFileFault::no_key) << "must not wait for a writer";
}

TEST_F(KeyFile, IsDifferentEachTime) {
  std::set<std::string> keys;
  for (int i = 0; i < 20; ++i) keys.insert(hex(*create_key_file(folder_ / std::to_string(i))));
  EXPECT_EQ(keys.size(), 20U);
}

}  // namespace
}  // namespace ringwire::storage
