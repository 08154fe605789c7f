#include "tools/sim/transaction_maker.hpp"

namespace ringwire::sim {

TransactionMaker::TransactionMaker(std::uint64_t chain_id, std::uint32_t bytes, const node::Entropy& entropy)
    : entropy_(entropy), signer_(entropy_.draw<Hash32>().bytes), key_(draw()) {
  fields_.type = wire::TransactionType::dynamic_fee;
  fields_.chain_id = chain_id;
  fields_.max_fee = 1'000'000'000;
  fields_.max_priority_fee = 1'000'000'000;
  fields_.to = Address20{};
  fields_.gas_limit = 21'000;
  bare_bytes_ = wire::sign_transaction(fields_, signer_, key_).size();
  set_bytes(bytes);
}

void TransactionMaker::set_bytes(std::uint32_t bytes) {
  data_.resize(bytes > bare_bytes_ ? bytes - bare_bytes_ : 0);
  fields_.data = data_;
  fields_.gas_limit = 21'000 + 16 * data_.size();
}

std::vector<std::uint8_t> TransactionMaker::next() {
  auto bytes = wire::sign_transaction(fields_, signer_, key_);
  ++fields_.nonce;
  return bytes;
}

crypto::SecretKey TransactionMaker::draw() {
  for (;;) {
    if (auto key = crypto::SecretKey::from_bytes(entropy_.draw<Hash32>().bytes)) return std::move(*key);
  }
}

}  // namespace ringwire::sim
