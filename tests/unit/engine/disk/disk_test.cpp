#include "engine/disk/disk.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "engine/disk/posix_disk.hpp"
#include "tests/support/temporary_folder.hpp"

namespace ringwire::disk {
namespace {

namespace fs = std::filesystem;

TEST(Disk, SaysToAnOperatorWhatFailed) {
  EXPECT_EQ(explain({Operation::write, ENOSPC}), "cannot be written: No space left on device");
  EXPECT_EQ(explain({Operation::sync, EIO}), "cannot be made durable: Input/output error");
}

TEST(Disk, FindsTheFolderOfAName) {
  EXPECT_EQ(folder_of("/a/b"), "/a");
  EXPECT_EQ(folder_of("a/b"), "a");
  EXPECT_EQ(folder_of("b"), ".");
  EXPECT_EQ(folder_of("/b"), "/");
}

class PosixDiskTest : public testing::Test {
 protected:
  [[nodiscard]] static mode_t mode(const Path& path) {
    struct stat facts {};
    EXPECT_EQ(stat(path.c_str(), &facts), 0);
    return facts.st_mode & 07777;
  }

  PosixDisk disk_;
  const test::TemporaryFolder temporary_;
  const Path folder_ = temporary_.path();
};

TEST_F(PosixDiskTest, MakesFilesAndFoldersForTheirOwnerOnly) {
  const mode_t before = umask(0);
  ASSERT_TRUE(disk_.open(folder_ / "file", Open::create).ok());
  ASSERT_TRUE(make_folders(disk_, folder_ / "one" / "two").ok());
  umask(before);
  EXPECT_EQ(mode(folder_ / "file"), 0600U);
  EXPECT_EQ(mode(folder_ / "one"), 0700U);
  EXPECT_EQ(mode(folder_ / "one" / "two"), 0700U);
}

TEST_F(PosixDiskTest, WaitsForNobodyAtAPipe) {
  ASSERT_EQ(mkfifo((folder_ / "pipe").c_str(), 0600), 0);
  EXPECT_EQ(disk_.open(folder_ / "pipe", Open::read).error().number, ENOTSUP);
  EXPECT_EQ(disk_.open(folder_ / "pipe", Open::edit).error().number, ENOTSUP);
}

}  // namespace
}  // namespace ringwire::disk
