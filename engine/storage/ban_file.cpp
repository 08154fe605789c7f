#include "engine/storage/ban_file.hpp"

#include <fcntl.h>
#include <time.h>

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "engine/disk/descriptor.hpp"

namespace ringwire::storage {
namespace {

using security::Ban;
using security::Subject;

constexpr std::size_t kBootAt = 16;
constexpr std::size_t kWallAt = 24;
constexpr std::size_t kNumberAt = 32;
constexpr std::size_t kHeadBytes = 36;

constexpr std::size_t kNameAt = 1;
constexpr std::size_t kNameBytes = 32;
constexpr std::size_t kCountAt = kNameAt + kNameBytes;
constexpr std::size_t kRemainingAt = kCountAt + 1;
constexpr std::size_t kBanBytes = kRemainingAt + 8;

constexpr std::uint64_t kUntilLifted = UINT64_MAX;
constexpr std::uint64_t kNsPerMs = 1'000'000;
// What an Instant can be away: a longer one would be read as another than was written.
constexpr std::uint64_t kRemainingMax = INT64_MAX / kNsPerMs;

enum Kind : std::uint8_t { kNode = 1, kIpv4 = 2, kIpv6 = 3 };

constexpr std::uint64_t kBytesMax = kHeadBytes + std::uint64_t{kStoredBansMax} * kBanBytes;

using Row = std::array<std::uint8_t, kBanBytes>;

std::uint64_t millis(Duration duration) {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(0, duration.count())) / kNsPerMs;
}

// Begun milliseconds count: writing and reading shortens nothing.
std::uint64_t remaining_of(Instant until, Instant now) {
  if (until == kNever) return kUntilLifted;
  return std::min(kRemainingMax, (static_cast<std::uint64_t>(until.ns - now.ns) + kNsPerMs - 1) / kNsPerMs);
}

Row row_of(const Ban& ban, Instant now) {
  Row row{};
  if (ban.subject.kind == Subject::Kind::node) {
    row[0] = kNode;
    std::ranges::copy(ban.subject.node.bytes, row.begin() + kNameAt);
  } else {
    const IpAddress& base = ban.subject.prefix.base;
    row[0] = base.family == IpAddress::Family::v4 ? kIpv4 : kIpv6;
    std::ranges::copy(base.bytes, row.begin() + kNameAt);
  }
  row[kCountAt] = ban.count;
  store_be<std::uint64_t>(row.data() + kRemainingAt, remaining_of(ban.until, now));
  return row;
}

bool same_name(const Row& a, const Row& b) {
  return std::equal(a.begin(), a.begin() + kCountAt, b.begin());
}

// By name; of one name, the one that ends last.
bool before(const Row& a, const Row& b) {
  if (!same_name(a, b)) return a < b;
  return load_be<std::uint64_t>(a.data() + kRemainingAt) > load_be<std::uint64_t>(b.data() + kRemainingAt);
}

std::optional<Subject> subject_of(ByteView row) {
  const ByteView name = row.subspan(kNameAt, kNameBytes);
  if (row[0] == kNode) {
    NodeId node;
    std::ranges::copy(name, node.bytes.begin());
    return security::subject_of(node);
  }
  const std::size_t size = row[0] == kIpv4 ? 4 : 16;
  IpAddress address{row[0] == kIpv4 ? IpAddress::Family::v4 : IpAddress::Family::v6, {}};
  std::copy_n(name.begin(), size, address.bytes.begin());
  const Subject subject = security::subject_of(address);
  const auto is_zero = [](std::uint8_t byte) { return byte == 0; };
  const bool is_canonical =
      subject.prefix.base == address && std::ranges::all_of(name.subspan(size), is_zero);
  return is_canonical ? std::optional(subject) : std::nullopt;
}

// What is to be taken off, in milliseconds.
std::uint64_t elapsed_since(ByteView head, const Clocks& clocks) {
  constexpr std::array<std::uint8_t, 16> kUnknown{};
  const bool same_boot = clocks.boot_id != kUnknown && std::ranges::equal(head.first(16), clocks.boot_id);
  const auto written = load_be<std::uint64_t>(head.data() + (same_boot ? kBootAt : kWallAt));
  const std::uint64_t now = same_boot ? millis(clocks.since_boot) : clocks.wall.ms;
  return now > written ? now - written : 0;
}

std::optional<BanFileFault> fault_of(ByteView row, ByteView previous) {
  if (row[0] < kNode || row[0] > kIpv6) return BanFileFault::bad_kind;
  if (!subject_of(row)) return BanFileFault::bad_name;
  const auto remaining = load_be<std::uint64_t>(row.data() + kRemainingAt);
  if (remaining == 0) return BanFileFault::no_time;
  if (remaining > kRemainingMax && remaining != kUntilLifted) return BanFileFault::too_far;
  const bool rises =
      previous.empty() || std::ranges::lexicographical_compare(previous.first(kCountAt), row.first(kCountAt));
  if (!rises) return BanFileFault::not_in_order;
  return std::nullopt;
}

}  // namespace

