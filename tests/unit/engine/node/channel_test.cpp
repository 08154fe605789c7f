#include "engine/node/channel.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "engine/transport/tls_certificate.hpp"

namespace ringwire::node {
namespace {

using session::Opened;
using session::RecordError;
using transport::TlsFailure;
using transport::TlsWork;

using Bytes = std::vector<std::uint8_t>;

// Two ends that give each other what they say, a few bytes at a time.
class ChannelTest : public ::testing::Test {
 protected:
  static std::unique_ptr<transport::TlsContext> make_context() {
    const auto credentials = transport::make_certificate();
    return std::move(transport::TlsContext::make(*credentials)).value();
  }

  // All that is unsealed, and `text` in records.
  Bytes say(Channel& from, std::string_view text = {}, bool is_last = false) {
    const ByteView piece = as_bytes(text);
    const session::Pieces pieces = text.empty() ? session::Pieces{} : session::Pieces{&piece, 1};
    if (!from.has_unsealed() && pieces.empty()) return {};
    const auto sent = from.make_send(round_, pieces, is_last);
    EXPECT_TRUE(sent.ok());
    const Bytes bytes(sent->begin(), sent->end());
    round_.end_round();
    return bytes;
  }
  // What the other end did not take.
  Bytes give(Channel& to, Bytes bytes) {
    if (to.wants_place()) to.begin();
    for (;;) {
      while (to.pending_work() != TlsWork::none) to.work(records_, now_);
      const std::size_t taken =
          to.input(ByteView(bytes).first(std::min<std::size_t>(bytes.size(), 7)), records_);
      bytes.erase(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(taken));
      if (to.wants_place()) to.begin();
      if (taken == 0 && to.pending_work() == TlsWork::none) return bytes;
    }
  }
  // Until neither has anything to say.
  void talk() {
    give(client_, {});
    while (client_.has_unsealed() || server_.has_unsealed()) {
      EXPECT_TRUE(give(server_, say(client_)).empty());
      EXPECT_TRUE(give(client_, say(server_)).empty());
    }
  }
  // What `at` reads of `bytes`, and how it ended.
  Opened read(Channel& at, const Bytes& bytes, std::string& text) {
    Slice slice = heap_.make(static_cast<std::uint32_t>(bytes.size()));
    std::copy(bytes.begin(), bytes.end(), HeapBuffers::writable(slice).begin());
    at.opener().input(std::move(slice));
    Slice plain;
    Opened opened = Opened::plain;
    while ((opened = at.opener().next(plain)) == Opened::plain) text += as_text(plain.view());
    return opened;
  }

