#include "engine/storage/checked_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <string.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <utility>

#include "codec/crypto/keccak.hpp"
#include "engine/storage/descriptor.hpp"

namespace ringwire::storage {
namespace {

constexpr std::string_view kMagic = "ringwire";
constexpr std::size_t kKindAt = 8;
constexpr std::size_t kVersionAt = 12;
constexpr std::size_t kGenerationAt = 16;
constexpr std::size_t kSizeAt = 24;
constexpr std::size_t kHeadBytes = 32;
constexpr std::size_t kHashBytes = 32;

std::string say(const std::filesystem::path& path, std::string_view what) {
  return fmt::format("{}: {}", path.string(), what);
}

// The system's reason must be taken before anything else is called.
Failure<FileError> refused(const std::filesystem::path& path, std::string_view what) {
  const int error = errno;
  return Failure{FileError{FileFault::disk, say(path, fmt::format("{}: {}", what, strerror(error)))}};
}

}  // namespace

CheckedFile::CheckedFile(std::filesystem::path path, const FileFormat& format)
    : path_(std::move(path)), format_(format) {}

std::filesystem::path CheckedFile::copy_path(std::size_t copy) const {
  std::filesystem::path path = path_;
  return path += fmt::format(".{}", copy);
}

std::filesystem::path CheckedFile::draft_path() const {
  std::filesystem::path path = path_;
  return path += ".new";
}

// --- reading

Result<CheckedFile::Loaded, FileError> CheckedFile::read(const Check& check) {
  Loaded loaded;
  generation_ = 0;
  newest_ = 1;
  newer_is_there_ = false;
  std::string newer;
  for (std::size_t i = 0; i < 2; ++i) {
    auto copy = read_copy(copy_path(i));
    if (!copy.ok()) {
      if (copy.error().why == Refused::newer) newer = copy.error().message;
      if (copy.error().why != Refused::absent) loaded.passed_over.push_back(copy.error().message);
      continue;
    }
    const auto wrong = check ? check(copy->bytes) : std::nullopt;
    if (wrong) loaded.passed_over.push_back(say(copy_path(i), *wrong));
    if (wrong || copy->generation <= generation_) continue;
    generation_ = copy->generation;
    newest_ = i;
    loaded.bytes = std::move(copy->bytes);
  }
  was_read_ = true;
  newer_is_there_ = !newer.empty();
  if (newer_is_there_) return Failure{FileError{FileFault::newer_version, newer}};
  return loaded;
}

Result<CheckedFile::Copy, CheckedFile::Refusal> CheckedFile::read_copy(
    const std::filesystem::path& path) const {
  const auto other = [&](std::string_view what) { return Failure{Refusal{Refused::other, say(path, what)}}; };
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file && errno == ENOENT) return Failure{Refusal{Refused::absent, {}}};
  struct stat facts {};
  if (!file || ::fstat(file.get(), &facts) != 0)
    return other(fmt::format("cannot be opened: {}", strerror(errno)));
  if (!S_ISREG(facts.st_mode)) return other("is not a file");
  const std::uint64_t most = kHeadBytes + format_.bytes_max + kHashBytes;
  if (static_cast<std::uint64_t>(facts.st_size) > most) return other("is longer than such a file may be");
  std::vector<std::uint8_t> whole(static_cast<std::size_t>(facts.st_size));
  const ssize_t size = read_up_to(file.get(), whole);
  if (size < 0) return other(fmt::format("cannot be read: {}", strerror(errno)));
  whole.resize(static_cast<std::size_t>(size));
  return parse(path, whole);
}

Result<CheckedFile::Copy, CheckedFile::Refusal> CheckedFile::parse(const std::filesystem::path& path,
                                                                   ByteView whole) const {
  const auto other = [&](std::string_view what) { return Failure{Refusal{Refused::other, say(path, what)}}; };
  if (whole.size() < kHeadBytes + kHashBytes) return other("is cut short");
  const ByteView hashed = whole.first(whole.size() - kHashBytes);
  // Nothing in it means anything before this holds.
  if (!std::ranges::equal(crypto::keccak256(hashed).bytes, whole.last(kHashBytes)))
    return other("is damaged: its checksum is not that of its bytes");
  const std::string_view kind(format_.kind.data(), format_.kind.size());
  const std::string_view text = as_text(whole);
  if (!text.starts_with(kMagic) || text.substr(kKindAt, kind.size()) != kind)
    return other("is a file of another kind");
  const auto version = load_be<std::uint32_t>(whole.data() + kVersionAt);
  if (version > format_.version) {
    return Failure{Refusal{Refused::newer, say(path, fmt::format("is of version {}, this program knows {}",
                                                                 version, format_.version))}};
  }
  if (version != format_.version) return other(fmt::format("is of version {}, no longer read", version));
  if (load_be<std::uint64_t>(whole.data() + kSizeAt) != hashed.size() - kHeadBytes)
    return other("does not have the size it says");
  Copy copy;
  copy.generation = load_be<std::uint64_t>(whole.data() + kGenerationAt);
  copy.bytes.assign(hashed.begin() + kHeadBytes, hashed.end());
  return copy;
}

// --- writing

std::vector<std::uint8_t> CheckedFile::whole_file(ByteView payload) const {
  std::vector<std::uint8_t> whole(kHeadBytes + payload.size() + kHashBytes);
  std::copy(kMagic.begin(), kMagic.end(), whole.begin());
  std::copy(format_.kind.begin(), format_.kind.end(), whole.begin() + kKindAt);
  store_be<std::uint32_t>(whole.data() + kVersionAt, format_.version);
  store_be<std::uint64_t>(whole.data() + kGenerationAt, generation_ + 1);
  store_be<std::uint64_t>(whole.data() + kSizeAt, payload.size());
  std::copy(payload.begin(), payload.end(), whole.begin() + kHeadBytes);
  const Hash32 hash = crypto::keccak256(ByteView(whole).first(kHeadBytes + payload.size()));
  std::copy(hash.bytes.begin(), hash.bytes.end(), whole.end() - kHashBytes);
  return whole;
}

Status<FileError> CheckedFile::write(ByteView bytes) {
  RW_ASSERT(bytes.size() <= format_.bytes_max);
  if (!was_read_) static_cast<void>(read().ok());
  if (newer_is_there_) {
    return Failure{FileError{FileFault::newer_version,
                             say(path_, "a newer version of it is there, and is left as it is")}};
  }
  const std::filesystem::path draft = draft_path();
  const auto give_up = [&](std::string_view what) {
    auto failure = refused(draft, what);
    ::unlink(draft.c_str());
    return failure;
  };
  {
    // A leftover may belong to another user, or be no file: made anew.
    ::unlink(draft.c_str());
    const Descriptor file(::open(draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!file) return refused(draft, "cannot be made");
    if (!write_all(file.get(), whole_file(bytes))) return give_up("cannot be written");
    if (::fsync(file.get()) != 0) return give_up("cannot be made durable");
  }
  const std::size_t older = 1 - newest_;
  if (::rename(draft.c_str(), copy_path(older).c_str()) != 0) return give_up("cannot take its place");
  // Until here the other copy is the newest that is sure to be there: the next write must spare it.
  if (!sync_folder_of(path_.c_str())) return refused(path_, "cannot be made durable");
  newest_ = older;
  ++generation_;
  return Done{};
}

}  // namespace ringwire::storage
