// Lends the bytes of one shard to another and gets them back exactly once.
//
// Problem: a Slice count is not atomic, so a slice must die on the shard that owns its buffer; and a buffer
// pool must not be drained by a neighbour that holds references for ever, nor lose one when a queue is full.
//
// Rules
//  - The sender packs a SliceChain into a parcel: one credit. The chain does not change while it is away.
//  - The receiver unpacks it into slices of proxy Buffers over the same bytes. Their counts belong to the
//    receiver's shard. When the last slice of the last proxy died, the parcel is mailed home: all of its
//    bytes are held until then.
//  - The return ring has room for every parcel there is, so mailing home cannot fail (asserted).
//  - collect() at home drops the real slices on their own shard; the credit is free again.
//
// End: the object dies after both threads let go of it and before the sender's pools. No proxy slice may be
// alive then (asserted); parcels that were packed and never unpacked, or mailed and not collected, are
// dropped by the destructor.
//
// Thread: as named below. Memory: `parcels` * (sizeof(Parcel) + 8) bytes at construction; a chain of more
// than two slices adds a block of 32 bytes per slice while it is away. Complexity: O(slices of the chain).
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "codec/base/footprint.hpp"
#include "codec/base/slice_chain.hpp"
#include "engine/shard/spsc_ring.hpp"

namespace ringwire::shard {

class ParcelPost final : private Recycler {
 public:
  static constexpr std::uint32_t kNoParcel = UINT32_MAX;

  // `parcels` is the number of credits, at least 1.
  explicit ParcelPost(std::uint32_t parcels);
  ParcelPost(const ParcelPost&) = delete;
  ParcelPost& operator=(const ParcelPost&) = delete;
  ~ParcelPost();

  // --- sender

  // Takes `chain` (not empty, no slice but its own needs to stay) and empties it. kNoParcel without a credit;
  // the chain then stays with the caller.
  [[nodiscard]] std::uint32_t pack(SliceChain& chain);
  // Takes a parcel back that was packed but not sent: its chain.
  [[nodiscard]] SliceChain unsend(std::uint32_t parcel);
  // Frees the parcels that came home; returns how many.
  std::uint32_t collect();
  [[nodiscard]] std::uint32_t credits() const { return static_cast<std::uint32_t>(free_.size()); }
  [[nodiscard]] std::uint32_t away() const {
    return static_cast<std::uint32_t>(parcels_.size() - free_.size());
  }
  // Bytes in them.
  [[nodiscard]] std::uint64_t away_bytes() const { return away_bytes_; }

  // --- receiver

  // The bytes of a parcel that crossed, once per crossing.
  [[nodiscard]] SliceChain unpack(std::uint32_t parcel);
  // Parcels unpacked and not yet mailed home.
  [[nodiscard]] std::uint32_t held() const { return held_; }
  // Parcels mailed home so far.
  [[nodiscard]] std::uint64_t mailed() const { return mailed_; }

  static Footprint footprint(std::uint32_t parcels);

 private:
  static constexpr std::uint32_t kInline = 2;  // as SliceChain: most messages lie in one or two buffers

  // Neighbours in the array are at different shards at the same time: no two share a cache line.
  struct alignas(kCacheLine) Parcel {
    SliceChain chain;                     // sender's
    std::array<Buffer, kInline> proxies;  // receiver's while away, filled in by the sender before
    std::vector<Buffer> more_proxies;
    std::uint32_t proxies_alive = 0;

    Buffer& proxy(std::size_t i) { return i < kInline ? proxies[i] : more_proxies[i - kInline]; }
  };

  // The last slice of a proxy died.
  void recycle(Buffer& proxy) override;

  std::vector<Parcel> parcels_;
  SpscRing<std::uint32_t> returns_;
  alignas(kCacheLine) std::vector<std::uint32_t> free_;  // sender's
  std::uint64_t away_bytes_ = 0;                         // likewise
  alignas(kCacheLine) std::uint32_t held_ = 0;           // receiver's
  std::uint64_t mailed_ = 0;
};

}  // namespace ringwire::shard
