// What a peer lets us send it in fragments, class by class (codec/wire/README.md, 5).
//
// Problem: the receiver of a large message has to keep it until it is whole, and what it has not read yet
// delays everything behind it. So it grants as much as it wants to have under way, and a class without credit
// waits while the others go on.
//
// Attack: credit that wraps around. More than kMax together is the peer's error.
//
// Pure values. Complexity: O(1). Thread: the session's.
#pragma once

#include <array>
#include <cstdint>

#include "codec/base/check.hpp"
#include "codec/wire/session_records.hpp"

namespace ringwire::session {

class SendCredit {
 public:
  static constexpr std::uint32_t kMax = wire::kCreditUnlimited - 1;

  // What every session begins with.
  static constexpr SendCredit initial() { return SendCredit(wire::kInitialCredit); }
  static constexpr SendCredit unlimited() {
    std::array<std::uint32_t, wire::kTrafficClasses> left{};
    left.fill(wire::kCreditUnlimited);
    return SendCredit(left);
  }

  [[nodiscard]] std::uint32_t left(std::size_t index) const { return left_[index]; }
  [[nodiscard]] bool allows(std::size_t index, std::uint64_t bytes) const { return bytes <= left_[index]; }
  // What it allows.
  void spend(std::size_t index, std::uint64_t bytes) {
    RW_ASSERT(allows(index, bytes));
    if (left_[index] != wire::kCreditUnlimited) left_[index] -= static_cast<std::uint32_t>(bytes);
  }
  // Spent, and not sent after all.
  void refund(std::size_t index, std::uint64_t bytes) {
    if (left_[index] != wire::kCreditUnlimited) left_[index] += static_cast<std::uint32_t>(bytes);
  }
  // False where it would be more than kMax: nothing has changed.
  [[nodiscard]] bool grant(std::size_t index, std::uint32_t bytes) {
    if (left_[index] == wire::kCreditUnlimited) return true;
    if (bytes > kMax - left_[index]) return false;
    left_[index] += bytes;
    return true;
  }

 private:
  explicit constexpr SendCredit(const std::array<std::uint32_t, wire::kTrafficClasses>& left) : left_(left) {}

  std::array<std::uint32_t, wire::kTrafficClasses> left_;
};

}  // namespace ringwire::session
