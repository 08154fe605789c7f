#include "engine/shard/parcel_post.hpp"

#include <bit>
#include <numeric>
#include <utility>

namespace ringwire::shard {

ParcelPost::ParcelPost(std::uint32_t parcels)
    : parcels_(parcels), returns_(std::bit_ceil(parcels)), free_(parcels) {
  RW_ASSERT(parcels > 0);
  std::iota(free_.rbegin(), free_.rend(), 0U);
}

ParcelPost::~ParcelPost() {
  RW_ASSERT(held_ == 0);
}

std::uint32_t ParcelPost::pack(SliceChain& chain) {
  RW_ASSERT(!chain.empty());
  if (free_.empty()) return kNoParcel;
  const std::uint32_t index = free_.back();
  free_.pop_back();
  Parcel& parcel = parcels_[index];
  parcel.chain = std::move(chain);  // empties `chain`
  away_bytes_ += parcel.chain.bytes();
  const std::size_t count = parcel.chain.count();
  if (count > kInline) parcel.more_proxies.resize(count - kInline);
  for (std::size_t i = 0; i < count; ++i) {
    const Slice& slice = parcel.chain[i];
    parcel.proxy(i) = {slice.buffer()->data + slice.offset(), slice.size(), 0, this, index};
  }
  parcel.proxies_alive = static_cast<std::uint32_t>(count);
  return index;
}

SliceChain ParcelPost::unsend(std::uint32_t index) {
  Parcel& parcel = parcels_[index];
  SliceChain chain = std::exchange(parcel.chain, SliceChain{});
  away_bytes_ -= chain.bytes();
  parcel.more_proxies = {};
  free_.push_back(index);
  return chain;
}

std::uint32_t ParcelPost::collect() {
  std::array<std::uint32_t, 32> home;
  std::uint32_t collected = 0;
  while (const std::size_t count = returns_.pop(home)) {
    for (std::size_t i = 0; i < count; ++i) unsend(home[i]).clear();
    collected += static_cast<std::uint32_t>(count);
  }
  return collected;
}

SliceChain ParcelPost::unpack(std::uint32_t index) {
  Parcel& parcel = parcels_[index];
  SliceChain chain;
  for (std::uint32_t i = 0; i < parcel.proxies_alive; ++i) {
    Buffer& proxy = parcel.proxy(i);
    RW_ASSUME(proxy.references == 0);
    chain.append(Slice(proxy, 0, proxy.capacity));
  }
  ++held_;
  return chain;
}

void ParcelPost::recycle(Buffer& proxy) {
  Parcel& parcel = parcels_[proxy.index];
  if (--parcel.proxies_alive > 0) return;
  --held_;
  ++mailed_;
  const bool mailed = returns_.push(proxy.index);
  RW_ASSERT(mailed);
}

Footprint ParcelPost::footprint(std::uint32_t parcels) {
  return {{"shard: parcels", parcels, sizeof(Parcel)},
          {"shard: free list and return ring", std::uint64_t{parcels} + std::bit_ceil(parcels), 4}};
}

}  // namespace ringwire::shard
