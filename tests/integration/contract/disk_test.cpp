// The contract of engine/disk/disk.hpp over the disk of this machine and over the simulated one: what a store
// may rely on while nothing fails. What remains after a failure: tests/unit/engine/sim/sim_disk_test.cpp.
#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <memory>
#include <numeric>

#include "codec/base/prng.hpp"
#include "engine/disk/posix_disk.hpp"
#include "engine/sim/sim_disk.hpp"
#include "tests/support/temporary_folder.hpp"

namespace ringwire::disk {
namespace {

namespace fs = std::filesystem;
using Bytes = std::vector<std::uint8_t>;
using Names = std::vector<std::string>;

enum class Which : std::uint8_t { posix, sim };

class DiskContract : public testing::TestWithParam<Which> {
 protected:
  void SetUp() override {
    if (GetParam() == Which::posix) {
      disk_ = std::make_unique<PosixDisk>();
    } else {
      disk_ = std::make_unique<sim::SimDisk>(1);
      ASSERT_TRUE(disk_->make_folder(folder_).ok());
    }
  }

  [[nodiscard]] Path at(const char* name) const { return folder_ / name; }
  std::unique_ptr<File> open(const Path& path, Open how) {
    auto file = disk_->open(path, how);
    EXPECT_TRUE(file.ok()) << path << ": " << explain(file.error());
    return file.ok() ? std::move(file).value() : nullptr;
  }
  int error_of_open(const Path& path, Open how) {
    const auto file = disk_->open(path, how);
    return file.ok() ? 0 : file.error().number;
  }
  static int error_of(const Status<Error>& status) { return status.ok() ? 0 : status.error().number; }
  void put(const Path& path, const Bytes& bytes) {
    ASSERT_TRUE(open(path, Open::create)->write(0, bytes).ok());
  }
  Bytes get(const Path& path) {
    const auto whole = read_whole(*disk_, path, 1 << 20);
    EXPECT_TRUE(whole.ok()) << explain(whole.error());
    return whole.ok() ? *whole : Bytes{};
  }

