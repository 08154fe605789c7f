#include <algorithm>

#include "codec/crypto/identity.hpp"
#include "codec/crypto/keccak.hpp"
#include "codec/crypto/lz4_block.hpp"
#include "codec/wire/codec.hpp"
#include "codec/wire/json_codec.hpp"
#include "codec/wire/publish.hpp"
#include "codec/wire/session_records.hpp"
#include "codec/wire/transaction.hpp"
#include "codec/wire/transaction_list.hpp"
#include "tests/integration/wire/values.hpp"
#include "tests/support/valid_records.hpp"

namespace ringwire::wire {
namespace {

Bytes some_bytes(RecordMaker& maker) {
  if (maker.prng().below(2) == 0) return repetitive_bytes(maker);
  return random_bytes(maker.prng(), maker.prng().below(300));
}

// --- Transactions; derived: their hashes

Spoken speak(const std::vector<Transaction>& transactions) {
  Spoken spoken;
  std::vector<Bytes> canonical;
  std::string values;
  for (const Transaction& transaction : transactions) {
    encode<Rlp>(transaction, canonical.emplace_back(encoded_bytes<Rlp>(transaction)));
    append(spoken.derived, crypto::keccak256(canonical.back()).view());
    values += (values.empty() ? "" : ",") + to_json(transaction);
  }
  const std::vector<ByteView> views(canonical.begin(), canonical.end());
  spoken.payload.resize(transactions_bytes(views));
  encode_transactions(views, spoken.payload);
  spoken.values = Json().raw("transactions", '[' + values + ']').text();
  return spoken;
}
Uint256 below_half_order(RecordMaker& maker) {
  auto number = maker.make<Uint256>();
  number.words[0] >>= 2;
  return number == Uint256() ? Uint256(1) : number;
}
Spoken make_transactions(RecordMaker& maker) {
  std::vector<Transaction> transactions;
  for (std::uint64_t left = maker.prng().below(5); left > 0; --left) {
    auto& transaction = transactions.emplace_back(maker.make<Transaction>());
    if (transaction.v != 0 && maker.prng().below(2) == 0)
      transaction.v = std::max<std::uint64_t>(35, maker.make<std::uint64_t>());
    transaction.r = below_half_order(maker);
    transaction.s = below_half_order(maker);
  }
  return speak(transactions);
}
Read read_transactions(ByteView payload) {
  TransactionList list(payload);
  std::vector<Transaction> transactions;
  while (const auto bytes = list.next()) {
    const auto transaction = decode_transaction(*bytes);
    if (!transaction) return none(name(transaction.error()));
    transactions.push_back(*transaction);
  }
  if (list.error() != Malformed::none) return none(name(list.error()));
  return speak(transactions);
}

// --- Publish; derived: its id, and of a signed one whether its origin signed it

Bytes derived_from(const PublishView& publish, ByteView message) {
  const PublishName name = publish_name(publish.author, publish_id(publish.topic, message));
  Bytes derived(name.id.bytes.begin(), name.id.bytes.end());
  if (name.digest) derived.push_back(verify_publish(*publish.author, *name.digest).ok() ? 1 : 0);
  return derived;
}
Spoken speak(const PublishView& publish, ByteView message) {
  Bytes payload(publish.head_bytes());
  encode_publish_head(publish, payload);
  append(payload, publish.payload);
  Json values;
  const unsigned encoding = static_cast<unsigned>(publish.encoding) | (publish.author ? 0x80U : 0U);
  values.number("ttl", Uint256(publish.ttl))
      .data("topic", publish.topic)
      .number("encoding", Uint256(encoding));
  if (publish.author) {
    values.data("origin", publish.author->origin.view())
        .number("sequence", Uint256(publish.author->sequence))
        .data("signature", publish.author->signature.view());
  }
  values.data("body", publish.payload).data("message", message);
  return {payload, values.text(), derived_from(publish, message)};
}
// Half of them have signed what is sent, the others something else.
PublishAuthor make_author(RecordMaker& maker, ByteView topic, ByteView message) {
  static const crypto::Signer kSigner{std::array<std::uint8_t, 32>{}};
  static const auto kKey = *crypto::SecretKey::from_bytes(std::array<std::uint8_t, 32>{7});
  static const NodeId kOrigin = crypto::node_id(kSigner.public_key(kKey));
  const auto sequence = maker.make<std::uint64_t>();
  const std::uint64_t said = sequence ^ maker.prng().below(2);
  const Hash32 digest = publish_digest(kOrigin, said, publish_id(topic, message));
  return {kOrigin, sequence, kSigner.sign(kKey, digest)};
}
Spoken make_publish(RecordMaker& maker) {
  PublishView publish{.ttl = static_cast<std::uint8_t>(maker.prng().below(kPublishTtlMax + 1)),
                      .topic = make_topic(maker)};
  const Bytes message = some_bytes(maker);
  Bytes packed(message.size());
  const auto size = crypto::lz4_pack(message, packed);
  if (size) publish.encoding = PublishEncoding::lz4;
  publish.payload = size ? ByteView(packed).first(*size) : ByteView(message);
  if (maker.prng().below(4) == 0) publish.author = make_author(maker, publish.topic, message);
  return speak(publish, message);
}
Read read_publish(ByteView payload) {
  const auto publish = decode_publish(payload);
  if (!publish) return none(name(publish.error()));
  if (publish->encoding == PublishEncoding::plain) return speak(*publish, publish->payload);
  const auto size = crypto::lz4_measure(publish->payload, kPublishDecodedBytesMax);
  if (!size || *size == 0) return none("no LZ4 block");
  Bytes message(*size);
  if (!crypto::lz4_unpack(publish->payload, message)) return none("bad ending");
  return speak(*publish, message);
}

// --- Subscribe

Spoken speak(const SubscribeView& subscribe) {
  Bytes payload(1 + subscribe.topic.size());
  encode_subscribe(subscribe, payload);
  const Uint256 on(subscribe.on ? 1 : 0);
  return {payload, Json().number("on", on).data("topic", subscribe.topic).text(), {}};
}
Spoken make_subscribe(RecordMaker& maker) {
  return speak(SubscribeView{maker.prng().below(2) == 0, make_topic(maker)});
}
Read read_subscribe(ByteView payload) {
  const auto subscribe = decode_subscribe(payload);
  if (!subscribe) return none("no subscription");
  return speak(*subscribe);
}

// --- the application's

Spoken make_app_data(RecordMaker& maker) {
  const Bytes bytes = some_bytes(maker);
  return {bytes, Json().data("bytes", bytes).text(), {}};
}
Read read_app_data(ByteView payload) {
  return Spoken{Bytes(payload.begin(), payload.end()), Json().data("bytes", payload).text(), {}};
}

Spoken speak(const AppMessage& message) {
  Bytes payload(kAppHeaderBytes);
  store_be(payload.data(), message.request_id);
  append(payload, message.bytes);
  return {payload, Json().number("id", Uint256(message.request_id)).data("bytes", message.bytes).text(), {}};
}
Spoken make_app_message(RecordMaker& maker) {
  const Bytes bytes = some_bytes(maker);
  return speak(AppMessage{maker.make<std::uint64_t>(), bytes});
}
Read read_app_message(ByteView payload) {
  const auto message = decode_app_message(payload);
  if (!message) return none("no request id");
  return speak(*message);
}

}  // namespace

std::vector<Coder> content_coders() {
  using enum MessageType;
  return {{transactions, &make_transactions, &read_transactions},
          {publish, &make_publish, &read_publish},
          {subscribe, &make_subscribe, &read_subscribe},
          {app_data, &make_app_data, &read_app_data},
          {app_request, &make_app_message, &read_app_message},
          {app_response, &make_app_message, &read_app_message}};
}

}  // namespace ringwire::wire
