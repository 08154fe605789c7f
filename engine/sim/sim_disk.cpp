#include "engine/sim/sim_disk.hpp"

#include <algorithm>
#include <cerrno>
#include <set>
#include <utility>

#include "codec/base/check.hpp"

namespace ringwire::sim {
namespace {

using disk::Error;
using disk::Operation;

constexpr NodeNumber kRoot = 1;
constexpr int kGone = ESHUTDOWN;  // of a process that is no more

Failure<Error> failure(Operation operation, int error) {
  return Failure{Error{operation, error}};
}

std::uint64_t room_of(std::uint64_t bytes) {
  return (bytes + kSectorBytes - 1) / kSectorBytes * kSectorBytes;
}

}  // namespace

class SimFile final : public disk::File {
 public:
  SimFile(SimDisk& disk, NodeNumber node, bool writable)
      : disk_(disk), node_(node), writable_(writable), epoch_(disk.epoch_) {
    ++disk_.handles_;
  }
  ~SimFile() override {
    --disk_.handles_;
    if (open()) disk_.close(node_);
  }

  Result<std::size_t, Error> read(std::uint64_t offset, ByteSpan room) override {
    if (!open()) return failure(Operation::read, EBADF);
    return disk_.read(node_, offset, room);
  }
  Status<Error> write(std::uint64_t offset, ByteView bytes) override {
    if (!open() || !writable_) return failure(Operation::write, EBADF);
    return disk_.write(node_, offset, bytes);
  }
  Result<std::uint64_t, Error> size() override {
    if (!open()) return failure(Operation::read, EBADF);
    return disk_.size(node_);
  }
  Status<Error> resize(std::uint64_t size) override {
    // Linux says so.
    if (!writable_) return failure(Operation::resize, EINVAL);
    if (!open()) return failure(Operation::resize, EBADF);
    return disk_.resize(node_, size);
  }
  Status<Error> sync() override {
    if (!open()) return failure(Operation::sync, EBADF);
    return disk_.sync(node_);
  }

 private:
  [[nodiscard]] bool open() const { return epoch_ == disk_.epoch_; }

