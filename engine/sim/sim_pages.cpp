#include "engine/sim/sim_pages.hpp"

#include <algorithm>

namespace ringwire::sim {
namespace {

std::uint64_t sectors_of(std::uint64_t bytes) {
  return (bytes + kSectorBytes - 1) / kSectorBytes;
}

// Calls visit(sector, first byte in it, bytes in it, bytes before it) for each sector of the range.
template <class Visit>
void each_sector(std::uint64_t offset, std::size_t size, Visit&& visit) {
  for (std::size_t done = 0; done < size;) {
    const std::uint64_t place = offset + done;
    const std::size_t first = place % kSectorBytes;
    const std::size_t many = std::min(size - done, kSectorBytes - first);
    visit(place / kSectorBytes, first, many, done);
    done += many;
  }
}

void zero_from(Sector& sector, std::size_t first) {
  std::fill(sector.begin() + static_cast<std::ptrdiff_t>(first), sector.end(), std::uint8_t{0});
}

}  // namespace

Sector SimPages::sector(std::uint64_t number) const {
  if (const auto page = cache_.find(number); page != cache_.end()) return page->second.bytes;
  const auto stored = disk_.find(number);
  return stored == disk_.end() ? Sector{} : stored->second;
}

std::size_t SimPages::read(std::uint64_t offset, ByteSpan room) const {
  if (offset >= size_) return 0;
  const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(room.size(), size_ - offset));
  each_sector(offset, size, [&](std::uint64_t number, std::size_t first, std::size_t many, std::size_t done) {
    const Sector bytes = sector(number);
    std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(first), many,
                room.begin() + static_cast<std::ptrdiff_t>(done));
  });
  return size;
}

SimPages::Page& SimPages::dirtied(std::uint64_t number, Prng& prng) {
  auto page = cache_.find(number);
  if (page == cache_.end()) page = cache_.emplace(number, Page{sector(number), false}).first;
  if (page->second.dirty && prng.below(2) == 0) disk_[number] = page->second.bytes;
  page->second.dirty = true;
  return page->second;
}

void SimPages::write(std::uint64_t offset, ByteView bytes, Prng& prng) {
  if (bytes.empty()) return;
  if (offset > size_) resize(offset, prng);
  each_sector(offset, bytes.size(),
              [&](std::uint64_t number, std::size_t first, std::size_t many, std::size_t done) {
                // What the disk has beyond the end of a file is no part of it.
                const bool fresh = number >= sectors_of(size_);
                Sector& sector = dirtied(number, prng).bytes;
                if (fresh) sector = {};
                std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(done), many,
                            sector.begin() + static_cast<std::ptrdiff_t>(first));
              });
  size_ = std::max(size_, offset + bytes.size());
}

void SimPages::resize(std::uint64_t size, Prng& prng) {
  if (size < size_) {
    cache_.erase(cache_.lower_bound(sectors_of(size)), cache_.end());
    if (size % kSectorBytes != 0) zero_from(dirtied(size / kSectorBytes, prng).bytes, size % kSectorBytes);
  }
  for (std::uint64_t number = sectors_of(size_); number < sectors_of(size); ++number)
    dirtied(number, prng).bytes = {};
  size_ = size;
}

std::vector<std::uint64_t> SimPages::dirty() const {
  std::vector<std::uint64_t> dirty;
  for (const auto& [number, page] : cache_) {
    if (page.dirty) dirty.push_back(number);
  }
  return dirty;
}

void SimPages::put(std::uint64_t number, const Sector& sector) {
  disk_[number] = sector;
  const auto page = cache_.find(number);
  if (page != cache_.end() && !page->second.dirty) cache_.erase(page);
}

void SimPages::call_clean(std::uint64_t number, Prng& prng) {
  cache_.at(number).dirty = false;
  if (prng.below(2) == 0) cache_.erase(number);
}

void SimPages::put_size() {
  disk_size_ = size_;
  disk_.erase(disk_.lower_bound(sectors_of(size_)), disk_.end());
}

std::size_t SimPages::bytes_in(std::uint64_t number) const {
  const std::uint64_t first = number * kSectorBytes;
  return first >= size_ ? 0 : static_cast<std::size_t>(std::min<std::uint64_t>(kSectorBytes, size_ - first));
}

void SimPages::lose_power(Loss& loss, Prng& prng) {
  for (const auto& [number, page] : cache_) {
    if (!page.dirty) continue;
    if (prng.below(2) == 0) {
      ++loss.dropped;
      continue;
    }
    const bool torn = prng.chance_ppm(loss.torn_per_million);
    const std::size_t many = torn ? prng.between(1, kSectorBytes - 1) : kSectorBytes;
    std::copy_n(page.bytes.begin(), many, disk_[number].begin());
    loss.torn += torn ? 1 : 0;
  }
  cache_.clear();
  const auto [low, high] = std::minmax(disk_size_, size_);
  const std::uint64_t sizes[] = {disk_size_, size_, prng.between(low, high)};
  size_ = sizes[prng.below(3)];
  for (std::uint64_t number = 0; number < sectors_of(size_); ++number) {
    if (!disk_.contains(number)) disk_[number] = prng.below(2) == 0 ? Sector{} : loss.leftover();
  }
  put_size();
  if (size_ % kSectorBytes != 0) zero_from(disk_[size_ / kSectorBytes], size_ % kSectorBytes);
}

}  // namespace ringwire::sim
