// Signed transactions of one fresh account, with nonces in order: what `ringwire load --kind tx` sends,
// and the nodes of a simulated world.
#pragma once

#include <cstdint>
#include <vector>

#include "codec/crypto/identity.hpp"
#include "codec/wire/transaction.hpp"
#include "engine/node/entropy.hpp"

namespace ringwire::sim {

class TransactionMaker {
 public:
  // `bytes` long where that is more than a bare transfer needs. The key is drawn from `entropy`.
  explicit TransactionMaker(std::uint64_t chain_id, std::uint32_t bytes = 0,
                            const node::Entropy& entropy = {});
  TransactionMaker(const TransactionMaker&) = delete;
  TransactionMaker& operator=(const TransactionMaker&) = delete;

  // The canonical encoding of the next one.
  std::vector<std::uint8_t> next();
  // From the next one on.
  void set_bytes(std::uint32_t bytes);

 private:
  crypto::SecretKey draw();

  node::Entropy entropy_;
  crypto::Signer signer_;
  crypto::SecretKey key_;
  wire::Transaction fields_;
  std::size_t bare_bytes_ = 0;
  std::vector<std::uint8_t> data_;
};

}  // namespace ringwire::sim
