// Shards that lend and borrow, with messages that take their time, against one bucket that sees everything.
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <queue>
#include <variant>
#include <vector>

#include "codec/base/prng.hpp"
#include "engine/security/borrower.hpp"
#include "engine/security/lender.hpp"

namespace ringwire::security {
namespace {

constexpr crypto::SipKey kKey{11, 12};

struct WorldOptions {
  ShardId shards = 2;
  Rate rate;
  Level limited = Level::address;
  std::uint32_t addresses = 1;
  Duration delay_max = 100us;
  std::uint64_t charge = kThing;
  std::uint64_t seed = 1;
  Resource resource = Resource::connections;
};

RatePlan plan_of(const WorldOptions& options) {
  RatePlan plan;
  for (Rates& rates : plan.each) rates.each.fill(kUnlimited);
  plan[options.limited][options.resource] = options.rate;
  return plan;
}

class LeaseWorld {
 public:
  explicit LeaseWorld(const WorldOptions& options)
      : options_(options), prng_(options.seed), all_(options.rate, Instant{0}) {
    for (ShardId shard = 0; shard < options.shards; ++shard) {
      limits_.push_back(std::make_unique<SourceLimits>(plan_of(options), kKey, Instant{0}));
      lenders_.push_back(std::make_unique<Lender>(*limits_.back(), options.shards));
      borrowers_.push_back(std::make_unique<Borrower>(kKey, Instant{0}));
      last_sent_.emplace_back(options.shards);
    }
    charge_[options.resource] = options.charge;
  }

  // Attempts come every `gap` on average, at any shard and from any address, and at random ones at `skew`
  // percent more often at shard 0.
  void run(Duration time, Duration gap, std::uint32_t skew_percent = 0) {
    const Instant end = now_ + time;
    while (now_ < end) {
      const Instant attempt = now_ + Duration(static_cast<std::int64_t>(prng_.below(2 * gap.count()) + 1));
      deliver_until(attempt);
      now_ = attempt;
      const bool first = prng_.below(100) < skew_percent;
      const auto shard = static_cast<ShardId>(first ? 0 : prng_.below(options_.shards));
      try_one(shard, address(prng_.below(options_.addresses)));
    }
  }
  void wait(Duration time) {
    deliver_until(now_ + time);
    now_ = now_ + time;
  }
  // A shard that says nothing any more.
  void lose(ShardId shard) { lost_ = shard; }

  [[nodiscard]] std::uint64_t admitted() const { return admitted_; }
  [[nodiscard]] std::uint64_t messages() const { return messages_; }
  [[nodiscard]] Instant now() const { return now_; }
  [[nodiscard]] const Borrower& borrower(ShardId shard) const { return *borrowers_[shard]; }
  [[nodiscard]] std::uint64_t attempts() const { return attempts_; }

 private:
  struct Parcel {
    Instant at;
    std::uint64_t number;
    ShardId from;
    ShardId to;
    std::variant<LeaseRequest, LeaseGrant> message;
    bool operator>(const Parcel& other) const {
      return at == other.at ? number > other.number : at > other.at;
    }
  };

  // Of one /24, so of one owner.
  static IpAddress address(std::uint64_t number) {
    return IpAddress::v4(93, 1, 2, static_cast<std::uint8_t>(number));
  }
  [[nodiscard]] ShardId owner() const { return owner_of(address(0), kKey, options_.shards); }

  void try_one(ShardId shard, const IpAddress& from) {
    if (shard == lost_) return;
    ++attempts_;
    if (shard == owner()) {
      if (!limits_[shard]->take(from, charge_, now_)) admit();
      return;
    }
    std::vector<LeaseRequest> out;
    const auto verdict = borrowers_[shard]->ask(from, charge_, SourceProof::round_trip, now_, out);
    if (verdict.answer == LeaseAnswer::yes) admit();
    send(shard, out);
  }

  void admit() {
    admitted_ += options_.charge;
    // One bucket that sees all that was admitted, whoever did it: it must never be short.
    EXPECT_TRUE(all_.take(options_.rate, options_.charge, now_)) << "above the limit at " << now_.ns;
  }

  void send(ShardId from, const std::vector<LeaseRequest>& out) {
    for (const LeaseRequest& request : out) post(from, owner(), request);
  }
  // In order between two shards, as rings are.
  void post(ShardId from, ShardId to, std::variant<LeaseRequest, LeaseGrant> message) {
    ++messages_;
    const Instant at =
        std::max(now_ + Duration(static_cast<std::int64_t>(prng_.below(options_.delay_max.count()))),
                 last_sent_[from][to]);
    last_sent_[from][to] = at;
    parcels_.push({at, messages_, from, to, std::move(message)});
  }

