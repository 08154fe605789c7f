// What the kernel is doing for us, and how a completion finds its way back.
//
// Problem: a completion carries 64 bits and may arrive after the thing it was for has been closed and its
// memory or descriptor given to somebody else. So user_data names a place in a table and how often that place
// was used, never an address:
//
//     63      56 55                    32 31                               0
//    +----------+------------------------+----------------------------------+
//    |   kind   |       generation       |              index               |
//    +----------+------------------------+----------------------------------+
//
// Rules
//  - An Operation lives in its owner and stays there while armed. arm() takes a place in the table; only the
//    final completion (without IORING_CQE_F_MORE) gives it back, so an owner that waits for !armed() knows
//    that the kernel has let go of descriptor and memory.
//  - A completion whose generation does not match is stale: the caller counts and drops it.
//  - A send of the turn has no Operation, since it has no completion on success: its index is its number
//    within the turn and its generation the number of the turn.
//
// Thread: the shard. Complexity: O(1), no allocation beyond the high-water mark.
#pragma once

#include <cstdint>
#include <vector>

#include "codec/base/check.hpp"

namespace ringwire::uring {

enum class OperationKind : std::uint8_t {
  accept,
  connect,
  receive,
  rest,
  turn_send,
  cancel,
  wake,
  datagram,
};

struct UserData {
  OperationKind kind = OperationKind::cancel;
  std::uint32_t generation = 0;  // below 2^24
  std::uint32_t index = 0;

  static constexpr std::uint32_t kGenerationMask = 0xFF'FFFF;

  [[nodiscard]] std::uint64_t pack() const {
    return std::uint64_t{static_cast<std::uint8_t>(kind)} << 56 |
           std::uint64_t{generation & kGenerationMask} << 32 | index;
  }
  static UserData unpack(std::uint64_t packed) {
    return {static_cast<OperationKind>(packed >> 56),
            static_cast<std::uint32_t>(packed >> 32) & kGenerationMask, static_cast<std::uint32_t>(packed)};
  }
};

struct Operation {
  static constexpr std::uint32_t kIdle = UINT32_MAX;

  std::uint32_t place = kIdle;  // in the table, while armed
  std::uint32_t owner = 0;      // the connection's or socket's slot, or the listener's index

  [[nodiscard]] bool armed() const { return place != kIdle; }
};

class OperationTable {
 public:
  struct Place {
    Operation* operation = nullptr;  // null: free
    std::uint32_t generation = 0;
    OperationKind kind = OperationKind::cancel;
  };

  explicit OperationTable(std::uint32_t expected) { places_.reserve(expected); }

  // The user_data of the entry that starts `operation`.
  [[nodiscard]] std::uint64_t arm(Operation& operation, OperationKind kind) {
    RW_ASSERT(!operation.armed());
    if (free_.empty()) {
      free_.push_back(static_cast<std::uint32_t>(places_.size()));
      places_.emplace_back();
    }
    operation.place = free_.back();
    free_.pop_back();
    Place& place = places_[operation.place];
    place.operation = &operation;
    place.kind = kind;
    place.generation = (place.generation + 1) & UserData::kGenerationMask;
    return target(operation);
  }

  // The user_data of an armed operation: what a cancellation names.
  [[nodiscard]] std::uint64_t target(const Operation& operation) const {
    RW_ASSERT(operation.armed());
    const Place& place = places_[operation.place];
    return UserData{place.kind, place.generation, operation.place}.pack();
  }

  // The user_data of a cancellation of it: the same place under another kind.
  [[nodiscard]] std::uint64_t cancellation(const Operation& operation) const {
    UserData data = UserData::unpack(target(operation));
    data.kind = OperationKind::cancel;
    return data.pack();
  }

  // The operation behind a completion, null for a stale one.
  [[nodiscard]] Operation* find(UserData data) const {
    if (data.index >= places_.size()) return nullptr;
    const Place& place = places_[data.index];
    return place.generation == data.generation ? place.operation : nullptr;
  }

  // After the final completion.
  void release(Operation& operation) {
    RW_ASSERT(operation.armed());
    places_[operation.place].operation = nullptr;
    free_.push_back(operation.place);
    operation.place = Operation::kIdle;
  }

  [[nodiscard]] std::size_t armed() const { return places_.size() - free_.size(); }

 private:
  std::vector<Place> places_;
  std::vector<std::uint32_t> free_;
};

}  // namespace ringwire::uring
