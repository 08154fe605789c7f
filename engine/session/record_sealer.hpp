// The sending half of the record layer: what one turn commits to one peer becomes TLS 1.3 records.
//
// Problem: one record per message costs a cipher's set-up and 22 bytes each, and a library that gathers first
// copies every byte. Here the pieces of a commit, however many messages they are, fill one record after the
// other, and each byte is read once, by the cipher, which writes into the buffer that is sent.
//
// Rules
//  - Records are full (kSealedContentBytes) but for the last of each seal(): nothing waits for more to come.
//  - The cipher is called for each piece, which costs as much as copying a few thousand bytes, and wants
//    whole blocks. So pieces below kSealInPlaceBytes, and the ends of longer ones that fill no block, are
//    copied together to where they are sealed (CopyReason::gather_limit).
//  - Nonces cannot repeat: the key comes as a crypto::AeadKey, which becomes one sealer. Ciphertext cannot be
//    taken back or sent in another order: whoever has it sends all of it (sealed_rest.hpp), or closes.
//  - A key ends. must_redial() says so kSealsReserve records ahead: dial the peer again, then close this
//    connection. Whoever goes on is answered false, once and for all.
//
// Owner: the connection. Thread: its shard. Memory: the cipher's 1.2 KiB. Complexity: one pass over the
// bytes. Source: RFC 8446, 5.1 to 5.5 and 6.1.
#pragma once

#include <cstdint>
#include <span>
#include <utility>

#include "codec/base/bytes.hpp"
#include "engine/session/record.hpp"

namespace ringwire::session {

// Shorter pieces are copied together: a record of pieces of 1000 B then takes 1.1 times what libcrypto takes
// for one piece, and 1.4 times where each is left where it lies (bench/micro/tls).
inline constexpr std::size_t kSealInPlaceBytes = 2048;

// 10 s of 100,000 records a second, more than a shard has turns: time to dial, prove and claim again. It
// takes 4 % of what AES-GCM may seal (about 350 GB of full records).
inline constexpr std::uint64_t kSealsReserve = 1'000'000;

class RecordSealer {
 public:
  explicit RecordSealer(crypto::AeadKey key) : sealer_(std::move(key)) {}

  // What seal() makes of `content_bytes` in all, whatever pieces they come in.
  [[nodiscard]] static constexpr std::uint64_t sealed_bytes(std::uint64_t content_bytes) {
    return content_bytes + records_for(content_bytes) * kRecordOverheadBytes;
  }

  // Writes the records of `pieces` into `out`, which has sealed_bytes() of their sum and does not overlap
  // them (asserted). False, and nothing is written, where the key has too few records left: close the
  // connection. Not after an alert that ends it (asserted).
  [[nodiscard]] bool seal(std::span<const ByteView> pieces, ByteSpan out);

  // One record with an alert; nothing may be sealed behind it. False as above.
  [[nodiscard]] bool seal_alert(AlertCode code, std::span<std::uint8_t, kAlertRecordBytes> out);
  [[nodiscard]] bool seal_close_notify(std::span<std::uint8_t, kAlertRecordBytes> out) {
    return seal_alert(AlertCode::close_notify, out);
  }

  [[nodiscard]] std::uint64_t seals_left() const { return sealer_.seals_left(); }
  // `records_max`: what whoever runs the node allows a key, below what the cipher does.
  [[nodiscard]] bool must_redial(std::uint64_t records_max = UINT64_MAX) const {
    return seals_left() <= kSealsReserve || sealer_.sealed() >= records_max;
  }

 private:
  static constexpr std::uint64_t records_for(std::uint64_t content_bytes) {
    return (content_bytes + kSealedContentBytes - 1) / kSealedContentBytes;
  }

  crypto::AeadSealer sealer_;
  bool ended_ = false;
};
static_assert(sizeof(RecordSealer) <= 56, "an idle session over TLS must stay within 6 KiB");

}  // namespace ringwire::session
