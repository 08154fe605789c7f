// A disk in memory on which everything happens that a disk may do, drawn from one seed.
//
// Problem: what is stored must outlast a kill and a power failure at any step, and a real disk fails once in
// a year and never again the same way. Here each failure is a number.
//
// What is modelled (sim_pages.hpp, sim_names.hpp):
//   kill()          the process ends: files that were open are closed, the page cache stays
//   lose_power()    the machine ends: what was synced is there; of sectors written since any subset, each
//                   whole unless torn; the size on the disk, the latest, or one between; sectors that a file
//                   got by its size alone hold zeros or what is elsewhere on the disk; of the steps of names
//                   since their folder was synced the first ones, or any. Weaker than ext4 with data=ordered.
//   crash_at(n)     the n-th operation from now on is the last: some part of it happens, it fails, and so
//                   does every one after it (ESHUTDOWN), until kill() or lose_power()
//   a failed sync   any subset of what it was to store is on the disk, and all of it is clean afterwards: a
//                   later sync has nothing to do and succeeds, as in Linux
//   a clean page    is forgotten at once or stays, so that what is read may not be what the disk has
// Each fault below has a neutral default and is counted; `options` may be changed at any time.
//
// Not modelled: time, other processes, permissions, links, mmap. Paths start at the root, which is there; `.`
// and empty parts mean nothing, `..` is not known.
//
// Deterministic: equal seeds and equal calls give equal answers. Thread: one. Files must not outlive it.
// Complexity: O(log n) per sector; O(files) per write, per name that goes and per folder that is synced.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "codec/base/prng.hpp"
#include "engine/disk/disk.hpp"
#include "engine/sim/sim_names.hpp"
#include "engine/sim/sim_pages.hpp"

namespace ringwire::sim {

struct SimDiskOptions {
  std::uint64_t bytes_max = UINT64_MAX;  // of all files, in whole sectors; beyond it ENOSPC
  // Of a million:
  std::uint32_t torn_per_million = 0;         // sectors on their way as the power fails: only their beginning
  std::uint32_t lost_per_million = 0;         // sectors that a sync says it stored
  std::uint32_t misdirected_per_million = 0;  // sectors that it stored elsewhere, over another one
  std::uint32_t unreadable_per_million = 0;   // reads: EIO
  std::uint32_t unsynced_per_million = 0;     // syncs, of files and folders: EIO
};

struct SimDiskCounters {
  std::uint64_t operations = 0;
  std::uint64_t kills = 0;
  std::uint64_t power_losses = 0;
  std::uint64_t dropped_sectors = 0;  // unsynced, as the power failed
  std::uint64_t dropped_steps = 0;    // of names
  std::uint64_t torn = 0;
  std::uint64_t lost = 0;
  std::uint64_t misdirected = 0;
  std::uint64_t rotten = 0;  // bits
  std::uint64_t full = 0;    // operations that found no room
  std::uint64_t unreadable = 0;
  std::uint64_t unsynced = 0;

  friend bool operator==(const SimDiskCounters&, const SimDiskCounters&) = default;
};

class SimDisk final : public disk::Disk {
 public:
  explicit SimDisk(std::uint64_t seed, const SimDiskOptions& with = {});
  ~SimDisk() override;

  SimDiskOptions options;

  Result<std::unique_ptr<disk::File>, disk::Error> open(const disk::Path& path, disk::Open how) override;
  Status<disk::Error> rename(const disk::Path& from, const disk::Path& to) override;
  Status<disk::Error> remove(const disk::Path& path) override;
  Result<std::vector<std::string>, disk::Error> list(const disk::Path& folder) override;
  Status<disk::Error> make_folder(const disk::Path& path) override;
  Status<disk::Error> sync_folder(const disk::Path& path) override;

  void kill();
  void lose_power();
  void crash_at(std::uint64_t operation);
  [[nodiscard]] bool crashed() const { return crashed_; }
  // Flips `bits` bits of what is on the disk, anywhere or in one file. How many there were to flip.
  std::uint64_t rot(std::uint64_t bits);
  std::uint64_t rot(const disk::Path& path, std::uint64_t bits);

  [[nodiscard]] const SimDiskCounters& counters() const { return counters_; }

 private:
  friend class SimFile;

  struct Node {
    bool is_folder = false;
    std::uint32_t opened = 0;  // handles of this epoch
    SimPages pages;
    SimNames names;
  };
  // Where a path leads: the folder of its last name, and who has that name there.
  struct Place {
    NodeNumber folder = 0;  // 0: there is none
    std::string name;       // empty: the root
    NodeNumber node = 0;    // 0: nobody
  };
  struct Spot {
    NodeNumber node = 0;
    std::uint64_t sector = 0;
  };

  [[nodiscard]] Place find(const disk::Path& path) const;
  [[nodiscard]] NodeNumber folder(const disk::Path& path) const;
  NodeNumber make_node(bool is_folder);
  // Carries out what() unless the process is gone; what() returns errno.
  template <class What>
  Status<disk::Error> step(disk::Operation operation, What&& what);
  // How an operation fares: as it should, in part as the last one, or not at all.
  enum class Fate : std::uint8_t { whole, last, gone };
  Fate begin();
  [[nodiscard]] int rename(const Place& from, const Place& to);
  [[nodiscard]] int remove(const Place& place);

  // Of a file that is open.
  Result<std::size_t, disk::Error> read(NodeNumber node, std::uint64_t offset, ByteSpan room);
  Status<disk::Error> write(NodeNumber node, std::uint64_t offset, ByteView bytes);
  Result<std::uint64_t, disk::Error> size(NodeNumber node);
  Status<disk::Error> resize(NodeNumber node, std::uint64_t size);
  Status<disk::Error> sync(NodeNumber node);
  void close(NodeNumber node);

  // Some of the dirty sectors reach the disk; whether they are clean then is another matter.
  void put_some(SimPages& pages);
  void put(SimPages& pages, std::uint64_t sector);
  // By which so much room is missing.
  [[nodiscard]] std::uint64_t missing_room(const SimPages& pages, std::uint64_t size) const;
  [[nodiscard]] std::vector<Spot> spots(const Node* only = nullptr) const;
  std::uint64_t rot(const Node* only, std::uint64_t bits);
  void begin_epoch();
  void sweep();

  Prng prng_;
  SimDiskCounters counters_;
  std::map<NodeNumber, Node> nodes_;
  NodeNumber last_node_ = 0;
  std::uint64_t epoch_ = 0;  // ends with each kill and power failure, and with it what was open
  std::uint32_t handles_ = 0;
  std::uint64_t crash_at_ = 0;  // 0: never
  bool crashed_ = false;
};

}  // namespace ringwire::sim
