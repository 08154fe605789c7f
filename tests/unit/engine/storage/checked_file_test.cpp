#include "engine/storage/checked_file.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include "engine/disk/posix_disk.hpp"
#include "tests/support/temporary_folder.hpp"

namespace ringwire::storage {
namespace {

namespace fs = std::filesystem;
using Bytes = std::vector<std::uint8_t>;

constexpr FileFormat kFormat{{'t', 'e', 's', 't'}, 3, 1 << 20};

class CheckedFileTest : public testing::Test {
 protected:
  [[nodiscard]] CheckedFile open(const FileFormat& format = kFormat) const {
    return CheckedFile(disk_, folder_ / "state", format);
  }
  static void write(CheckedFile& file, const Bytes& bytes) {
    const auto written = file.write(bytes);
    ASSERT_TRUE(written.ok()) << written.error().message;
  }
  // As whoever starts next does.
  [[nodiscard]] CheckedFile::Loaded load() const {
    CheckedFile file = open();
    auto loaded = file.read();
    EXPECT_TRUE(loaded.ok()) << loaded.error().message;
    return loaded.ok() ? *loaded : CheckedFile::Loaded{};
  }

  [[nodiscard]] static Bytes content(const fs::path& path) {
    std::ifstream stream(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
  }
  static void put(const fs::path& path, const Bytes& bytes) {
    std::ofstream stream(path, std::ios::binary | std::ios::trunc);
    stream.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  }
  [[nodiscard]] std::size_t files() const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder_), {}));
  }

  mutable disk::PosixDisk disk_;
  const test::TemporaryFolder temporary_;
  const fs::path folder_ = temporary_.path();
};

TEST_F(CheckedFileTest, HasNothingBeforeItIsWritten) {
  const auto loaded = load();
  EXPECT_FALSE(loaded.bytes);
  EXPECT_TRUE(loaded.passed_over.empty());
}

TEST_F(CheckedFileTest, IsReadBackAsItWasWrittenLast) {
  for (int writer = 0; writer < 3; ++writer) {
    CheckedFile file = open();
    for (std::uint8_t i = 0; i < 5; ++i) {
      const Bytes bytes(std::size_t{i} * 100, i);
      write(file, bytes);
      const auto loaded = load();
      ASSERT_TRUE(loaded.bytes);
      EXPECT_EQ(*loaded.bytes, bytes);
      EXPECT_TRUE(loaded.passed_over.empty());
    }
  }
  CheckedFile file = open();
  ASSERT_TRUE(file.read().ok());
  EXPECT_EQ(file.generation(), 15U);
  EXPECT_EQ(files(), 2U) << "two copies and no draft";
}

TEST_F(CheckedFileTest, IsReadableByItsOwnerOnly) {
  const mode_t before = umask(0);
  CheckedFile file = open();
  write(file, {1});
  umask(before);
  struct stat facts {};
  ASSERT_EQ(stat(file.copy_path(0).c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 07777, 0600U);
}

// Whatever is found in the newer copy, the older one is read, and it is said.
TEST_F(CheckedFileTest, FallsBackWhereTheNewestIsCutAtAnyByte) {
  CheckedFile file = open();
  write(file, {1, 2, 3});
  write(file, {4, 5, 6, 7});
  const Bytes whole = content(file.copy_path(1));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    put(file.copy_path(1), Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)));
    const auto loaded = load();
    ASSERT_TRUE(loaded.bytes) << size;
    EXPECT_EQ(*loaded.bytes, (Bytes{1, 2, 3}));
    ASSERT_EQ(loaded.passed_over.size(), 1U);
    EXPECT_NE(loaded.passed_over[0].find("state.1"), std::string::npos);
  }
  Bytes longer = whole;
  longer.push_back(0);
  put(file.copy_path(1), longer);
  EXPECT_EQ(*load().bytes, (Bytes{1, 2, 3}));
}

TEST_F(CheckedFileTest, FallsBackWhereAnyBitOfTheNewestIsFlipped) {
  CheckedFile file = open();
  write(file, {1, 2, 3});
  write(file, {4, 5, 6, 7});
  const Bytes whole = content(file.copy_path(1));
  for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
    Bytes flipped = whole;
    flipped[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
    put(file.copy_path(1), flipped);
    const auto loaded = load();
    ASSERT_TRUE(loaded.bytes) << bit;
    ASSERT_EQ(*loaded.bytes, (Bytes{1, 2, 3})) << bit;
    ASSERT_EQ(loaded.passed_over.size(), 1U);
  }
}

