// Whether the largest message of its type may be sent: its cap must not refuse what its own table allows.
#pragma once

#include <gtest/gtest.h>

#include "codec/wire/message_type.hpp"
#include "codec/wire/rlp_codec.hpp"
#include "tests/support/random_record.hpp"

namespace ringwire::wire {

template <class T>
testing::AssertionResult fits_cap(const T& largest) {
  const MessageRules& rules = rules_of(Describe<T>::kMessage);
  if (const Malformed what = check_value(largest); what != Malformed::none)
    return testing::AssertionFailure() << rules.name << " is refused: " << name(what);
  const std::size_t bytes = encoded_bytes<Rlp>(largest);
  if (bytes > rules.bytes_max)
    return testing::AssertionFailure() << rules.name << ": " << bytes << " of " << rules.bytes_max;
  return testing::AssertionSuccess();
}

inline List<Hash32> hashes(RecordMaker& maker, std::size_t count) {
  return maker.list_of(std::vector<Hash32>(count, Hash32{{0xFF}}));
}

}  // namespace ringwire::wire
