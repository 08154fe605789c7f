// Blocks and their bodies. Transactions stay encoded, each with its envelope: their bytes are what is hashed,
// and who wants to look inside decodes one after the other.
//
// A body of before Shanghai has no withdrawals. Refers to the bytes decoded.
// Source: Yellow Paper 4.3; EIP-4895; the eth protocol's BlockBodies.
#pragma once

#include "codec/wire/describe.hpp"
#include "codec/wire/header.hpp"
#include "codec/wire/list.hpp"
#include "codec/wire/withdrawal.hpp"

namespace ringwire::wire {

struct Body {
  List<Envelope> transactions;
  List<Header> ommers;
  std::optional<List<Withdrawal>> withdrawals;
};
template <>
struct Describe<Body> {
  static constexpr auto kFields =
      std::tuple(field("transactions", &Body::transactions), field("uncles", &Body::ommers),
                 trailing("withdrawals", &Body::withdrawals));
};

struct Block {
  Header header;
  List<Envelope> transactions;
  List<Header> ommers;
  std::optional<List<Withdrawal>> withdrawals;
};
template <>
struct Describe<Block> {
  static constexpr auto kFields =
      std::tuple(field("header", &Block::header), field("transactions", &Block::transactions),
                 field("uncles", &Block::ommers), trailing("withdrawals", &Block::withdrawals));
};

}  // namespace ringwire::wire
