#include "engine/storage/tls_files.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ctime>
#include <filesystem>
#include <fstream>
#include <string>

#include "tests/support/temporary_folder.hpp"

namespace ringwire::storage {
namespace {

namespace fs = std::filesystem;
using transport::TlsCredentialFault;

constexpr std::int64_t kYear = 365 * 86'400;

std::int64_t now() {
  return std::time(nullptr);
}

class TlsFilesTest : public testing::Test {
 protected:
  void SetUp() override {
    const auto made = transport::make_certificate();
    ASSERT_TRUE(made.ok());
    chain_ = made->chain;
    key_ = std::string(as_text(made->key.reveal()));
    files_ = {write("chain.pem", chain_, 0644), write("key.pem", key_, 0600), {}};
  }

  fs::path write(const std::string& name, const std::string& text, mode_t mode) const {
    const fs::path path = folder_ / name;
    std::ofstream(path, std::ios::binary) << text;
    EXPECT_EQ(chmod(path.c_str(), mode), 0);
    return path;
  }
  static std::string content(const fs::path& path) {
    std::ifstream stream(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
  }
  void expect_file_fault(const TlsFiles& files, SecretFileFault fault, const fs::path& path) const {
    const auto read = read_tls_files(files, now());
    ASSERT_FALSE(read.ok());
    EXPECT_EQ(read.error().file, fault) << read.error().message;
    EXPECT_EQ(read.error().message.find(path.string()), 0U) << read.error().message;
  }
  void expect_content_fault(const TlsFiles& files, TlsCredentialFault fault, const fs::path& path) const {
    const auto read = read_tls_files(files, now());
    ASSERT_FALSE(read.ok());
    EXPECT_EQ(read.error().content, fault) << read.error().message;
    EXPECT_EQ(read.error().message.find(path.string()), 0U) << read.error().message;
    EXPECT_EQ(read.error().message.find("MII"), std::string::npos) << "the message shows the key";
  }

  const test::TemporaryFolder temporary_;
  const fs::path folder_ = temporary_.path();
  std::string chain_;
  std::string key_;
  TlsFiles files_;
};

TEST_F(TlsFilesTest, OfTheOperatorAreReadAsTheyAre) {
  const auto read = read_tls_files(files_, now());
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_EQ(read->chain, chain_);
  EXPECT_EQ(as_text(read->key.reveal()), key_);
  EXPECT_TRUE(read->authorities.empty());
}

TEST_F(TlsFilesTest, MayBeOneFile) {
  const fs::path both = write("both.pem", "some words\n" + key_ + "and more\n" + chain_, 0600);
  const auto read = read_tls_files({both, both, {}}, now());
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_EQ(read->chain, chain_) << "a certificate goes out to strangers: nothing else may be in it";
}

TEST_F(TlsFilesTest, SayWhichFileIsMissing) {
  const fs::path absent = folder_ / "absent.pem";
  expect_file_fault({absent, files_.key, {}}, SecretFileFault::absent, absent);
  expect_file_fault({files_.chain, absent, {}}, SecretFileFault::absent, absent);
  expect_file_fault({files_.chain, files_.key, absent}, SecretFileFault::absent, absent);
  expect_file_fault({folder_, files_.key, {}}, SecretFileFault::not_a_file, folder_);
}

TEST_F(TlsFilesTest, AreRefusedWhereOthersMayReadTheKey) {
  for (const mode_t mode : {0640U, 0604U, 0660U}) {
    ASSERT_EQ(chmod(files_.key.c_str(), mode), 0);
    expect_file_fault(files_, SecretFileFault::exposed, files_.key);
  }
  ASSERT_EQ(chmod(files_.key.c_str(), 0400), 0);
  EXPECT_TRUE(read_tls_files(files_, now()).ok()) << "the chain is for everybody";
}

TEST_F(TlsFilesTest, SayWhichFileIsWrong) {
  const fs::path words = write("words.pem", "words", 0600);
  const fs::path empty = write("empty.pem", "", 0600);
  const fs::path large = write("large.pem", std::string(transport::kPemBytesMax + 1, 'x'), 0600);
  expect_content_fault({words, files_.key, {}}, TlsCredentialFault::no_certificate, words);
  expect_content_fault({files_.chain, words, {}}, TlsCredentialFault::no_key, words);
  expect_content_fault({files_.chain, files_.key, words}, TlsCredentialFault::no_certificate, words);
  expect_content_fault({files_.chain, files_.key, empty}, TlsCredentialFault::no_certificate, empty);
  expect_file_fault({large, files_.key, {}}, SecretFileFault::too_large, large);
  const auto other = transport::make_certificate();
  ASSERT_TRUE(other.ok());
  const fs::path other_key = write("other.pem", std::string(as_text(other->key.reveal())), 0600);
  expect_content_fault({files_.chain, other_key, {}}, TlsCredentialFault::wrong_key, other_key);
  // Its own certificate is none of these authorities'.
  const fs::path stranger = write("ca.pem", other->chain, 0644);
  expect_content_fault({files_.chain, files_.key, stranger}, TlsCredentialFault::untrusted, files_.chain);
}

TEST_F(TlsFilesTest, OfOurOwnAreMadeOnceAndForOurselvesOnly) {
  const fs::path path = folder_ / "tls.pem";
  const mode_t before = umask(0);
  const auto made = own_tls_file(path, now());
  umask(before);
  ASSERT_TRUE(made.ok()) << made.error().message;
  struct stat facts {};
  ASSERT_EQ(stat(path.c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 07777, 0600U);
  const std::string first = content(path);
  const auto again = own_tls_file(path, now() + 50 * kYear);
  ASSERT_TRUE(again.ok()) << again.error().message;
  EXPECT_EQ(content(path), first);
  EXPECT_EQ(again->chain, made->chain);
  EXPECT_NE(made->chain, chain_);
}

TEST_F(TlsFilesTest, OfOurOwnThatAreDamagedAreNotReplacedButNamed) {
  const fs::path path = write("tls.pem", "damaged", 0600);
  const auto own = own_tls_file(path, now());
  ASSERT_FALSE(own.ok());
  EXPECT_NE(own.error().message.find("delete the file"), std::string::npos) << own.error().message;
  EXPECT_EQ(content(path), "damaged");
  ASSERT_EQ(chmod(path.c_str(), 0644), 0);
  EXPECT_EQ(own_tls_file(path, now()).error().file, SecretFileFault::exposed);
}

}  // namespace
}  // namespace ringwire::storage
