// A withdrawal from the beacon chain, as blocks since Shanghai list them (EIP-4895).
#pragma once

#include "codec/wire/describe.hpp"

namespace ringwire::wire {

struct Withdrawal {
  std::uint64_t index = 0;
  std::uint64_t validator = 0;
  Address20 address;
  std::uint64_t amount_gwei = 0;
};

template <>
struct Describe<Withdrawal> {
  static constexpr auto kFields =
      std::tuple(field("index", &Withdrawal::index), field("validatorIndex", &Withdrawal::validator),
                 field("address", &Withdrawal::address), field("amount", &Withdrawal::amount_gwei));
};

}  // namespace ringwire::wire