  std::unique_ptr<Disk> disk_;
  const test::TemporaryFolder temporary_;
  const Path folder_ = GetParam() == Which::posix ? temporary_.path() : "/data";
};

TEST_P(DiskContract, ReadsBackWhatWasWrittenByWhoeverOpensIt) {
  const Bytes bytes(1'300, 7);
  auto file = open(at("a"), Open::create);
  ASSERT_TRUE(file->write(0, bytes).ok());
  EXPECT_EQ(get(at("a")), bytes) << "before it was synced as well";
  ASSERT_TRUE(file->sync().ok());
  file.reset();
  EXPECT_EQ(get(at("a")), bytes);
}

TEST_P(DiskContract, ReadsAndWritesAnywhere) {
  auto file = open(at("a"), Open::create);
  Prng prng(1);
  Bytes model;
  for (int round = 0; round < 400; ++round) {
    const std::uint64_t offset = prng.below(3'000);
    if (prng.below(8) == 0) {
      ASSERT_TRUE(file->resize(offset).ok());
      model.resize(offset);
    } else {
      Bytes bytes(prng.below(1'500));
      prng.fill(bytes);
      ASSERT_TRUE(file->write(offset, bytes).ok());
      if (!bytes.empty() && model.size() < offset + bytes.size()) model.resize(offset + bytes.size());
      std::copy(bytes.begin(), bytes.end(), model.begin() + static_cast<std::ptrdiff_t>(offset));
    }
    if (prng.below(8) == 0) {
      ASSERT_TRUE(file->sync().ok());
    }
    ASSERT_EQ(*file->size(), model.size());
    ASSERT_EQ(get(at("a")), model) << round;
    const std::uint64_t first = prng.below(model.size() + 10);
    Bytes room(prng.below(2'000));
    const auto got = file->read(first, room);
    ASSERT_TRUE(got.ok());
    const std::uint64_t left = first < model.size() ? model.size() - first : 0;
    ASSERT_EQ(*got, std::min<std::uint64_t>(room.size(), left));
    ASSERT_TRUE(std::equal(room.begin(), room.begin() + static_cast<std::ptrdiff_t>(*got),
                           model.begin() + static_cast<std::ptrdiff_t>(*got == 0 ? 0 : first)));
  }
}

TEST_P(DiskContract, OpensWhatIsThereAndMakesWhatIsNot) {
  EXPECT_EQ(error_of_open(at("a"), Open::read), ENOENT);
  EXPECT_EQ(error_of_open(at("a"), Open::edit), ENOENT);
  put(at("a"), {1, 2});
  EXPECT_EQ(error_of_open(at("a"), Open::create), EEXIST);
  ASSERT_TRUE(open(at("a"), Open::edit)->write(1, Bytes{9}).ok());
  EXPECT_EQ(get(at("a")), (Bytes{1, 9}));
  EXPECT_EQ(error_of_open(at("no/a"), Open::create), ENOENT);
}

TEST_P(DiskContract, WritesNothingToAFileThatIsOpenForReading) {
  put(at("a"), {1});
  const auto file = open(at("a"), Open::read);
  EXPECT_EQ(error_of(file->write(0, Bytes{2})), EBADF);
  EXPECT_EQ(error_of(file->resize(0)), EINVAL);
  EXPECT_EQ(get(at("a")), Bytes{1});
}

TEST_P(DiskContract, RefusesWhatIsNoFile) {
  ASSERT_TRUE(disk_->make_folder(at("folder")).ok());
  EXPECT_EQ(error_of_open(at("folder"), Open::read), EISDIR);
  EXPECT_EQ(error_of_open(at("folder"), Open::edit), EISDIR);
  EXPECT_EQ(error_of_open(at("folder"), Open::create), EEXIST);
}

TEST_P(DiskContract, RenamesOverWhateverFileHasTheName) {
  put(at("a"), {1});
  put(at("b"), {2});
  const auto old = open(at("b"), Open::read);
  ASSERT_TRUE(disk_->rename(at("a"), at("b")).ok());
  EXPECT_EQ(get(at("b")), Bytes{1});
  EXPECT_EQ(error_of_open(at("a"), Open::read), ENOENT);
  Bytes room(2);
  EXPECT_EQ(*old->read(0, room), 1U) << "who has the old one open goes on reading it";
  EXPECT_EQ(room[0], 2);
  EXPECT_EQ(error_of(disk_->rename(at("a"), at("b"))), ENOENT);
  ASSERT_TRUE(disk_->make_folder(at("folder")).ok());
  EXPECT_EQ(error_of(disk_->rename(at("b"), at("folder"))), EISDIR);
  EXPECT_EQ(error_of(disk_->rename(at("folder"), at("b"))), ENOTDIR);
  ASSERT_TRUE(disk_->rename(at("b"), at("b")).ok());
  EXPECT_EQ(get(at("b")), Bytes{1});
}

TEST_P(DiskContract, RemovesFilesAndGoesOnWithThoseThatAreOpen) {
  put(at("a"), {1});
  auto file = open(at("a"), Open::edit);
  ASSERT_TRUE(disk_->remove(at("a")).ok());
  EXPECT_EQ(error_of(disk_->remove(at("a"))), ENOENT);
  ASSERT_TRUE(file->write(1, Bytes{2}).ok());
  EXPECT_EQ(*file->size(), 2U);
  put(at("a"), {3});
  EXPECT_EQ(*file->size(), 2U) << "the new file is another one";
  ASSERT_TRUE(disk_->make_folder(at("folder")).ok());
  EXPECT_EQ(error_of(disk_->remove(at("folder"))), EISDIR);
}

TEST_P(DiskContract, ListsByName) {
  for (const char* name : {"c", "a", "b.new"}) put(at(name), {});
  ASSERT_TRUE(disk_->make_folder(at("B")).ok());
  EXPECT_EQ(*disk_->list(folder_), (Names{"B", "a", "b.new", "c"}));
  EXPECT_EQ(disk_->list(at("no")).error().number, ENOENT);
  EXPECT_EQ(disk_->list(at("a")).error().number, ENOTDIR);
}

TEST_P(DiskContract, MakesFoldersOneByOneOrAllOfThem) {
  EXPECT_EQ(error_of(disk_->make_folder(at("x/y"))), ENOENT);
  ASSERT_TRUE(make_folders(*disk_, at("x/y/z/")).ok());
  ASSERT_TRUE(make_folders(*disk_, at("x/y/z")).ok()) << "they are there";
  EXPECT_EQ(error_of(disk_->make_folder(at("x/y"))), EEXIST);
  put(at("x/y/z/a"), {1});
  EXPECT_EQ(*disk_->list(at("x/y/z")), Names{"a"});
  EXPECT_EQ(error_of(make_folders(*disk_, at("x/y/z/a"))), ENOTDIR);
  EXPECT_EQ(error_of(make_folders(*disk_, at("x/y/z/a/b"))), ENOTDIR);
  EXPECT_TRUE(disk_->sync_folder(at("x/y")).ok());
  EXPECT_EQ(error_of(disk_->sync_folder(at("x/no"))), ENOENT);
  EXPECT_EQ(error_of(disk_->sync_folder(at("x/y/z/a"))), ENOTDIR);
}

TEST_P(DiskContract, ReadsAWholeFileUpToAMost) {
  put(at("a"), Bytes(100, 1));
  EXPECT_EQ(read_whole(*disk_, at("a"), 100)->size(), 100U);
  EXPECT_EQ(read_whole(*disk_, at("a"), 99).error().number, EFBIG);
  EXPECT_EQ(read_whole(*disk_, at("b"), 99).error(), (Error{Operation::open, ENOENT}));
}

INSTANTIATE_TEST_SUITE_P(Disks, DiskContract, testing::Values(Which::posix, Which::sim),
                         [](const auto& each) { return each.param == Which::sim ? "sim" : "posix"; });

}  // namespace
}  // namespace ringwire::disk
