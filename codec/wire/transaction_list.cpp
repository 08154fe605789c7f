#include "codec/wire/transaction_list.hpp"

#include "codec/base/check.hpp"

namespace ringwire::wire {
namespace {

bool is_typed(ByteView transaction) {
  return !transaction.empty() && transaction[0] < 0x80;
}

template <class Sink>
void write(Sink& sink, std::span<const ByteView> transactions) {
  sink.list([&](auto& items) {
    for (const ByteView transaction : transactions) {
      is_typed(transaction) ? items.string(transaction) : items.raw(transaction);
    }
  });
}

}  // namespace

TransactionList::TransactionList(ByteView payload) : items_(ByteView{}) {
  RlpReader message(payload);
  items_ = message.list();
  message.finish();
  items_.adopt(message);
}

std::optional<ByteView> TransactionList::next() {
  if (!items_.more()) return std::nullopt;
  if (left_-- == 0) items_.fail(Malformed::too_many_items);
  const RlpItem item = items_.item();
  if (!item.is_list && !is_typed(item.payload)) items_.fail(Malformed::expected_list);
  if (!items_.ok()) return std::nullopt;
  return item.is_list ? item.encoded : item.payload;
}

std::size_t transactions_bytes(std::span<const ByteView> transactions) {
  return rlp_size([&](auto& sink) { write(sink, transactions); });
}

std::size_t encode_transactions(std::span<const ByteView> transactions, ByteSpan out) {
  RlpWriter writer(out);
  write(writer, transactions);
  return writer.bytes();
}

std::size_t encode_transaction_prefix(std::uint8_t first_byte, std::size_t bytes,
                                      std::span<std::uint8_t, kTransactionPrefixMax> out) {
  RW_ASSERT(bytes >= 2 && bytes <= UINT32_MAX);
  RlpWriter writer(out);
  const bool typed = first_byte < 0x80;
  writer.list_header(typed ? rlp_header_bytes(bytes) + bytes : bytes);
  if (typed) writer.string_header(bytes);
  return writer.bytes();
}

}  // namespace ringwire::wire