  SimDisk& disk_;
  const NodeNumber node_;
  const bool writable_;
  const std::uint64_t epoch_;
};

SimDisk::SimDisk(std::uint64_t seed, const SimDiskOptions& with) : options(with), prng_(seed) {
  make_node(true);
}

SimDisk::~SimDisk() {
  RW_ASSERT(handles_ == 0);
}

// --- operations

SimDisk::Fate SimDisk::begin() {
  if (crashed_) return Fate::gone;
  ++counters_.operations;
  crashed_ = counters_.operations == crash_at_;
  return crashed_ ? Fate::last : Fate::whole;
}

template <class What>
Status<Error> SimDisk::step(Operation operation, What&& what) {
  const Fate fate = begin();
  if (fate == Fate::gone || (fate == Fate::last && prng_.below(2) == 0)) return failure(operation, kGone);
  const int error = what();
  if (fate == Fate::last) return failure(operation, kGone);
  if (error != 0) return failure(operation, error);
  return Done{};
}

void SimDisk::crash_at(std::uint64_t operation) {
  RW_ASSERT(operation > 0);
  crash_at_ = counters_.operations + operation;
}

void SimDisk::begin_epoch() {
  ++epoch_;
  crash_at_ = 0;
  crashed_ = false;
  for (auto& [number, node] : nodes_) node.opened = 0;
  sweep();
}

void SimDisk::kill() {
  ++counters_.kills;
  begin_epoch();
}

void SimDisk::lose_power() {
  ++counters_.power_losses;
  SimPages::Loss loss;
  loss.torn_per_million = options.torn_per_million;
  loss.leftover = [this] {
    const std::vector<Spot> all = spots();
    if (all.empty()) return Sector{};
    const Spot& spot = all[prng_.below(all.size())];
    return nodes_.at(spot.node).pages.on_disk().at(spot.sector);
  };
  for (auto& [number, node] : nodes_) {
    counters_.dropped_steps += node.names.lose_power(prng_);
    node.pages.lose_power(loss, prng_);
  }
  counters_.dropped_sectors += loss.dropped;
  counters_.torn += loss.torn;
  begin_epoch();
}

// --- names

NodeNumber SimDisk::make_node(bool is_folder) {
  nodes_[++last_node_].is_folder = is_folder;
  return last_node_;
}

SimDisk::Place SimDisk::find(const disk::Path& path) const {
  Place place{0, {}, kRoot};
  for (const disk::Path& part : path) {
    const std::string name = part.string();
    if (name.empty() || name == "." || name == "/") continue;
    if (place.node == 0 || !nodes_.at(place.node).is_folder) return {};
    place = {place.node, name, nodes_.at(place.node).names.find(name)};
  }
  return place;
}

NodeNumber SimDisk::folder(const disk::Path& path) const {
  const NodeNumber node = find(path).node;
  return node != 0 && nodes_.at(node).is_folder ? node : 0;
}

Result<std::unique_ptr<disk::File>, Error> SimDisk::open(const disk::Path& path, disk::Open how) {
  const bool create = how == disk::Open::create;
  NodeNumber node = 0;
  const auto opened = step(create ? Operation::create : Operation::open, [&] {
    const Place place = find(path);
    node = place.node;
    if (create && node != 0) return EEXIST;
    if (create ? place.folder == 0 : node == 0) return ENOENT;
    if (!create) return nodes_.at(node).is_folder ? EISDIR : 0;
    node = make_node(false);
    nodes_.at(place.folder).names.take({{place.name, node}});
    return 0;
  });
  if (!opened.ok()) return Failure{opened.error()};
  ++nodes_.at(node).opened;
  return std::unique_ptr<disk::File>(std::make_unique<SimFile>(*this, node, how != disk::Open::read));
}

Status<Error> SimDisk::rename(const disk::Path& from, const disk::Path& to) {
  RW_ASSERT(disk::folder_of(from) == disk::folder_of(to));
  return step(Operation::rename, [&] { return rename(find(from), find(to)); });
}

int SimDisk::rename(const Place& from, const Place& to) {
  if (from.node == 0 || from.folder == 0) return ENOENT;
  if (from.node == to.node) return 0;
  const bool from_folder = nodes_.at(from.node).is_folder;
  const bool to_folder = to.node != 0 && nodes_.at(to.node).is_folder;
  if (to.node != 0 && from_folder && !to_folder) return ENOTDIR;
  if (to.node != 0 && !from_folder && to_folder) return EISDIR;
  if (to_folder && !nodes_.at(to.node).names.empty()) return ENOTEMPTY;
  nodes_.at(from.folder).names.take({{from.name, 0}, {to.name, from.node}});
  sweep();
  return 0;
}

Status<Error> SimDisk::remove(const disk::Path& path) {
  return step(Operation::remove, [&] { return remove(find(path)); });
}

int SimDisk::remove(const Place& place) {
  if (place.node == 0) return ENOENT;
  if (nodes_.at(place.node).is_folder) return EISDIR;
  nodes_.at(place.folder).names.take({{place.name, 0}});
  sweep();
  return 0;
}

Result<std::vector<std::string>, Error> SimDisk::list(const disk::Path& path) {
  std::vector<std::string> names;
  const auto listed = step(Operation::list, [&] {
    const NodeNumber node = find(path).node;
    if (node == 0) return ENOENT;
    if (!nodes_.at(node).is_folder) return ENOTDIR;
    names = nodes_.at(node).names.list();
    return 0;
  });
  if (!listed.ok()) return Failure{listed.error()};
  return names;
}

Status<Error> SimDisk::make_folder(const disk::Path& path) {
  return step(Operation::make_folder, [&] {
    const Place place = find(path);
    if (place.node != 0) return EEXIST;
    if (place.folder == 0) return ENOENT;
    const NodeNumber node = make_node(true);
    nodes_.at(place.folder).names.take({{place.name, node}});
    return 0;
  });
}

Status<Error> SimDisk::sync_folder(const disk::Path& path) {
  const Fate fate = begin();
  if (fate == Fate::gone) return failure(Operation::sync_folder, kGone);
  const NodeNumber node = folder(path);
  if (node == 0) return failure(Operation::sync_folder, find(path).node == 0 ? ENOENT : ENOTDIR);
  SimNames& names = nodes_.at(node).names;
  const bool fails = prng_.chance_ppm(options.unsynced_per_million);
  counters_.unsynced += fails ? 1 : 0;
  if (!fails && fate == Fate::whole) {
    names.put_all();
    sweep();
    return Done{};
  }
  names.put(prng_.below(names.outstanding() + 1));
  return failure(Operation::sync_folder, fate == Fate::last ? kGone : EIO);
}

// Forgets whom no name leads to, now or after a power failure, and nobody has open.
void SimDisk::sweep() {
  std::set<NodeNumber> kept{kRoot};
  std::vector<NodeNumber> found{kRoot};
  for (const auto& [number, node] : nodes_) {
    if (node.opened > 0 && kept.insert(number).second) found.push_back(number);
  }
  while (!found.empty()) {
    const NodeNumber number = found.back();
    found.pop_back();
    nodes_.at(number).names.each([&](NodeNumber node) {
      if (kept.insert(node).second) found.push_back(node);
    });
  }
  std::erase_if(nodes_, [&](const auto& node) { return !kept.contains(node.first); });
}

// --- files

Result<std::size_t, Error> SimDisk::read(NodeNumber node, std::uint64_t offset, ByteSpan room) {
  if (begin() != Fate::whole) return failure(Operation::read, kGone);
  if (prng_.chance_ppm(options.unreadable_per_million)) {
    ++counters_.unreadable;
    return failure(Operation::read, EIO);
  }
  return nodes_.at(node).pages.read(offset, room);
}

Result<std::uint64_t, Error> SimDisk::size(NodeNumber node) {
  if (begin() != Fate::whole) return failure(Operation::read, kGone);
  return nodes_.at(node).pages.size();
}

std::uint64_t SimDisk::missing_room(const SimPages& pages, std::uint64_t size) const {
  std::uint64_t used = room_of(std::max(size, pages.size())) - room_of(pages.size());
  for (const auto& [number, node] : nodes_) used += room_of(node.pages.size());
  return used > options.bytes_max ? used - options.bytes_max : 0;
}

Status<Error> SimDisk::write(NodeNumber node, std::uint64_t offset, ByteView bytes) {
  const Fate fate = begin();
  if (fate == Fate::gone) return failure(Operation::write, kGone);
  SimPages& pages = nodes_.at(node).pages;
  if (fate == Fate::last) {
    pages.write(offset, bytes.first(prng_.below(bytes.size() + 1)), prng_);
    return failure(Operation::write, kGone);
  }
  const std::uint64_t missing = missing_room(pages, offset + bytes.size());
  if (missing == 0) {
    pages.write(offset, bytes, prng_);
    return Done{};
  }
  // What there is room for is written.
  ++counters_.full;
  const std::uint64_t wanted = room_of(offset + bytes.size());
  const std::uint64_t end = wanted - std::min(wanted, room_of(missing));
  if (end > offset) pages.write(offset, bytes.first(end - offset), prng_);
  return failure(Operation::write, ENOSPC);
}

Status<Error> SimDisk::resize(NodeNumber node, std::uint64_t size) {
  return step(Operation::resize, [&] {
    SimPages& pages = nodes_.at(node).pages;
    const bool fits = missing_room(pages, size) == 0;
    counters_.full += fits ? 0 : 1;
    if (fits) pages.resize(size, prng_);
    return fits ? 0 : ENOSPC;
  });
}

void SimDisk::put(SimPages& pages, std::uint64_t sector) {
  const Sector bytes = pages.cached(sector);
  if (prng_.chance_ppm(options.lost_per_million)) {
    ++counters_.lost;
    return;
  }
  std::vector<Spot> others;
  if (prng_.chance_ppm(options.misdirected_per_million)) others = spots();
  std::erase_if(others, [&](const Spot& spot) {
    return &nodes_.at(spot.node).pages == &pages && spot.sector == sector;
  });
  if (others.empty()) return pages.put(sector, bytes);
  ++counters_.misdirected;
  const Spot& spot = others[prng_.below(others.size())];
  nodes_.at(spot.node).pages.put(spot.sector, bytes);
}

void SimDisk::put_some(SimPages& pages) {
  for (const std::uint64_t sector : pages.dirty()) {
    if (prng_.below(2) == 0) put(pages, sector);
  }
  if (prng_.below(2) == 0) pages.put_size();
}

Status<Error> SimDisk::sync(NodeNumber node) {
  const Fate fate = begin();
  if (fate == Fate::gone) return failure(Operation::sync, kGone);
  SimPages& pages = nodes_.at(node).pages;
  const std::vector<std::uint64_t> dirty = pages.dirty();
  if (fate == Fate::last) {
    put_some(pages);
    return failure(Operation::sync, kGone);
  }
  const bool fails = prng_.chance_ppm(options.unsynced_per_million);
  if (fails) {
    ++counters_.unsynced;
    put_some(pages);
  } else {
    for (const std::uint64_t sector : dirty) put(pages, sector);
    pages.put_size();
  }
  for (const std::uint64_t sector : dirty) pages.call_clean(sector, prng_);
  if (fails) return failure(Operation::sync, EIO);
  return Done{};
}

void SimDisk::close(NodeNumber node) {
  if (--nodes_.at(node).opened == 0) sweep();
}

// --- rot

std::vector<SimDisk::Spot> SimDisk::spots(const Node* only) const {
  std::vector<Spot> spots;
  for (const auto& [number, node] : nodes_) {
    if (only != nullptr && only != &node) continue;
    for (const auto& [sector, bytes] : node.pages.on_disk()) {
      if (node.pages.bytes_in(sector) > 0) spots.push_back({number, sector});
    }
  }
  return spots;
}

std::uint64_t SimDisk::rot(const Node* only, std::uint64_t bits) {
  const std::vector<Spot> all = spots(only);
  if (all.empty()) return 0;
  for (std::uint64_t i = 0; i < bits; ++i) {
    const Spot& spot = all[prng_.below(all.size())];
    SimPages& pages = nodes_.at(spot.node).pages;
    Sector sector = pages.on_disk().at(spot.sector);
    sector[prng_.below(pages.bytes_in(spot.sector))] ^= static_cast<std::uint8_t>(1U << prng_.below(8));
    pages.put(spot.sector, sector);
  }
  counters_.rotten += bits;
  return bits;
}

std::uint64_t SimDisk::rot(std::uint64_t bits) {
  return rot(nullptr, bits);
}

std::uint64_t SimDisk::rot(const disk::Path& path, std::uint64_t bits) {
  const NodeNumber node = find(path).node;
  return node == 0 ? 0 : rot(&nodes_.at(node), bits);
}

}  // namespace ringwire::sim
