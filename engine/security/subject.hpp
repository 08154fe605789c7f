// Whom the ledger knows and a ban is about: a proven node id, or the network of an address
// (ban_prefix(), engine/security/prefix.hpp).
//
// Pure values.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "codec/base/ids.hpp"
#include "codec/base/time.hpp"
#include "engine/security/prefix.hpp"

namespace ringwire::security {

struct Subject {
  enum class Kind : std::uint8_t { node, address };

  Kind kind = Kind::node;
  NodeId node;    // where kind is `node`
  Prefix prefix;  // where kind is `address`

  auto operator<=>(const Subject&) const = default;
  [[nodiscard]] std::string to_string() const;
};

Subject subject_of(const NodeId& node);
Subject subject_of(const IpAddress& address);
// 64 hexadecimal digits, or an address or prefix as parse_ban_prefix() takes it.
std::optional<Subject> parse_subject(std::string_view text);

struct SubjectHash {
  crypto::SipKey key;
  std::size_t operator()(const Subject& subject) const {
    return subject.kind == Subject::Kind::node ? crypto::siphash13(key, subject.node.view())
                                               : hash_of(subject.prefix, key);
  }
};

// The shard that keeps what is known about it. All shards have the same key.
inline ShardId owner_of(const Subject& subject, const crypto::SipKey& key, ShardId shards) {
  return static_cast<ShardId>(SubjectHash{key}(subject) % shards);
}

// A ban as it is mailed, listed and stored.
struct Ban {
  Subject subject;
  Instant until;           // kNever: until it is lifted
  std::uint8_t count = 0;  // bans that count for the length of the next one

  bool operator==(const Ban&) const = default;
};

}  // namespace ringwire::security
