#include "engine/storage/checked_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <utility>

#include "codec/crypto/keccak.hpp"

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

Failure<FileError> refused(const std::filesystem::path& path, const disk::Error& error) {
  return Failure{FileError{FileFault::disk, say(path, disk::explain(error))}};
}

std::string reason(const disk::Error& error) {
  if (error.number == EFBIG) return "is longer than such a file may be";
  if (error.number == EISDIR || error.number == ENOTSUP) return "is not a file";
  return disk::explain(error);
}

}  // namespace

CheckedFile::CheckedFile(disk::Disk& disk, std::filesystem::path path, const FileFormat& format)
    : disk_(disk), path_(std::move(path)), format_(format) {}

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
  const auto whole = disk::read_whole(disk_, path, kHeadBytes + format_.bytes_max + kHashBytes);
  if (whole.ok()) return parse(path, *whole);
  if (whole.error().number == ENOENT) return Failure{Refusal{Refused::absent, {}}};
  return Failure{Refusal{Refused::other, say(path, reason(whole.error()))}};
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
  const std::size_t older = 1 - newest_;
  auto placed = write_draft(bytes);
  if (placed.ok()) placed = disk_.rename(draft, copy_path(older));
  if (!placed.ok()) {
    // What is left of it has no meaning.
    static_cast<void>(disk_.remove(draft).ok());
    return refused(draft, placed.error());
  }
  // Until here the other copy is the newest that is sure to be there: the next write must spare it.
  const auto synced = disk_.sync_folder(disk::folder_of(path_));
  if (!synced.ok()) return refused(path_, synced.error());
  newest_ = older;
  ++generation_;
  return Done{};
}

Status<disk::Error> CheckedFile::write_draft(ByteView bytes) {
  // A leftover may belong to another user, or be no file: made anew.
  static_cast<void>(disk_.remove(draft_path()).ok());
  const auto file = disk_.open(draft_path(), disk::Open::create);
  if (!file.ok()) return Failure{file.error()};
  const auto written = (*file)->write(0, whole_file(bytes));
  return written.ok() ? (*file)->sync() : written;
}

}  // namespace ringwire::storage
