// Ethereum node records: what a node says about itself, signed, so that others can pass it on.
//
//   record = [signature, seq, key, value, key, value, ...]     RLP, at most 300 bytes
//   text   = "enr:" | base64url of the record
//
// Attacks
//  - a forged or altered record: the signature covers everything behind it, under the key in the record. That
//    proves that the node of this id said it, not that it is true: nobody has answered at that address yet;
//  - an old record that was replayed: of two with the same id the greater sequence() counts;
//  - one record in several forms, to be counted and relayed as several: RLP is canonical down to the
//    innermost item, keys rise strictly, s is low, base64 has no spare bits, and an IPv4 address is not
//    written as IPv6;
//  - a record that costs more to look at than to send: sizes, order and forms are judged before the curve.
//
// Only the identity scheme "v4" (secp256k1, Keccak-256) exists here. Pairs with other keys are kept, signed
// and relayed as they are; find() shows them.
//
// A value: no allocation, about 500 bytes. Thread: any. Cost: decoding 30 us, nearly all of it the
// signature and the key's square root. Source: EIP-778.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "codec/base/endpoint.hpp"
#include "codec/base/ids.hpp"
#include "codec/base/result.hpp"
#include "codec/crypto/identity.hpp"

namespace ringwire::wire {

inline constexpr std::size_t kEnrBytesMax = 300;  // EIP-778: fits a datagram among others

// The caller drops the record. Who relayed it is to blame for all but unknown_scheme.
enum class EnrError : std::uint8_t {
  bad_text,        // not "enr:" and base64url without padding
  too_long,        // more than kEnrBytesMax
  bad_rlp,         // not a list of signature, number and pairs in canonical RLP
  bad_order,       // keys do not rise strictly: unsorted, or one twice
  unknown_scheme,  // "id" is not "v4"
  bad_value,       // a key of EIP-778 with a value it cannot have
  bad_signature,   // no key, or not made by it
  count_,
};
const char* name(EnrError error);

// What EIP-778 has keys for. Ports are never 0: a record that says so has none.
struct EnrFields {
  std::uint64_t sequence = 0;
  std::optional<IpAddress> ip;   // IPv4
  std::optional<IpAddress> ip6;  // IPv6
  std::optional<std::uint16_t> tcp;
  std::optional<std::uint16_t> udp;
  std::optional<std::uint16_t> tcp6;
  std::optional<std::uint16_t> udp6;

  bool operator==(const EnrFields&) const = default;
};

struct EnrPair {
  std::string_view key;
  ByteView value;  // one RLP item, encoded
};

class Enr {
 public:
  // A record of our own. `others` are pairs with further keys, in any order. Errors: too_long, bad_order (a
  // key twice), bad_rlp or bad_value (what is in `others`; ip or ip6 of the other family).
  static Result<Enr, EnrError> make(const crypto::Signer& signer, const crypto::SecretKey& key,
                                    const EnrFields& fields, std::span<const EnrPair> others = {});
  // Exactly one record, verified.
  static Result<Enr, EnrError> decode(ByteView encoded);
  static Result<Enr, EnrError> parse(std::string_view text);

  [[nodiscard]] ByteView encoded() const { return ByteView(bytes_).first(size_); }
  [[nodiscard]] std::string to_string() const;

  [[nodiscard]] const PublicKey& public_key() const { return public_key_; }
  [[nodiscard]] NodeId id() const { return crypto::node_id(public_key_); }
  [[nodiscard]] std::uint64_t sequence() const { return fields_.sequence; }
  [[nodiscard]] const EnrFields& fields() const { return fields_; }

  // Where the node says it is, if it does. Without a port of its own IPv6 uses IPv4's.
  [[nodiscard]] std::optional<Endpoint> tcp_endpoint(IpAddress::Family family) const;
  [[nodiscard]] std::optional<Endpoint> udp_endpoint(IpAddress::Family family) const;

  // The encoded value of `key`, whichever it is; a view into this record. O(pairs).
  [[nodiscard]] std::optional<ByteView> find(std::string_view key) const;

  bool operator==(const Enr& other) const;

 private:
  Enr() = default;

  std::array<std::uint8_t, kEnrBytesMax> bytes_{};
  std::uint16_t size_ = 0;
  EnrFields fields_;
  PublicKey public_key_;
};

}  // namespace ringwire::wire