TEST_F(CheckedFileTest, SaysSoWhereNoCopyIsGoodAndGoesOn) {
  CheckedFile file = open();
  write(file, {1});
  write(file, {2});
  put(file.copy_path(0), {});
  put(file.copy_path(1), Bytes(200, 7));
  const auto loaded = load();
  EXPECT_FALSE(loaded.bytes);
  EXPECT_EQ(loaded.passed_over.size(), 2U);
  CheckedFile next = open();
  write(next, {3});
  EXPECT_EQ(*load().bytes, Bytes{3});
  write(next, {4});
  EXPECT_EQ(*load().bytes, Bytes{4});
  EXPECT_TRUE(load().passed_over.empty());
}

// The states in which a kill or a power failure can leave the folder, for each of the first writes.
TEST_F(CheckedFileTest, HasTheOldOrTheNewAfterAKillAtAnyStep) {
  for (std::uint8_t writes = 0; writes < 4; ++writes) {
    fs::remove_all(folder_);
    fs::create_directory(folder_);
    CheckedFile file = open();
    for (std::uint8_t i = 1; i <= writes; ++i) write(file, Bytes(10, i));
    const auto old_bytes = load().bytes;
    const Bytes next(10, static_cast<std::uint8_t>(writes + 1));
    const std::size_t older = writes % 2;
    const bool was_there = fs::exists(file.copy_path(older));
    const Bytes before = was_there ? content(file.copy_path(older)) : Bytes{};
    write(file, next);
    const Bytes draft = content(file.copy_path(older));
    const auto restore = [&] {
      if (was_there) {
        put(file.copy_path(older), before);
      } else {
        fs::remove(file.copy_path(older));
      }
    };
    // While the draft was being written, up to its last byte; not renamed.
    restore();
    for (std::size_t size = 0; size <= draft.size(); ++size) {
      put(file.draft_path(), Bytes(draft.begin(), draft.begin() + static_cast<std::ptrdiff_t>(size)));
      const auto loaded = load();
      ASSERT_EQ(loaded.bytes, old_bytes);
      ASSERT_TRUE(loaded.passed_over.empty());
    }
    // The next start writes over what was left.
    CheckedFile again = open();
    write(again, next);
    EXPECT_EQ(*load().bytes, next);
    EXPECT_FALSE(fs::exists(file.draft_path()));
    // Renamed; whether or not the folder was synced, it is one of the two.
    EXPECT_EQ(load().passed_over.size(), 0U);
  }
}

TEST_F(CheckedFileTest, LeavesTheFileOfANewerProgramAlone) {
  FileFormat later = kFormat;
  later.version = 4;
  CheckedFile old_file = open();
  write(old_file, {1});
  CheckedFile new_file = open(later);
  write(new_file, {2});
  const Bytes newer = content(new_file.copy_path(0));
  CheckedFile file = open();
  const auto loaded = file.read();
  ASSERT_FALSE(loaded.ok());
  EXPECT_EQ(loaded.error().fault, FileFault::newer_version);
  EXPECT_NE(loaded.error().message.find("version 4"), std::string::npos) << loaded.error().message;
  for (int i = 0; i < 3; ++i) {
    const auto written = file.write(Bytes{9});
    ASSERT_FALSE(written.ok());
    EXPECT_EQ(written.error().fault, FileFault::newer_version);
  }
  CheckedFile blind = open();
  EXPECT_FALSE(blind.write(Bytes{9}).ok()) << "also where nobody read before";
  EXPECT_EQ(content(new_file.copy_path(0)), newer);
}

TEST_F(CheckedFileTest, PassesOverTheFileOfAnotherKindOrAnOlderVersion) {
  for (const FileFormat& other :
       {FileFormat{{'n', 'o', 'p', 'e'}, 3, 100}, FileFormat{{'t', 'e', 's', 't'}, 2, 100}}) {
    CheckedFile foreign(disk_, folder_ / "other", other);
    write(foreign, {1});
    CheckedFile file = open();
    write(file, {1});
    write(file, {2});
    const std::size_t newest = fs::exists(file.copy_path(1)) ? file.generation() % 2 == 0 : 0;
    fs::copy_file(foreign.copy_path(0), file.copy_path(newest), fs::copy_options::overwrite_existing);
    const auto loaded = load();
    ASSERT_TRUE(loaded.bytes);
    EXPECT_EQ(*loaded.bytes, Bytes{1});
    EXPECT_EQ(loaded.passed_over.size(), 1U);
    fs::remove_all(folder_);
    fs::create_directory(folder_);
  }
}

