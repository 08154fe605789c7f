#include "codec/wire/message_type.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "codec/wire/handshake.hpp"
#include "codec/wire/publish.hpp"
#include "codec/wire/session_records.hpp"
#include "tests/support/names.hpp"
#include "tests/support/records.hpp"

namespace ringwire::wire {
namespace {

TEST(MessageType, TableIsAscendingAndFoundByEveryByte) {
  std::size_t known = 0;
  for (unsigned type = 0; type < 256; ++type) {
    const MessageRules* rules = rules_of(static_cast<std::uint8_t>(type));
    if (rules == nullptr) continue;
    EXPECT_EQ(static_cast<unsigned>(rules->type), type);
    EXPECT_EQ(rules, &message_rules()[known]);
    ++known;
  }
  EXPECT_EQ(known, message_rules().size());
}

TEST(MessageType, EveryClassHasAName) {
  test::expect_names_below(TrafficClass::count_);
}

TEST(MessageType, NamesAreUnique) {
  std::set<std::string> names;
  for (const MessageRules& rules : message_rules()) names.insert(rules.name);
  EXPECT_EQ(names.size(), message_rules().size());
}

TEST(MessageType, SessionRecordsAreNeverFragmentedNorCompressed) {
  for (const MessageRules& rules : message_rules()) {
    if (static_cast<unsigned>(rules.type) > 0x07) continue;
    EXPECT_FALSE(rules.fragmentable) << rules.name;
    EXPECT_FALSE(rules.compressible) << rules.name;
  }
}

TEST(MessageType, WhatIsNotFragmentableFitsOneFragment) {
  for (const MessageRules& rules : message_rules()) {
    if (!rules.fragmentable) {
      EXPECT_LE(rules.bytes_max, kFragmentHeaderBytes + kFragmentBytesMax) << rules.name;
    }
  }
}

TEST(MessageType, OnlyThreeRecordsMayComeBeforeAuthentication) {
  std::set<MessageType> early;
  for (const MessageRules& rules : message_rules()) {
    if (rules.before_authentication) early.insert(rules.type);
  }
  EXPECT_EQ(early, (std::set{MessageType::handshake, MessageType::handshake_ack, MessageType::disconnect}));
}

TEST(MessageType, CapsAreTheRecordsOwnLimits) {
  EXPECT_EQ(rules_of(MessageType::handshake).bytes_max, kHandshakeBytesMax);
  EXPECT_EQ(rules_of(MessageType::handshake_ack).bytes_max, kHandshakeAckBytes);
  EXPECT_EQ(rules_of(MessageType::ping).bytes_max, kPingBytesMax);
  EXPECT_EQ(rules_of(MessageType::pong).bytes_max, kPingBytesMax);
  EXPECT_EQ(rules_of(MessageType::disconnect).bytes_max, 1 + kDisconnectTextMax);
  EXPECT_EQ(rules_of(MessageType::window_update).bytes_max, kWindowUpdateBytes);
  EXPECT_EQ(rules_of(MessageType::fragment).bytes_max, kFragmentHeaderBytes + kFragmentBytesMax);
  EXPECT_EQ(rules_of(MessageType::publish).bytes_max, kPublishDecodedBytesMax);
  EXPECT_EQ(rules_of(MessageType::subscribe).bytes_max, 1 + kTopicBytesMax);
}

// Messages without a table have a layout of their own, in the headers named here.
TEST(MessageType, EveryTypeHasItsRecord) {
  std::multiset<MessageType> found{
      MessageType::handshake,     MessageType::handshake_ack,                           // handshake.hpp
      MessageType::ping,          MessageType::pong,          MessageType::disconnect,  // session_records.hpp
      MessageType::window_update, MessageType::fragment,                                //
      MessageType::app_data,      MessageType::app_request,   MessageType::app_response,  //
      MessageType::transactions,                           // transaction_list.hpp
      MessageType::publish,       MessageType::subscribe,  // publish.hpp
  };
  each_message([&]<class Record>() { found.insert(Describe<Record>::kMessage); });
  for (const MessageRules& rules : message_rules()) EXPECT_EQ(found.count(rules.type), 1U) << rules.name;
  EXPECT_EQ(found.size(), message_rules().size());
}

TEST(MessageType, OnlyPublishHasAByteThatRelaysChange) {
  for (const MessageRules& rules : message_rules()) {
    EXPECT_EQ(rules.unchecked_bytes, rules.type == MessageType::publish ? 1 : 0) << rules.name;
  }
}

TEST(MessageType, ClassesHaveNamesInOrderOfEgress) {
  EXPECT_STREQ(name(TrafficClass::consensus), "consensus");
  EXPECT_LT(TrafficClass::consensus, TrafficClass::block);
  EXPECT_LT(TrafficClass::block, TrafficClass::transaction);
  EXPECT_LT(TrafficClass::transaction, TrafficClass::sync);
  EXPECT_LT(TrafficClass::sync, TrafficClass::other);
}

}  // namespace
}  // namespace ringwire::wire
