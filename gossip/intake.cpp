#include "gossip/intake.hpp"

#include <algorithm>
#include <utility>

#include "codec/wire/publish.hpp"

namespace ringwire::gossip {
namespace {

constexpr Duration kDirectCost = 1us;   // table work for a message that needs no signature
constexpr Duration kSignedCost = 35us;  // the same, and to recover a key and hash it

Duration cost_of(Kind kind) {
  return kind == Kind::signed_publish ? kSignedCost : kDirectCost;
}

// One deadline gives up at most this many verdicts; the rest follows in the next turns.
constexpr int kExpiredPerTurn = 256;

template <std::size_t kSize, class Enum>
const char* name_of(const std::array<const char*, kSize>& names, Enum value) {
  static_assert(kSize == static_cast<std::size_t>(Enum::count_));
  return value < Enum::count_ ? names[static_cast<std::size_t>(value)] : "unknown";
}

SeenLimits refused_limits(const IntakeLimits& limits) {
  return {.messages_max = limits.refused_max, .window = limits.seen.window};
}

}  // namespace

const char* name(Kind kind) {
  static constexpr std::array kNames{"transaction", "publish", "signed_publish", "app_data"};
  return name_of(kNames, kind);
}

const char* name(Offered offered) {
  static constexpr std::array kNames{"queued",    "pending",     "repeated", "seen",     "refused",
                                     "offending", "source_full", "full",     "too_large"};
  return name_of(kNames, offered);
}

const char* name(Outcome outcome) {
  static constexpr std::array kNames{"accepted", "rejected", "awaiting", "ignored", "expired"};
  return name_of(kNames, outcome);
}

Intake::Intake(const IntakeLimits& limits, const crypto::SipKey& key, TransactionPolicy& policy)
    : limits_(limits),
      key_(key),
      policy_(policy),
      seen_(limits.seen),
      refused_(refused_limits(limits)),
      offending_(refused_limits(limits)),
      items_(std::make_unique<Item[]>(positions(limits))),
      pending_(positions(limits)),
      transactions_(limits.transactions, positions(limits), key),
      direct_(limits.direct, positions(limits), key),
      scratch_(limits.transaction_bytes_max) {
  RW_ASSERT(limits.awaiting_max > 0 && limits.transaction_cost_max.count() > 0);
  for (std::uint32_t i = 0; i < positions(limits); ++i) items_[i].next_free = i + 1;
}

Intake::~Intake() = default;

// --- offers

Offered Intake::offer(const Hash32& id, Kind kind, SliceChain&& bytes, SourceId source, Instant now,
                      const Hash32& digest) {
  const Offered answer = try_offer(id, kind, bytes, source, now, digest);
  counters_.offered[static_cast<std::size_t>(answer)].add();
  return answer;
}

Offered Intake::try_offer(const Hash32& id, Kind kind, SliceChain& bytes, SourceId source, Instant now,
                          const Hash32& digest) {
  if (const auto answer = known(id, kind, source, now)) return *answer;
  if (kind == Kind::transaction && bytes.bytes() > limits_.transaction_bytes_max) return Offered::too_large;
  switch (queue_of(kind).room(source, bytes.bytes())) {
    case Room::full:
      return Offered::full;
    case Room::source_full:
      return Offered::source_full;
    case Room::yes:
      break;
  }
  enqueue(id, kind, bytes, source, now).digest = digest;
  return Offered::queued;
}

Fingerprint Intake::seen_as(const Hash32& id, Kind kind) const {
  return kind == Kind::signed_publish ? fingerprint(key_, wire::publish_number(id)) : fingerprint(key_, id);
}

std::optional<Offered> Intake::known(const Hash32& id, Kind kind, SourceId source, Instant now) {
  const Fingerprint id_print = fingerprint(key_, id);
  if (const std::uint32_t position = find(id_print); position != KeyedIndex::kNone) {
    return note_co_source(items_[position], source);
  }
  if (offending_.contains(id_print, now)) return Offered::offending;
  if (refused_.contains(id_print, now)) return Offered::refused;
  if (seen_.contains(seen_as(id, kind), now)) return Offered::seen;
  return std::nullopt;
}

std::uint32_t Intake::find(const Fingerprint& id) const {
  return pending_.find(id.secret, [&](std::uint32_t position) { return items_[position].fingerprint == id; });
}

Offered Intake::note_co_source(Item& item, SourceId source) {
  const auto end = item.co_sources.begin() + item.co_source_count;
  if (item.source == source || std::find(item.co_sources.begin(), end, source) != end) {
    return Offered::repeated;
  }
  if (item.co_source_count == kCoSourcesMax) {
    counters_.co_sources_unnamed.add();
  } else {
    item.co_sources[item.co_source_count++] = source;
  }
  return Offered::pending;
}

Intake::Item& Intake::enqueue(const Hash32& id, Kind kind, SliceChain& bytes, SourceId source, Instant now) {
  const std::uint32_t position = free_;
  Item& item = items_[position];
  free_ = item.next_free;
  item.fingerprint = fingerprint(key_, id);
  item.id = id;
  item.kind = kind;
  item.co_source_count = 0;
  item.bytes = std::exchange(bytes, {});
  item.source = source;
  item.offered = now;
  item.facts = {};
  pending_.insert(item.fingerprint.secret, position);
  queue_of(kind).push(source, position, item.bytes.bytes());
  update_gauges();
  return item;
}

bool Intake::has_room(Kind kind, SourceId source, std::uint64_t bytes) const {
  return queue_of(kind).room(source, bytes) == Room::yes;
}

// --- decisions

Duration Intake::work(Duration budget, Instant now, std::vector<Decision>& out) {
  const Duration left = work_transactions(work_direct(budget, now, out), now, out);
  update_gauges();
  return budget - left;
}

bool Intake::has_work() const {
  return is_runnable(direct_) || is_runnable(transactions_);
}

// Is there a place for `bytes` more, after `items_before` others of the same batch?
bool Intake::can_await(std::size_t items_before, std::uint64_t bytes) const {
  const std::size_t items = awaiting_count_ + items_before;
  return items < limits_.awaiting_max &&
         (items == 0 || awaiting_bytes_ + bytes <= limits_.awaiting_bytes_max);
}

// A message that would have to await a verdict without a place for it stays queued.
bool Intake::is_runnable(const FairQueue& queue) const {
  const std::uint32_t front = queue.front();
  if (front == FairQueue::kNone) return false;
  return !asks(items_[front].kind) || can_await(0, items_[front].bytes.bytes());
}

Duration Intake::work_direct(Duration budget, Instant now, std::vector<Decision>& out) {
  for (bool first = true; is_runnable(direct_); first = false) {
    const std::uint32_t position = direct_.front();
    if (!first && budget < cost_of(items_[position].kind)) break;
    direct_.pop();
    const Judgement judgement = judge(items_[position], now);
    budget -= judgement.cost;
    if (judgement.refusal != Refusal::none) {
      reject(position, judgement, now, out);
    } else {
      pass(position, now, out);
    }
  }
  return budget;
}

Judgement Intake::judge(const Item& item, Instant now) {
  if (item.kind != Kind::signed_publish) return {.cost = kDirectCost};
  // While this one waited.
  if (seen_.contains(seen_as(item.id, item.kind), now)) {
    counters_.repeated_numbers.add();
    return {.refusal = Refusal::other, .cost = kDirectCost};
  }
  std::array<std::uint8_t, wire::kPublishHeadBytesMax> scratch;
  const auto head = wire::decode_publish(item.bytes, scratch);
  RW_ASSERT(head.ok() && head->author);
  if (wire::verify_publish(*head->author, item.digest)) return {.cost = kSignedCost};
  counters_.bad_signatures.add();
  return {.refusal = Refusal::bad_signature, .penalise = true, .cost = kSignedCost};
}

Duration Intake::work_transactions(Duration budget, Instant now, std::vector<Decision>& out) {
  bool first = true;
  while (is_runnable(transactions_) && (first || budget >= limits_.transaction_cost_max)) {
    const auto affordable = std::max<std::int64_t>(1, budget / limits_.transaction_cost_max);
    Batch batch;
    take_batch(static_cast<std::size_t>(std::min<std::int64_t>(affordable, kJudgedMax)), batch);
    std::array<Judgement, kJudgedMax> judgements;
    policy_.judge({batch.bytes.data(), batch.size}, {judgements.data(), batch.size});
    for (std::size_t i = 0; i < batch.size; ++i) {
      const Judgement& judgement = judgements[i];
      budget -= judgement.cost;
      if (judgement.refusal != Refusal::none) {
        reject(batch.items[i], judgement, now, out);
      } else {
        items_[batch.items[i]].facts = judgement.facts;
        pass(batch.items[i], now, out);
      }
    }
    first = false;
  }
  return budget;
}

// As many as may be judged, can await a verdict, and fit the scratch where they straddle buffers.
void Intake::take_batch(std::size_t items_max, Batch& batch) {
  std::size_t scratch_used = 0;
  std::uint64_t bytes_taken = 0;
  while (batch.size < items_max && transactions_.front() != FairQueue::kNone) {
    const std::uint32_t position = transactions_.front();
    const SliceChain& bytes = items_[position].bytes;
    bytes_taken += bytes.bytes();
    if (asks(Kind::transaction) && !can_await(batch.size, bytes_taken)) return;
    if (bytes.count() <= 1) {
      batch.bytes[batch.size] = bytes.contiguous();
    } else {
      const ByteSpan room = ByteSpan(scratch_).subspan(scratch_used);
      if (bytes.bytes() > room.size()) return;
      batch.bytes[batch.size] = room.first(bytes.copy_to(room, CopyReason::straddle));
      scratch_used += bytes.bytes();
    }
    batch.items[batch.size++] = position;
    transactions_.pop();
  }
}

void Intake::reject(std::uint32_t position, const Judgement& judgement, Instant now,
                    std::vector<Decision>& out) {
  SeenCache& memory = judgement.penalise ? offending_ : refused_;
  memory.insert(items_[position].fingerprint, now);
  Decision decision = conclude(position, Outcome::rejected);
  decision.refusal = judgement.refusal;
  decision.penalise = judgement.penalise;
  if (decision.penalise) counters_.penalised.add();
  out.push_back(std::move(decision));
}

// Nothing of ours speaks against it: the application gets it now, to have or to judge.
void Intake::pass(std::uint32_t position, Instant now, std::vector<Decision>& out) {
  Item& item = items_[position];
  const bool first = seen_.insert(seen_as(item.id, item.kind), now);
  RW_ASSERT(first);
  counters_.delivered[static_cast<std::size_t>(item.kind)].add();
  if (asks(item.kind)) {
    item.deadline = now + limits_.verdict_timeout;
    awaiting_.push_back(item);
    ++awaiting_count_;
    awaiting_bytes_ += item.bytes.bytes();
    out.push_back(describe(item, Outcome::awaiting));
  } else {
    out.push_back(conclude(position, Outcome::accepted));
    out.back().relay = true;
  }
  out.back().deliver = true;
}

Decision Intake::describe(const Item& item, Outcome outcome) {
  counters_.decided[static_cast<std::size_t>(outcome)].add();
  Decision decision{.id = item.id, .kind = item.kind, .outcome = outcome};
  decision.bytes = item.bytes;
  decision.facts = item.facts;
  decision.source = item.source;
  decision.offered = item.offered;
  decision.co_sources = item.co_sources;
  decision.co_source_count = item.co_source_count;
  return decision;
}

Decision Intake::conclude(std::uint32_t position, Outcome outcome) {
  Decision decision = describe(items_[position], outcome);
  release(position);
  return decision;
}

// The id is no longer pending, its bytes go home, its place is free.
void Intake::release(std::uint32_t position) {
  Item& item = items_[position];
  if (item.linked()) {
    item.unlink();
    --awaiting_count_;
    awaiting_bytes_ -= item.bytes.bytes();
  }
  pending_.erase(item.fingerprint.secret, position);
  item.bytes.clear();
  item.next_free = free_;
  free_ = position;
}

// --- verdicts of the application

std::optional<Decision> Intake::verdict(const Hash32& id, Verdict verdict, Instant now) {
  const Fingerprint id_print = fingerprint(key_, id);
  const std::uint32_t position = find(id_print);
  if (position == KeyedIndex::kNone || !items_[position].linked()) {
    counters_.late_verdicts.add();
    return std::nullopt;
  }
  static constexpr std::array kOutcome{Outcome::accepted, Outcome::rejected, Outcome::ignored};
  Decision decision = conclude(position, kOutcome[static_cast<std::size_t>(verdict)]);
  decision.relay = verdict == Verdict::accept;
  if (verdict == Verdict::reject) {
    offending_.insert(id_print, now);
    decision.refusal = Refusal::other;
    decision.penalise = true;
    counters_.penalised.add();
  }
  update_gauges();
  return decision;
}

Instant Intake::next_deadline() {
  const Item* oldest = awaiting_.front();
  return oldest == nullptr ? kNever : oldest->deadline;
}

void Intake::on_deadline(Instant now, std::vector<Decision>& out) {
  for (int i = 0; i < kExpiredPerTurn && next_deadline() <= now; ++i) {
    out.push_back(conclude(position_of(*awaiting_.front()), Outcome::expired));
  }
  update_gauges();
}

void Intake::update_gauges() {
  counters_.awaiting.set(awaiting_count_);
  counters_.queued.set(transactions_.size() + direct_.size());
}

Footprint Intake::footprint(const IntakeLimits& limits) {
  const std::uint64_t queued = FairQueue::footprint_bytes(limits.transactions, positions(limits)) +
                               FairQueue::footprint_bytes(limits.direct, positions(limits));
  Footprint sum{{"gossip: messages being decided, entries", positions(limits), sizeof(Item)},
                {"gossip: messages being decided, index", 1, KeyedIndex::bytes_for(positions(limits))},
                {"gossip: queues of undecided messages", 1, queued},
                {"gossip: scratch for straddling transactions", 1, limits.transaction_bytes_max}};
  const auto add = [&](const SeenLimits& memory, const char* what) {
    for (Addend& addend : SeenCache::footprint(memory, what)) sum.push_back(std::move(addend));
  };
  add(limits.seen, "seen messages");
  add(refused_limits(limits), "refused messages");
  add(refused_limits(limits), "offending messages");
  return sum;
}

void Intake::clear() {
  for (FairQueue* queue : {&direct_, &transactions_}) {
    for (; queue->front() != FairQueue::kNone; queue->pop()) release(queue->front());
  }
  while (const Item* item = awaiting_.front()) release(position_of(*item));
  update_gauges();
}

}  // namespace ringwire::gossip