  void deliver_until(Instant until) {
    for (;;) {
      Instant due = parcels_.empty() ? kNever : parcels_.top().at;
      ShardId timer = options_.shards;
      for (ShardId shard = 0; shard < options_.shards; ++shard) {
        if (shard == lost_ || borrowers_[shard]->next_deadline() >= due) continue;
        due = borrowers_[shard]->next_deadline();
        timer = shard;
      }
      if (due > until) return;
      now_ = std::max(now_, due);
      if (timer < options_.shards) {
        std::vector<LeaseRequest> out;
        borrowers_[timer]->on_deadline(now_, out);
        send(timer, out);
        continue;
      }
      const Parcel parcel = parcels_.top();
      parcels_.pop();
      deliver(parcel);
    }
  }
  void deliver(const Parcel& parcel) {
    if (parcel.to == lost_) return;
    if (const auto* grant = std::get_if<LeaseGrant>(&parcel.message))
      return borrowers_[parcel.to]->on_grant(*grant, now_);
    const auto& request = std::get<LeaseRequest>(parcel.message);
    if (request.need == Charge{}) return lenders_[parcel.to]->on_return(request, now_);
    post(parcel.to, parcel.from, lenders_[parcel.to]->on_request(request, now_));
  }

  const WorldOptions options_;
  Prng prng_;
  TokenBucket all_;
  Charge charge_;
  std::vector<std::unique_ptr<SourceLimits>> limits_;
  std::vector<std::unique_ptr<Lender>> lenders_;
  std::vector<std::unique_ptr<Borrower>> borrowers_;
  std::vector<std::vector<Instant>> last_sent_;
  std::priority_queue<Parcel, std::vector<Parcel>, std::greater<>> parcels_;
  Instant now_{0};
  ShardId lost_ = UINT16_MAX;
  std::uint64_t admitted_ = 0;
  std::uint64_t messages_ = 0;
  std::uint64_t attempts_ = 0;
};

// Everything that could have been had: the burst, and what was earned.
double due(const WorldOptions& options, Instant now) {
  const double earned = static_cast<double>(options.rate.per_second) * static_cast<double>(now.ns) / 1e9;
  return static_cast<double>(options.rate.burst) + earned;
}

TEST(Lease, GivesAnAddressItsRateAndNeverMoreHoweverManyShardsItMeets) {
  for (const ShardId shards : {ShardId{1}, ShardId{2}, ShardId{3}, ShardId{8}}) {
    for (const std::uint64_t per_second : {20U, 1'000U, 20'000U}) {
      WorldOptions options;
      options.shards = shards;
      options.rate = things_per_minute(per_second * 60, std::max<std::uint64_t>(per_second / 5, 4U * shards));
      options.seed = shards * 100U + per_second;
      LeaseWorld world(options);
      const Duration gap = Duration(1'000'000'000 / static_cast<std::int64_t>(per_second) / 20);
      world.run(per_second == 20 ? Duration{60s} : Duration{3s}, std::min(gap, Duration{1ms}));
      const double most = due(options, world.now());
      EXPECT_LE(static_cast<double>(world.admitted()), most);
      EXPECT_GE(static_cast<double>(world.admitted()), 0.99 * most) << shards << " " << per_second;
    }
  }
}

TEST(Lease, HoldsForEveryLevelAroundTheAddresses) {
  for (const Level level : {Level::subnet, Level::global}) {
    WorldOptions options;
    options.shards = 4;
    options.limited = level;
    options.addresses = 50;
    options.rate = things_per_minute(60'000, 400);
    LeaseWorld world(options);
    world.run(5s, 50us);
    EXPECT_GE(static_cast<double>(world.admitted()), 0.99 * due(options, world.now()));
  }
}

TEST(Lease, HoldsWhereMessagesAreSlowAndLoadIsUneven) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    WorldOptions options;
    options.shards = static_cast<ShardId>(2 + seed % 4);
    options.delay_max = 2ms;
    options.rate = things_per_minute(30'000, 500);
    options.seed = seed;
    LeaseWorld world(options);
    world.run(2s, 100us, 90);
    world.run(2s, 100us, 0);
    world.run(2s, 100us, 95);
    EXPECT_GE(static_cast<double>(world.admitted()), 0.99 * due(options, world.now())) << seed;
  }
}

TEST(Lease, NeverGoesAboveWhateverTheLoadAndTheBurst) {
  Prng prng(7);
  for (int round = 0; round < 200; ++round) {
    WorldOptions options;
    options.shards = static_cast<ShardId>(prng.between(2, 8));
    options.rate = things_per_minute(prng.between(0, 200'000), prng.between(0, 300));
    options.delay_max = Duration(static_cast<std::int64_t>(prng.between(1, 50'000'000)));
    options.addresses = static_cast<std::uint32_t>(prng.between(1, 30));
    options.limited = prng.below(2) == 0 || options.addresses > 1 ? Level::subnet : Level::address;
    options.seed = prng.next();
    LeaseWorld world(options);
    for (int phase = 0; phase < 4; ++phase) {
      world.run(Duration(static_cast<std::int64_t>(prng.below(300'000'000))),
                Duration(static_cast<std::int64_t>(prng.between(1'000, 5'000'000))));
      world.wait(Duration(static_cast<std::int64_t>(prng.below(400'000'000))));
      if (prng.below(8) == 0) world.lose(static_cast<ShardId>(prng.below(options.shards)));
    }
  }
}

TEST(Lease, OfAShardThatVanishesComesBackToTheOthers) {
  WorldOptions options;
  options.shards = 3;
  options.rate = things_per_minute(6'000, 600);
  LeaseWorld world(options);
  world.run(100ms, 1ms);
  const ShardId owner = owner_of(IpAddress::v4(93, 1, 2, 0), kKey, 3);
  world.lose(static_cast<ShardId>((owner + 1) % 3));
  world.wait(20s);
  const std::uint64_t before = world.admitted();
  // As if nothing had been away: the whole burst is there.
  world.run(1s, 500us);
  EXPECT_GE(world.admitted() - before, 600U * kThing);
}

TEST(Lease, IsAskedForRarelyWhileTheAddressIsOverItsLimit) {
  WorldOptions options;
  options.rate = things_per_minute(12, 8);
  LeaseWorld world(options);
  world.run(10s, 20us);
  EXPECT_GT(world.attempts(), 400'000U);
  EXPECT_LT(world.messages(), 500U) << "a request and its answer each kLeaseTime";
  WorldOptions fast;
  fast.rate = things_per_minute(600'000, 2'000);
  LeaseWorld busy(fast);
  busy.run(5s, 10us);
  EXPECT_GT(busy.admitted() / kThing, 45'000U);
  EXPECT_LT(busy.messages(), 5U * 2 * 2 * 500) << "two questions and their answers each kPaceTime";
}

TEST(Lease, CarriesLargeAmountsWhole) {
  WorldOptions options;
  options.resource = Resource::bytes;
  options.charge = 1 << 20;
  options.shards = 4;
  options.rate = {100 << 20, 128 << 20};
  LeaseWorld world(options);
  world.run(10s, 500us);
  EXPECT_GE(static_cast<double>(world.admitted()), 0.99 * due(options, world.now()));
}

// --- the borrower alone

Charge one_connection() {
  return connection_charge();
}
IpAddress host(std::uint32_t number) {
  return IpAddress::v4(93, static_cast<std::uint8_t>(number >> 16), static_cast<std::uint8_t>(number >> 8),
                       static_cast<std::uint8_t>(number));
}
LeaseGrant grant_of(const LeaseRequest& request, std::uint64_t things, Instant now) {
  LeaseGrant grant;
  grant.source = request.source;
  grant.granted = things > 0;
  grant.tokens[Resource::connections] = things * kThing;
  grant.valid_until = now + kLeaseTime;
  grant.retry_at = now + 10ms;
  grant.level = Level::subnet;
  return grant;
}

TEST(Borrower, AsksOnceAndAnswersFromItsLeaseUntilItEnds) {
  Borrower borrower(kKey, Instant{0});
  std::vector<LeaseRequest> out;
  for (int i = 0; i < 10; ++i) {
    const auto verdict = borrower.ask(host(1), one_connection(), SourceProof::round_trip, Instant{0}, out);
    EXPECT_EQ(verdict.answer, LeaseAnswer::wait);
  }
  ASSERT_EQ(out.size(), 1U);
  borrower.on_grant(grant_of(out[0], 3, Instant{0}), Instant{0});
  out.clear();
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(borrower.ask(host(1), one_connection(), SourceProof::round_trip, Instant{1}, out).answer,
              LeaseAnswer::yes);
  }
  ASSERT_EQ(borrower.next_deadline(), Instant{0} + kLeaseTime);
  borrower.on_deadline(borrower.next_deadline(), out);
  ASSERT_EQ(out.size(), 1U);
  EXPECT_EQ(out[0].need, Charge{});
  EXPECT_EQ(out[0].report.spent[Resource::connections], 2 * kThing);
  EXPECT_EQ(out[0].report.returned[Resource::connections], kThing);
  EXPECT_EQ(borrower.size(), 0U);
}

TEST(Borrower, NeverSpendsALeaseThatHasEnded) {
  Borrower borrower(kKey, Instant{0});
  std::vector<LeaseRequest> out;
  static_cast<void>(borrower.ask(host(1), one_connection(), SourceProof::round_trip, Instant{0}, out));
  // The grant was long under way.
  borrower.on_grant(grant_of(out[0], 3, Instant{0}), Instant{0} + 90ms);
  const auto verdict =
      borrower.ask(host(1), one_connection(), SourceProof::round_trip, Instant{0} + kLeaseTime, out);
  EXPECT_EQ(verdict.answer, LeaseAnswer::wait);
  ASSERT_EQ(out.size(), 2U);
  EXPECT_EQ(out[1].report.returned[Resource::connections], 3 * kThing);
}

TEST(Borrower, RefusesWithTheNameOfTheLevelUntilItMayAskAgain) {
  Borrower borrower(kKey, Instant{0});
  std::vector<LeaseRequest> out;
  static_cast<void>(borrower.ask(host(1), one_connection(), SourceProof::round_trip, Instant{0}, out));
  borrower.on_grant(grant_of(out[0], 0, Instant{0}), Instant{0});
  const auto refused =
      borrower.ask(host(1), one_connection(), SourceProof::round_trip, Instant{0} + 9ms, out);
  EXPECT_EQ(refused.answer, LeaseAnswer::no);
  EXPECT_EQ(refused.refusal.level, Level::subnet);
  EXPECT_EQ(refused.refusal.retry_at, Instant{0} + 10ms);
  EXPECT_EQ(out.size(), 1U);
  EXPECT_EQ(borrower.ask(host(1), one_connection(), SourceProof::round_trip, Instant{0} + 10ms, out).answer,
            LeaseAnswer::wait);
}

TEST(Borrower, LetsAFloodOfInventedAddressesCauseABoundedNumberOfRequests) {
  Borrower borrower(kKey, Instant{0});
  std::vector<LeaseRequest> out;
  for (std::uint32_t i = 0; i < 100'000; ++i) {
    const auto verdict = borrower.ask(host(i), one_connection(), SourceProof::none, Instant{0}, out);
    EXPECT_NE(verdict.answer, LeaseAnswer::yes);
  }
  EXPECT_EQ(out.size(), Borrower::kUnprovenRequests.burst);
  // Who has proven its address is not held up by it.
  EXPECT_EQ(borrower.ask(host(200'000), one_connection(), SourceProof::round_trip, Instant{0}, out).answer,
            LeaseAnswer::wait);
}

TEST(Borrower, IsBoundedAndGivesTheOldestLeaseBackForANewOne) {
  Borrower borrower(kKey, Instant{0}, 3);
  std::vector<LeaseRequest> out;
  for (std::uint32_t i = 0; i < 3; ++i)
    static_cast<void>(borrower.ask(host(i), one_connection(), SourceProof::round_trip, Instant{0}, out));
  const auto crowded = borrower.ask(host(3), one_connection(), SourceProof::round_trip, Instant{0}, out);
  EXPECT_EQ(crowded.answer, LeaseAnswer::no);
  EXPECT_EQ(borrower.counters().crowded.value(), 1U);
  ASSERT_EQ(out.size(), 3U);
  for (std::uint32_t i = 0; i < 3; ++i) borrower.on_grant(grant_of(out[2 - i], 2, Instant{0}), Instant{0});
  out.clear();
  EXPECT_EQ(borrower.ask(host(3), one_connection(), SourceProof::round_trip, Instant{0}, out).answer,
            LeaseAnswer::wait);
  ASSERT_EQ(out.size(), 2U);
  EXPECT_EQ(out[0].source, *prefix_of(host(2), Scope::address)) << "the first that was granted";
  EXPECT_EQ(out[0].report.returned[Resource::connections], 2 * kThing);
  EXPECT_EQ(borrower.size(), 3U);
}

TEST(Lender, IgnoresAReportThatComesAfterItForgotTheLease) {
  WorldOptions options;
  options.rate = things_per_minute(0, 10);
  SourceLimits limits(plan_of(options), kKey, Instant{0});
  Lender lender(limits, 1);
  const LeaseRequest request{*prefix_of(host(1), Scope::address), one_connection(), {}};
  const LeaseGrant grant = lender.on_request(request, Instant{0});
  ASSERT_TRUE(grant.granted);
  EXPECT_EQ(grant.tokens[Resource::connections], 5 * kThing);
  LeaseRequest late{request.source, {}, {{}, grant.tokens, grant.valid_until}};
  lender.on_return(late, grant.valid_until + Account::kGrace);
  EXPECT_EQ(lender.counters().late.value(), 1U);
  int left = 0;
  while (!limits.take(host(1), one_connection(), grant.valid_until + Account::kGrace)) ++left;
  EXPECT_EQ(left, 5);
}

}  // namespace
}  // namespace ringwire::security
