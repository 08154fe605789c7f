#include "engine/security/level.hpp"

#include "codec/base/check.hpp"

namespace ringwire::security {
namespace {

constexpr std::uint64_t kMiB = 1024 * 1024;
constexpr std::uint64_t kCoreSecond = 1'000'000;  // in the unit of Resource::cost

constexpr Rates make(Rate connections, Rate handshakes, Rate messages, Rate bytes, Rate cost) {
  return {{connections, handshakes, messages, bytes, cost}};
}

// The burst of bytes and cost holds the largest single message of each type, so that none is refused for ever
// (a test goes through the table).
constexpr RatePlan kDefault = [] {
  RatePlan plan;
  const auto things = things_per_minute;
  // A crowd of which nobody is over his own limit takes from what all have, and whoever comes then is locked
  // out: so it is more than a crowd easily makes. 3,000 who connect and leave take a third of a core
  // (hostile/crowds-long); 300 handshakes 3 % of one, and in TLS an eighth (ringwire-bench compare).
  // Messages and bytes of all together are bounded by what the kernel and the memory plan take; the cost by
  // eight tenths of a core: the rest relays.
  plan[Level::global] = make(things(180'000, 6'000), things(18'000, 600), kUnlimited, kUnlimited,
                             {kCoreSecond * 8 / 10, 4 * kCoreSecond});
  // A company, or all users of a tunnel: as many as 64 of their customers at once.
  plan[Level::network] = make(things(960, 256), things(480, 128), kUnlimited, {256 * kMiB, 512 * kMiB},
                              {kCoreSecond / 2, 2 * kCoreSecond});
  // Several nodes of one operator that start at the same moment, each trying twice.
  plan[Level::subnet] = make(things(240, 64), things(120, 32), kUnlimited, {128 * kMiB, 256 * kMiB},
                             {kCoreSecond / 4, kCoreSecond});
  // A node that redials after a second, two, four; then it should have learned to wait.
  plan[Level::address] = make(things(12, 8), things(12, 8), things(600'000, 20'000), {64 * kMiB, 128 * kMiB},
                              {kCoreSecond / 8, kCoreSecond / 2});
  // A block of 10 MiB every two seconds, and the votes of 10,000 validators with it.
  plan[Level::peer] = make(kUnlimited, kUnlimited, things(300'000, 10'000), {32 * kMiB, 64 * kMiB},
                           {kCoreSecond / 8, kCoreSecond / 2});
  plan[Level::message_type] = make(kUnlimited, kUnlimited, kUnlimited, kUnlimited, kUnlimited);
  return plan;
}();

constexpr std::uint64_t share_of(std::uint64_t whole, std::uint32_t shards, std::uint32_t shard) {
  return whole / shards + (shard < whole % shards ? 1 : 0);
}

}  // namespace

const char* name(Level level) {
  switch (level) {
    case Level::global:
      return "global";
    case Level::network:
      return "network";
    case Level::subnet:
      return "subnet";
    case Level::address:
      return "address";
    case Level::peer:
      return "peer";
    case Level::message_type:
      return "message_type";
    case Level::count_:
      break;
  }
  return "unknown";
}

RatePlan default_rates() {
  return kDefault;
}

RatePlan share_of(const RatePlan& whole, std::uint32_t shards, std::uint32_t shard) {
  RW_ASSERT(shard < shards);
  RatePlan plan = whole;
  for (Rate& rate : plan[Level::global].each) {
    if (rate == kUnlimited) continue;
    rate = {share_of(rate.per_second, shards, shard), share_of(rate.burst, shards, shard)};
  }
  return plan;
}

}  // namespace ringwire::security