  Instant now_{7};
  HeapBuffers heap_{1 << 20};
  session::RecordShard records_{heap_};
  session::SealedRound round_{heap_};
  std::unique_ptr<transport::TlsContext> client_context_ = make_context();
  std::unique_ptr<transport::TlsContext> server_context_ = make_context();
  Channel client_{*client_context_, wire::Role::initiator, {}};
  Channel server_{*server_context_, wire::Role::responder, {}};
};

TEST_F(ChannelTest, BothEndsGetKeysAndTheSameBindingAndGiveTheirPlacesBack) {
  EXPECT_TRUE(client_.wants_place());
  EXPECT_FALSE(server_.wants_place());
  talk();
  ASSERT_TRUE(client_.secured() && server_.secured());
  EXPECT_EQ(client_.binding(), server_.binding());
  EXPECT_NE(client_.binding(), wire::ChannelBinding{});
  EXPECT_EQ(client_context_->live() + server_context_->live(), 0U);
  EXPECT_FALSE(client_.must_redial());
}

// From our flight to theirs, whatever else they say meanwhile.
TEST_F(ChannelTest, HowLongThePeerIsWaitedForBeginsWithOurFlight) {
  EXPECT_EQ(server_.waits_since(), kNever);
  give(client_, {});
  const Instant flight = now_;
  give(server_, say(client_));
  EXPECT_EQ(server_.waits_since(), flight);
  now_ = now_ + 1s;
  const Bytes change_cipher_spec{20, 3, 3, 0, 1, 1};
  server_.input(change_cipher_spec, records_);
  EXPECT_EQ(server_.waits_since(), kNever);  // our turn
  give(server_, {});
  EXPECT_EQ(server_.waits_since(), flight);
  talk();
  EXPECT_TRUE(server_.secured());
  EXPECT_EQ(server_.waits_since(), kNever);
}

TEST_F(ChannelTest, WhatOneSealsTheOtherReadsAndTheLastWordEndsIt) {
  talk();
  std::string heard;
  EXPECT_EQ(read(server_, say(client_, "hello"), heard), Opened::need_more);
  EXPECT_EQ(read(client_, say(server_, "hello to you"), heard), Opened::need_more);
  EXPECT_EQ(read(server_, say(client_, "goodbye", true), heard), Opened::ended);
  EXPECT_EQ(heard, "hellohello to yougoodbye");
}

TEST_F(ChannelTest, AnotherLastWordIsToldInstead) {
  talk();
  server_.set_last_word(session::AlertCode::bad_record_mac);
  std::string heard;
  EXPECT_EQ(read(client_, say(server_, "so long", true), heard), Opened::refused);
  EXPECT_EQ(client_.opener().error(), RecordError::peer_alert);
  EXPECT_EQ(client_.opener().alert(), static_cast<std::uint8_t>(session::AlertCode::bad_record_mac));
}

TEST_F(ChannelTest, WhatComesBehindTheLastFlightIsNotTaken) {
  give(client_, {});
  give(server_, say(client_));
  give(client_, say(server_));
  ASSERT_TRUE(client_.secured());
  const Bytes together = say(client_, "at once");  // its Finished goes first
  const Bytes left = give(server_, together);
  ASSERT_TRUE(server_.secured());
  std::string heard;
  EXPECT_EQ(read(server_, left, heard), Opened::need_more);
  EXPECT_EQ(heard, "at once");
}

TEST_F(ChannelTest, NothingIsTakenWhileAPlaceIsWaitedFor) {
  give(client_, {});
  const Bytes hello = say(client_);
  EXPECT_EQ(server_.input(hello, records_), hello.size());
  EXPECT_TRUE(server_.wants_place());
  EXPECT_EQ(server_.input(hello, records_), 0U);
  EXPECT_EQ(server_context_->live(), 0U);
}

TEST_F(ChannelTest, WhatIsNoTlsIsRefusedCountedAndToldWithoutAPlace) {
  const Bytes garbage(64, 'G');
  server_.input(garbage, records_);
  EXPECT_EQ(server_.failure(), TlsFailure::not_tls);
  EXPECT_EQ(server_context_->counters().failed[TlsFailure::not_tls].value(), 1U);
  EXPECT_EQ(server_context_->live(), 0U);
  EXPECT_TRUE(server_.has_unsealed());
  EXPECT_EQ(server_.input(garbage, records_), 0U);
}

TEST_F(ChannelTest, ACallerToldOfARefusalFailsTooAndSaysNothingBack) {
  give(client_, {});
  Bytes hello = say(client_);
  server_.input(Bytes(16, 0), records_);
  give(client_, say(server_));
  EXPECT_EQ(client_.failure(), TlsFailure::peer_alert);
  EXPECT_FALSE(client_.has_unsealed());
  EXPECT_EQ(client_context_->live(), 0U);
}

TEST_F(ChannelTest, WithoutHeapNothingCanBeSaid) {
  talk();
  HeapBuffers none(0);
  session::SealedRound round(none);
  const ByteView piece = as_bytes("lost");
  const auto sent = client_.make_send(round, {&piece, 1}, false);
  ASSERT_FALSE(sent.ok());
  EXPECT_EQ(sent.error(), RecordError::no_memory);
}

TEST_F(ChannelTest, AbandonedOnItsWayItGivesItsPlaceBack) {
  give(client_, {});
  EXPECT_EQ(client_context_->live(), 1U);
  client_.abandon();
  EXPECT_EQ(client_context_->live(), 0U);
  EXPECT_EQ(client_.pending_work(), TlsWork::none);
  EXPECT_FALSE(client_.wants_place());
}

}  // namespace
}  // namespace ringwire::node