TEST_F(CheckedFileTest, PassesOverWhatTheCallerCannotUse) {
  CheckedFile file = open();
  write(file, {1});
  write(file, {2});
  CheckedFile next = open();
  const auto loaded = next.read([](ByteView bytes) {
    return bytes[0] == 2 ? std::optional<std::string>("is not to my liking") : std::nullopt;
  });
  ASSERT_TRUE(loaded.ok());
  EXPECT_EQ(*loaded->bytes, Bytes{1});
  ASSERT_EQ(loaded->passed_over.size(), 1U);
  EXPECT_NE(loaded->passed_over[0].find("liking"), std::string::npos);
  write(next, {3});
  EXPECT_EQ(*load().bytes, Bytes{3});
}

TEST_F(CheckedFileTest, DoesNotReadMoreThanSuchAFileMayHave) {
  CheckedFile file = open();
  write(file, {1});
  put(file.copy_path(1), Bytes((1 << 20) + 65));
  const auto loaded = load();
  EXPECT_EQ(*loaded.bytes, Bytes{1});
  ASSERT_EQ(loaded.passed_over.size(), 1U);
  EXPECT_NE(loaded.passed_over[0].find("longer"), std::string::npos);
}

TEST_F(CheckedFileTest, SaysWhatIsInItsPlace) {
  CheckedFile file = open();
  fs::create_directory(file.copy_path(0));
  ASSERT_EQ(mkfifo(file.copy_path(1).c_str(), 0600), 0);
  const auto loaded = load();
  EXPECT_FALSE(loaded.bytes);
  EXPECT_EQ(loaded.passed_over.size(), 2U) << "and nobody waits for a writer";
  const auto written = file.write(Bytes{1});
  ASSERT_FALSE(written.ok()) << "a folder is not replaced";
  EXPECT_EQ(written.error().fault, FileFault::disk);
  EXPECT_FALSE(fs::exists(file.draft_path()));
  CheckedFile nowhere(disk_, folder_ / "no" / "such" / "state", kFormat);
  EXPECT_FALSE(nowhere.write(Bytes{1}).ok());
}

// In a process of its own, as somebody else or with less room; what it returns is its last word.
int in_child(const std::function<int()>& body) {
  const pid_t child = fork();
  if (child == 0) _exit(body());
  int status = 0;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST_F(CheckedFileTest, KeepsItsCopiesWhereTheDiskIsFullAndGoesOnWhenThereIsRoom) {
  CheckedFile file = open();
  write(file, Bytes(100, 1));
  write(file, Bytes(100, 2));
  const int result = in_child([&] {
    // A limit on the size of a file fails a write half way, as a full disk does.
    signal(SIGXFSZ, SIG_IGN);
    const rlimit little{2'000, 10'000};
    if (setrlimit(RLIMIT_FSIZE, &little) != 0) return 2;
    CheckedFile child = open();
    if (!child.read().ok()) return 3;
    const auto failed = child.write(Bytes(5'000, 3));
    if (failed.ok() || failed.error().fault != FileFault::disk) return 4;
    if (fs::exists(child.draft_path())) return 5;
    const rlimit more{10'000, 10'000};
    if (setrlimit(RLIMIT_FSIZE, &more) != 0) return 6;
    return child.write(Bytes(5'000, 4)).ok() ? 0 : 7;
  });
  ASSERT_EQ(result, 0);
  EXPECT_EQ(*load().bytes, Bytes(5'000, 4));
  EXPECT_TRUE(load().passed_over.empty());
}

TEST_F(CheckedFileTest, SaysSoWhereItMayNotWriteOrRead) {
  CheckedFile file = open();
  write(file, {1});
  ASSERT_EQ(chmod(folder_.c_str(), 0555), 0);
  ASSERT_EQ(chmod(file.copy_path(0).c_str(), 0), 0);
  const int result = in_child([&] {
    // Nothing is forbidden to root.
    if (geteuid() == 0 && setresuid(65'534, 65'534, 65'534) != 0) return 2;
    CheckedFile child = open();
    const auto loaded = child.read();
    if (!loaded.ok() || loaded->bytes || loaded->passed_over.size() != 1) return 3;
    const auto written = child.write(Bytes{2});
    if (written.ok() || written.error().fault != FileFault::disk) return 4;
    return written.error().message.find("state") == std::string::npos ? 5 : 0;
  });
  EXPECT_EQ(result, 0);
}

}  // namespace
}  // namespace ringwire::storage