const char* name(BanFileFault fault) {
  switch (fault) {
    case BanFileFault::cut_short:
      return "is cut short";
    case BanFileFault::too_long:
      return "goes on after its last ban";
    case BanFileFault::too_many:
      return "holds more bans than a list may";
    case BanFileFault::bad_kind:
      return "holds a ban of an unknown kind";
    case BanFileFault::bad_name:
      return "holds a ban of no node and no address";
    case BanFileFault::no_time:
      return "holds a ban without time";
    case BanFileFault::too_far:
      return "holds a ban longer than time can be told";
    case BanFileFault::not_in_order:
      return "holds bans that are not in order";
  }
  return "is wrong";
}

std::vector<std::uint8_t> encode_bans(std::span<const Ban> bans, const Clocks& clocks) {
  std::vector<Row> rows;
  rows.reserve(bans.size());
  for (const Ban& ban : bans) {
    if (ban.until > clocks.now && rows.size() < kStoredBansMax) rows.push_back(row_of(ban, clocks.now));
  }
  // Of two bans of one subject the longer one stays.
  std::ranges::sort(rows, before);
  rows.erase(std::unique(rows.begin(), rows.end(), same_name), rows.end());
  std::vector<std::uint8_t> bytes(kHeadBytes + rows.size() * kBanBytes);
  std::ranges::copy(clocks.boot_id, bytes.begin());
  store_be<std::uint64_t>(bytes.data() + kBootAt, millis(clocks.since_boot));
  store_be<std::uint64_t>(bytes.data() + kWallAt, clocks.wall.ms);
  store_be<std::uint32_t>(bytes.data() + kNumberAt, static_cast<std::uint32_t>(rows.size()));
  auto out = bytes.begin() + kHeadBytes;
  for (const Row& row : rows) out = std::ranges::copy(row, out).out;
  return bytes;
}

Result<std::vector<Ban>, BanFileFault> decode_bans(ByteView bytes, const Clocks& clocks) {
  if (bytes.size() < kHeadBytes) return Failure{BanFileFault::cut_short};
  const auto number = load_be<std::uint32_t>(bytes.data() + kNumberAt);
  if (number > kStoredBansMax) return Failure{BanFileFault::too_many};
  const std::size_t size = kHeadBytes + number * kBanBytes;
  if (bytes.size() < size) return Failure{BanFileFault::cut_short};
  if (bytes.size() > size) return Failure{BanFileFault::too_long};
  const std::uint64_t elapsed = elapsed_since(bytes.first(kHeadBytes), clocks);
  std::vector<Ban> bans;
  ByteView previous;
  for (std::size_t i = 0; i < number; ++i) {
    const ByteView row = bytes.subspan(kHeadBytes + i * kBanBytes, kBanBytes);
    if (const auto fault = fault_of(row, previous)) return Failure{*fault};
    previous = row;
    const auto remaining = load_be<std::uint64_t>(row.data() + kRemainingAt);
    const Subject subject = *subject_of(row);
    if (remaining == kUntilLifted) {
      bans.push_back({subject, kNever, row[kCountAt]});
    } else if (remaining > elapsed) {
      bans.push_back({subject, clocks.now + clamp_millis(remaining - elapsed), row[kCountAt]});
    }
  }
  return bans;
}

// --- the file

Clocks read_clocks(Instant now, UnixMillis wall) {
  Clocks clocks{now, wall, {}, Duration{0}};
  timespec boot{};
  if (::clock_gettime(CLOCK_BOOTTIME, &boot) == 0)
    clocks.since_boot = std::chrono::seconds(boot.tv_sec) + std::chrono::nanoseconds(boot.tv_nsec);
  // "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx"
  std::array<std::uint8_t, 36> text{};
  const disk::Descriptor file(::open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC));
  if (!file || disk::read_up_to(file.get(), 0, text) != static_cast<ssize_t>(text.size())) return clocks;
  std::string digits(as_text(text));
  std::erase(digits, '-');
  if (!from_hex(digits, clocks.boot_id)) clocks.boot_id = {};
  return clocks;
}

BanFile::BanFile(disk::Disk& disk, std::filesystem::path path)
    : file_(disk, std::move(path), FileFormat{{'b', 'a', 'n', 's'}, 1, kBytesMax}) {}

Result<BanFile::Loaded, FileError> BanFile::load(const Clocks& clocks) {
  const auto check = [&](ByteView bytes) -> std::optional<std::string> {
    const auto bans = decode_bans(bytes, clocks);
    if (bans.ok()) return std::nullopt;
    return name(bans.error());
  };
  auto read = file_.read(check);
  if (!read.ok()) return Failure{read.error()};
  Loaded loaded;
  loaded.passed_over = std::move(read->passed_over);
  if (read->bytes) loaded.bans = *decode_bans(*read->bytes, clocks);
  return loaded;
}

Status<FileError> BanFile::save(std::span<const Ban> bans, const Clocks& clocks) {
  return file_.write(encode_bans(bans, clocks));
}

}  // namespace ringwire::storage
