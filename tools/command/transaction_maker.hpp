// Signed transactions of one fresh account, with nonces in order: what `ringwire load --kind tx` sends.
#pragma once

#include <cstdint>
#include <vector>

#include "codec/crypto/identity.hpp"
#include "codec/wire/transaction.hpp"
#include "engine/node/entropy.hpp"

namespace ringwire::command {

class TransactionMaker {
 public:
  // `bytes` long where that is more than a bare transfer needs.
  TransactionMaker(std::uint64_t chain_id, std::uint32_t bytes);
  TransactionMaker(const TransactionMaker&) = delete;
  TransactionMaker& operator=(const TransactionMaker&) = delete;

  // The canonical encoding of the next one.
  std::vector<std::uint8_t> next();

 private:
  crypto::SecretKey draw();

  node::Entropy entropy_;
  crypto::Signer signer_;
  crypto::SecretKey key_;
  wire::Transaction fields_;
  std::vector<std::uint8_t> data_;
};

}  // namespace ringwire::command
