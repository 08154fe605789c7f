// One simulated file: what is on the disk, and what only the page cache has.
//
// In sectors of 512 bytes. A sector that was written is dirty until it is put on the disk and called clean; a
// clean one may stay in the cache, where it hides what the disk has, or be forgotten. Which of them, and all
// that a power failure leaves, is drawn from the generator that is handed in.
//
// Complexity: O(log n) per sector. Thread: one.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <vector>

#include "codec/base/bytes.hpp"
#include "codec/base/prng.hpp"

namespace ringwire::sim {

inline constexpr std::size_t kSectorBytes = 512;
using Sector = std::array<std::uint8_t, kSectorBytes>;

class SimPages {
 public:
  // As whoever opens the file sees it.
  [[nodiscard]] std::uint64_t size() const { return size_; }
  [[nodiscard]] std::size_t read(std::uint64_t offset, ByteSpan room) const;
  // A sector that is still dirty from before may have reached the disk meanwhile.
  void write(std::uint64_t offset, ByteView bytes, Prng& prng);
  void resize(std::uint64_t size, Prng& prng);

  [[nodiscard]] std::vector<std::uint64_t> dirty() const;
  [[nodiscard]] const Sector& cached(std::uint64_t number) const { return cache_.at(number).bytes; }
  // On the disk, whoever it was meant for; what a clean page hides comes to light.
  void put(std::uint64_t number, const Sector& sector);
  void call_clean(std::uint64_t number, Prng& prng);
  // The size as it is now is on the disk.
  void put_size();

  // Sectors on the disk, rising, of those that are part of the file.
  [[nodiscard]] const std::map<std::uint64_t, Sector>& on_disk() const { return disk_; }
  // Of that sector, so many bytes are part of the file.
  [[nodiscard]] std::size_t bytes_in(std::uint64_t number) const;

  // Of each dirty sector it is drawn whether it reached the disk; `torn`: only up to some byte. The size is
  // the one on the disk, the latest, or between them; where it covers sectors that never came, there are
  // zeros or what `leftover` gives.
  struct Loss {
    std::uint32_t torn_per_million = 0;
    std::function<Sector()> leftover;
    std::uint64_t dropped = 0;  // out: dirty sectors that did not reach the disk
    std::uint64_t torn = 0;     // out
  };
  void lose_power(Loss& loss, Prng& prng);

 private:
  struct Page {
    Sector bytes{};
    bool dirty = false;
  };
  [[nodiscard]] Sector sector(std::uint64_t number) const;
  Page& dirtied(std::uint64_t number, Prng& prng);

  std::map<std::uint64_t, Sector> disk_;
  std::uint64_t disk_size_ = 0;
  std::map<std::uint64_t, Page> cache_;
  std::uint64_t size_ = 0;
};

}  // namespace ringwire::sim
