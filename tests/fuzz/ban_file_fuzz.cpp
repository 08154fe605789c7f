// The payload of the ban file: what is accepted is the only form of its list, and no ban gets longer than it
// was stored, whatever the clocks say.
//
// Input: boot u8 | now, wall, since boot: u64 each | payload
#include "engine/storage/ban_file.hpp"

#include <algorithm>

#include "tests/fuzz/target.hpp"

namespace ringwire {
namespace {

constexpr std::size_t kClockBytes = 1 + 3 * 8;

storage::Clocks clocks_of(ByteView head) {
  storage::Clocks clocks;
  clocks.boot_id.fill(head[0] & 3);
  clocks.now.ns = static_cast<std::int64_t>(load_be<std::uint64_t>(head.data() + 1) >> 1);
  clocks.wall.ms = load_be<std::uint64_t>(head.data() + 9);
  clocks.since_boot = Duration(static_cast<std::int64_t>(load_be<std::uint64_t>(head.data() + 17) >> 1));
  return clocks;
}

// The clocks of the very moment at which `payload` was written: nothing has passed.
storage::Clocks clocks_in(ByteView payload) {
  storage::Clocks clocks;
  clocks.now = Instant{1};
  std::ranges::copy(payload.first(16), clocks.boot_id.begin());
  clocks.since_boot = clamp_millis(load_be<std::uint64_t>(payload.data() + 16));
  clocks.wall.ms = load_be<std::uint64_t>(payload.data() + 24);
  return clocks;
}

void check(ByteView head, ByteView payload) {
  const auto later = storage::decode_bans(payload, clocks_of(head));
  const bool accepted = later.ok();
  if (payload.size() < 36) return RW_ASSERT(!accepted);
  const storage::Clocks written = clocks_in(payload);
  const auto stored = storage::decode_bans(payload, written);
  // What is a list does not depend on when it is read.
  RW_ASSERT(stored.ok() == accepted);
  if (!accepted) return;
  for (const security::Ban& ban : *later) {
    const auto same = std::ranges::find(*stored, ban.subject, &security::Ban::subject);
    RW_ASSERT(same != stored->end() && same->count == ban.count);
    RW_ASSERT(same->until == kNever || ban.until == kNever ||
              ban.until - clocks_of(head).now <= same->until - written.now);
  }
  const bool clock_fits = load_be<std::uint64_t>(payload.data() + 16) < INT64_MAX / 1'000'000;
  const bool all_times_fit =
      std::ranges::all_of(*stored, [](const security::Ban& ban) { return ban.until != kNever; });
  if (!clock_fits || !all_times_fit) return;
  RW_ASSERT(std::ranges::equal(storage::encode_bans(*stored, written), payload));
}

}  // namespace

std::vector<fuzz::Input> fuzz::seeds() {
  storage::Clocks clocks;
  clocks.now = Instant{1};
  clocks.boot_id.fill(1);
  clocks.wall.ms = 1'700'000'000'000;
  clocks.since_boot = 1h;
  NodeId node;
  node.bytes.fill(7);
  const std::vector<security::Ban> bans{
      {security::subject_of(node), clocks.now + 12h, 3},
      {security::subject_of(*IpAddress::parse("93.1.2.3")), clocks.now + 5min, 1},
      {security::subject_of(*IpAddress::parse("2001:db8:1:2::1")), clocks.now + 1h, 2}};
  std::vector<Input> seeds;
  for (std::size_t count = 0; count <= bans.size(); ++count) {
    Input input(kClockBytes, 1);
    const auto payload = storage::encode_bans(std::span(bans).first(count), clocks);
    input.insert(input.end(), payload.begin(), payload.end());
    seeds.push_back(std::move(input));
  }
  return seeds;
}

}  // namespace ringwire

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ringwire;
  const ByteView input(data, size);
  if (size >= kClockBytes) check(input.first(kClockBytes), input.subspan(kClockBytes));
  return 0;
}
