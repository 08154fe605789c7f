// An account as the state trie keeps it, under the hash of its address.
#pragma once

#include "codec/wire/describe.hpp"

namespace ringwire::wire {

struct Account {
  std::uint64_t nonce = 0;
  Uint256 balance;
  Hash32 storage_root;
  Hash32 code_hash;
};
template <>
struct Describe<Account> {
  static constexpr auto kFields =
      std::tuple(field("nonce", &Account::nonce), field("balance", &Account::balance),
                 field("storageRoot", &Account::storage_root), field("codeHash", &Account::code_hash));
};

}  // namespace ringwire::wire
