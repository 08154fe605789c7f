#include "codec/wire/handshake.hpp"

#include <algorithm>

#include "codec/crypto/keccak.hpp"
#include "codec/wire/rlp.hpp"

namespace ringwire::wire {
namespace {

ByteView address_bytes(const std::optional<Endpoint>& endpoint) {
  if (!endpoint) return {};
  return ByteView(endpoint->address.bytes).first(endpoint->address.family == IpAddress::Family::v4 ? 4 : 16);
}

template <class Sink>
void write(Sink& out, const Handshake& handshake) {
  out.list([&](auto& fields) {
    fields.u64(handshake.version_min);
    fields.u64(handshake.version_max);
    fields.u64(static_cast<std::uint8_t>(handshake.role));
    fields.string(handshake.public_key.view());
    fields.string(handshake.expected_peer ? handshake.expected_peer->view() : ByteView{});
    fields.string(handshake.nonce.view());
    fields.u64(handshake.network_id);
    fields.string(address_bytes(handshake.listen));
    fields.u64(handshake.listen ? handshake.listen->port : 0);
    fields.string(handshake.head_hash.view());
    fields.u64(handshake.head_number);
    fields.u64(handshake.options);
    if (!handshake.client.view().empty()) fields.string(as_bytes(handshake.client.view()));
  });
}

// `valid` becomes false for anything but an address with a port, or neither.
std::optional<Endpoint> to_endpoint(ByteView address, std::uint64_t port, bool& valid) {
  valid = address.empty() == (port == 0) && port <= UINT16_MAX;
  if (!valid || address.empty()) return std::nullopt;
  Endpoint endpoint{.port = static_cast<std::uint16_t>(port)};
  if (address.size() == 4) {
    endpoint.address = IpAddress::v4(address[0], address[1], address[2], address[3]);
  } else {
    std::array<std::uint8_t, 16> v6;
    std::copy(address.begin(), address.end(), v6.begin());
    endpoint.address = IpAddress::v6(v6);
    valid = endpoint.address.family == IpAddress::Family::v6;
  }
  return endpoint;
}

std::optional<NodeId> optional_id(RlpReader& fields) {
  const ByteView bytes = fields.string();
  if (bytes.empty()) return std::nullopt;
  if (bytes.size() != NodeId::size()) {
    fields.fail(Malformed::wrong_size);
    return std::nullopt;
  }
  NodeId id;
  std::copy(bytes.begin(), bytes.end(), id.bytes.begin());
  return id;
}

ByteView address_of(RlpReader& fields) {
  const ByteView bytes = fields.string();
  if (!bytes.empty() && bytes.size() != 4 && bytes.size() != 16) fields.fail(Malformed::wrong_size);
  return bytes;
}

// A name that cannot be one is no reason to refuse a peer: it is ignored like any later field.
ClientName optional_client(RlpReader& fields) {
  if (!fields.more()) return {};
  const RlpItem item = fields.item();
  if (!fields.ok()) return {};
  if (const auto status = check_rlp(item.encoded, kHandshakeBytesMax); !status) fields.fail(status.error());
  return item.is_list ? ClientName() : ClientName(as_text(item.payload));
}

// Later versions may append fields: each must be RLP, down to the innermost; none is looked at.
void skip_later_fields(RlpReader& fields) {
  while (fields.more()) {
    const RlpItem item = fields.item();
    if (!fields.ok()) return;
    if (const auto status = check_rlp(item.encoded, kHandshakeBytesMax); !status) fields.fail(status.error());
  }
}

}  // namespace

const char* name(HandshakeError error) {
  switch (error) {
    case HandshakeError::bad_rlp:
      return "bad_rlp";
    case HandshakeError::bad_versions:
      return "bad_versions";
    case HandshakeError::bad_role:
      return "bad_role";
    case HandshakeError::bad_key:
      return "bad_key";
    case HandshakeError::bad_endpoint:
      return "bad_endpoint";
    case HandshakeError::count_:
      break;
  }
  return "unknown";
}

ClientName::ClientName(std::string_view text) {
  static constexpr std::string_view kOthers = " ._+-/():,";
  const auto allowed = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           kOthers.find(c) != kOthers.npos;
  };
  if (text.size() > kBytesMax || !std::all_of(text.begin(), text.end(), allowed)) return;
  std::copy(text.begin(), text.end(), text_.begin());
  size_ = static_cast<std::uint8_t>(text.size());
}

std::size_t encoded_bytes(const Handshake& handshake) {
  return rlp_size([&](auto& sink) { write(sink, handshake); });
}

std::size_t encode(const Handshake& handshake, ByteSpan out) {
  RlpWriter writer(out);
  write(writer, handshake);
  return writer.bytes();
}

Result<Handshake, HandshakeError> decode_handshake(ByteView payload) {
  RlpReader message(payload);
  RlpReader fields = message.list();
  Handshake handshake;
  handshake.version_min = fields.u64();
  handshake.version_max = fields.u64();
  const std::uint64_t role = fields.u64();
  handshake.public_key = fields.fixed<PublicKey>();
  handshake.expected_peer = optional_id(fields);
  handshake.nonce = fields.fixed<HandshakeNonce>();
  handshake.network_id = fields.u64();
  const ByteView address = address_of(fields);
  const std::uint64_t port = fields.u64();
  handshake.head_hash = fields.fixed<Hash32>();
  handshake.head_number = fields.u64();
  handshake.options = fields.u64();
  handshake.client = optional_client(fields);
  skip_later_fields(fields);
  message.finish_with(fields);
  if (!message.ok()) return Failure{HandshakeError::bad_rlp};

  if (handshake.version_min == 0 || handshake.version_min > handshake.version_max) {
    return Failure{HandshakeError::bad_versions};
  }
  if (role > 1) return Failure{HandshakeError::bad_role};
  handshake.role = static_cast<Role>(role);
  bool endpoint_valid = false;
  handshake.listen = to_endpoint(address, port, endpoint_valid);
  if (!endpoint_valid) return Failure{HandshakeError::bad_endpoint};
  if (!crypto::is_on_curve(handshake.public_key)) return Failure{HandshakeError::bad_key};
  return handshake;
}

Hash32 handshake_digest(Role signer, ByteView initiator_payload, ByteView responder_payload,
                        const ChannelBinding& binding) {
  const std::uint8_t role = static_cast<std::uint8_t>(signer);
  return crypto::Keccak256()
      .update(as_bytes("ringwire/1 auth"))
      .update({&role, 1})
      .update(crypto::keccak256(initiator_payload).view())
      .update(crypto::keccak256(responder_payload).view())
      .update(binding.view())
      .finish();
}

std::optional<crypto::Signature> decode_handshake_ack(ByteView payload) {
  if (payload.size() != kHandshakeAckBytes) return std::nullopt;
  crypto::Signature signature;
  std::copy(payload.begin(), payload.end(), signature.bytes.begin());
  return signature;
}

}  // namespace ringwire::wire
