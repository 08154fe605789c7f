#include <algorithm>

#include "codec/crypto/identity.hpp"
#include "codec/wire/handshake.hpp"
#include "codec/wire/rlp.hpp"
#include "codec/wire/session_records.hpp"
#include "tests/integration/wire/values.hpp"

namespace ringwire::wire {
namespace {

// --- Ping and Pong

Spoken speak_ping(std::uint64_t nonce, ByteView padding) {
  Bytes payload(kPingBytesMin + padding.size());
  encode_ping(nonce, payload);
  std::copy(padding.begin(), padding.end(), payload.begin() + kPingBytesMin);
  return {payload, Json().number("nonce", Uint256(nonce)).data("padding", padding).text(), {}};
}
Spoken make_ping(RecordMaker& maker) {
  const ByteView padding = maker.bytes(maker.prng().below(kPingBytesMax - kPingBytesMin + 1));
  return speak_ping(maker.make<std::uint64_t>(), padding);
}
Read read_ping(ByteView payload) {
  const auto nonce = decode_ping(payload);
  if (!nonce) return none("no ping");
  return speak_ping(*nonce, payload.subspan(kPingBytesMin));
}

// --- Disconnect

Spoken speak(const DisconnectView& disconnect) {
  Bytes payload(disconnect_bytes(as_text(disconnect.text)));
  encode_disconnect(static_cast<DisconnectReason>(disconnect.code), as_text(disconnect.text), payload);
  return {
      payload, Json().number("reason", Uint256(disconnect.code)).data("text", disconnect.text).text(), {}};
}
Spoken make_disconnect(RecordMaker& maker) {
  const auto code = static_cast<std::uint8_t>(maker.prng().next());
  return speak(DisconnectView{code, maker.bytes(maker.prng().below(kDisconnectTextMax + 1))});
}
Read read_disconnect(ByteView payload) {
  const auto disconnect = decode_disconnect(payload);
  if (!disconnect) return none("no disconnect");
  return speak(*disconnect);
}

// --- WindowUpdate

Spoken speak(const WindowUpdate& update) {
  Bytes payload(kWindowUpdateBytes);
  encode(update, std::span<std::uint8_t, kWindowUpdateBytes>(payload));
  const auto number = static_cast<std::uint64_t>(update.traffic_class);
  return {
      payload, Json().number("class", Uint256(number)).number("credit", Uint256(update.credit)).text(), {}};
}
Spoken make_window_update(RecordMaker& maker) {
  const auto traffic_class = static_cast<TrafficClass>(maker.prng().below(kTrafficClasses));
  return speak(WindowUpdate{traffic_class, std::max(maker.make<std::uint32_t>(), 1U)});
}
Read read_window_update(ByteView payload) {
  const auto update = decode_window_update(payload);
  if (!update) return none("no window update");
  return speak(*update);
}

// --- Fragment

Spoken speak(const FragmentView& fragment) {
  Bytes payload(kFragmentHeaderBytes);
  encode_fragment_header(fragment, std::span<std::uint8_t, kFragmentHeaderBytes>(payload));
  append(payload, fragment.bytes);
  const unsigned flags = (fragment.first ? 1U : 0U) | (fragment.last ? 2U : 0U) | (fragment.abort ? 4U : 0U);
  Json values;
  values.number("slot", Uint256(fragment.slot)).number("flags", Uint256(flags)).data("bytes", fragment.bytes);
  return {payload, values.text(), {}};
}
Spoken make_fragment(RecordMaker& maker) {
  Prng& prng = maker.prng();
  FragmentView fragment{.slot = maker.make<std::uint8_t>(), .abort = prng.below(5) == 0};
  if (fragment.abort) return speak(fragment);
  fragment.first = prng.below(2) == 0;
  fragment.last = prng.below(2) == 0;
  fragment.bytes = maker.bytes(prng.between(1, prng.below(8) == 0 ? kFragmentBytesMax : 600));
  return speak(fragment);
}
Read read_fragment(ByteView payload) {
  const auto fragment = decode_fragment(payload);
  if (!fragment) return none("no fragment");
  return speak(*fragment);
}

// --- Handshake and HandshakeAck; derived: the node id, and what would be signed if both ends said the same

const crypto::Signer& signer() {
  static const crypto::Signer kSigner{std::array<std::uint8_t, 32>{}};
  return kSigner;
}
crypto::SecretKey random_key(RecordMaker& maker) {
  for (;;) {
    auto key = crypto::SecretKey::from_bytes(maker.bytes(32).first<32>());
    if (key) return std::move(*key);
  }
}

ByteView address_of(const Handshake& handshake) {
  if (!handshake.listen) return {};
  const IpAddress& address = handshake.listen->address;
  return ByteView(address.bytes).first(address.family == IpAddress::Family::v4 ? 4 : 16);
}
Spoken speak(const Handshake& handshake) {
  Bytes payload(encoded_bytes(handshake));
  encode(handshake, payload);
  Json values;
  values.number("version-min", Uint256(handshake.version_min))
      .number("version-max", Uint256(handshake.version_max))
      .number("role", Uint256(static_cast<std::uint64_t>(handshake.role)))
      .data("public-key", handshake.public_key.view())
      .data("expected-id", handshake.expected_peer ? handshake.expected_peer->view() : ByteView{})
      .data("nonce", handshake.nonce.view())
      .number("network-id", Uint256(handshake.network_id))
      .data("listen-address", address_of(handshake))
      .number("listen-port", Uint256(handshake.listen ? handshake.listen->port : 0))
      .data("head-hash", handshake.head_hash.view())
      .number("head-number", Uint256(handshake.head_number))
      .number("options", Uint256(handshake.options))
      .data("client", as_bytes(handshake.client.view()));
  return {payload, values.text(), {}};
}
Bytes derived_from(const Handshake& handshake, ByteView payload) {
  Bytes derived;
  append(derived, crypto::node_id(handshake.public_key).view());
  append(derived, handshake_digest(handshake.role, payload, payload, ChannelBinding()).view());
  return derived;
}
Endpoint random_endpoint(RecordMaker& maker) {
  std::array<std::uint8_t, 16> bytes;
  maker.prng().fill(bytes);
  Endpoint endpoint{.port = static_cast<std::uint16_t>(maker.prng().between(1, UINT16_MAX))};
  endpoint.address = maker.prng().below(2) == 0 ? IpAddress::v6(bytes)
                                                : IpAddress::v4(bytes[0], bytes[1], bytes[2], bytes[3]);
  return endpoint;
}
Spoken make_handshake(RecordMaker& maker) {
  Handshake handshake;
  const auto a = maker.make<std::uint64_t>();
  const auto b = maker.make<std::uint64_t>();
  handshake.version_min = std::max<std::uint64_t>(std::min(a, b), 1);
  handshake.version_max = std::max<std::uint64_t>(std::max(a, b), 1);
  handshake.role = static_cast<Role>(maker.prng().below(2));
  handshake.public_key = signer().public_key(random_key(maker));
  if (handshake.role == Role::initiator && maker.prng().below(2) == 0)
    handshake.expected_peer = maker.make<NodeId>();
  handshake.nonce = maker.make<HandshakeNonce>();
  handshake.network_id = maker.make<std::uint64_t>();
  if (maker.prng().below(2) == 0) handshake.listen = random_endpoint(maker);
  handshake.head_hash = maker.make<Hash32>();
  handshake.head_number = maker.make<std::uint64_t>();
  handshake.options = maker.make<std::uint64_t>();
  if (maker.prng().below(2) == 0) handshake.client = ClientName("ringwire/0.1.0 (a+b_c-d): x, y");
  Spoken spoken = speak(handshake);
  spoken.derived = derived_from(handshake, spoken.payload);
  return spoken;
}
// Without the list's header.
ByteView items_of(ByteView list) {
  return RlpReader(list).list().rest();
}
Read read_handshake(ByteView payload) {
  const auto handshake = decode_handshake(payload);
  if (!handshake) return none(name(handshake.error()));
  Spoken spoken = speak(*handshake);
  // Later fields are not ours to write; what we write stands before them.
  const std::string_view ours = as_text(items_of(spoken.payload));
  if (as_text(items_of(payload)).starts_with(ours)) spoken.payload.assign(payload.begin(), payload.end());
  spoken.derived = derived_from(*handshake, payload);
  return spoken;
}

Spoken speak(const crypto::Signature& signature) {
  const ByteView bytes = signature.view();
  Json values;
  values.number("r", Uint256::from_be(bytes.first(32)))
      .number("s", Uint256::from_be(bytes.subspan(32, 32)))
      .number("recovery", Uint256(bytes[64]));
  return {Bytes(bytes.begin(), bytes.end()), values.text(), {}};
}
Spoken make_ack(RecordMaker& maker) {
  return speak(signer().sign(random_key(maker), maker.make<Hash32>()));
}
Read read_ack(ByteView payload) {
  const auto signature = decode_handshake_ack(payload);
  if (!signature) return none("no signature");
  if (const auto status = crypto::check_form(*signature); !status) return none(name(status.error()));
  return speak(*signature);
}

}  // namespace

std::vector<Coder> session_coders() {
  using enum MessageType;
  return {{handshake, &make_handshake, &read_handshake},
          {handshake_ack, &make_ack, &read_ack},
          {ping, &make_ping, &read_ping},
          {pong, &make_ping, &read_ping},
          {disconnect, &make_disconnect, &read_disconnect},
          {window_update, &make_window_update, &read_window_update},
          {fragment, &make_fragment, &read_fragment}};
}

}  // namespace ringwire::wire
