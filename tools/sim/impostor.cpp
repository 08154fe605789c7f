#include "tools/sim/impostor.hpp"

#include <utility>

namespace ringwire::sim {

void dial_through(Fleet& fleet, std::uint32_t from, std::uint32_t to, const Endpoint& endpoint) {
  SimNode* node = fleet.find(from);
  if (node == nullptr) return;
  node->ask(0, [endpoint, expected = fleet.public_key_of(to)](node::Shard& own) {
    (void)own.admission().dial(endpoint, expected);
  });
}

Impostor::Impostor(World& world, Fleet& fleet, std::uint32_t one, std::uint32_t other,
                   std::uint32_t first_address)
    : world_(world),
      fleet_(fleet),
      one_(one),
      other_(other),
      tls_(!fleet.config().insecure_plaintext),
      next_address_(first_address) {
  Middleman::Options options;
  options.address = next_address_++;
  options.target = endpoint_of(other_);
  relay_ = std::make_unique<Middleman>(world_, options);
  step();
}

Endpoint Impostor::endpoint_of(std::uint32_t node) const {
  return {Fleet::address_of(node), SimNode::kPort};
}

void Impostor::step() {
  if (relay_ != nullptr && has_heard()) come_forward();
  if (relay_ != nullptr) {
    if (!relay_->overheard().both()) dial_through(fleet_, one_, other_, relay_->endpoint());
  } else {
    if (ends_tls_ != nullptr && ends_tls_->overheard().proofs()) {
      const Overheard& inside = std::exchange(ends_tls_, nullptr)->overheard();
      play(Trick::replay, true, inside);
      play(Trick::masquerade, true, inside);
    }
    play_round();
  }
  world_.after(kRound, [this, alive = alive_] {
    if (*alive) step();
  });
}

// Half of it would be malformed, and refused for that. Over TLS it cannot tell what is whole: it gives it a
// round.
bool Impostor::has_heard() {
  const Overheard& overheard = relay_->overheard();
  return tls_ ? std::exchange(both_spoke_, overheard.both()) : overheard.proofs();
}

void Impostor::come_forward() {
  const Overheard overheard = relay_->overheard();
  relay_.reset();
  play(Trick::replay, false, overheard);
  play(Trick::reflect, tls_, {});
  play(Trick::splice, tls_, {});
  if (tls_) {
    ends_tls_ = &play(Trick::relay, true, {});
  } else {
    play(Trick::masquerade, false, overheard);
  }
}

Middleman& Impostor::play(Trick trick, bool ends_tls, const Overheard& lines) {
  Middleman::Options options;
  options.address = next_address_++;
  options.trick = trick;
  options.ends_tls = ends_tls;
  options.target = endpoint_of(other_);
  options.lines = lines;
  return *hosts_.emplace_back(std::make_unique<Middleman>(world_, std::move(options)));
}

std::uint64_t Impostor::refused() const {
  std::uint64_t sum = 0;
  for (const auto& host : hosts_) sum += host->ended;
  return sum;
}

void Impostor::play_round() {
  for (const auto& host : hosts_) {
    // Splice needs two at a time.
    for (int dials = 0; dials < 2; ++dials) dial_through(fleet_, one_, other_, host->endpoint());
    if (host->passes_on()) continue;
    dial_through(fleet_, other_, one_, host->endpoint());
    host->dial(endpoint_of(one_));
    host->dial(endpoint_of(other_));
  }
}

}  // namespace ringwire::sim
