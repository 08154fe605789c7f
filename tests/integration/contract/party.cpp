#include "tests/integration/contract/party.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace ringwire::contract {

using driver::ConnectionId;
using driver::Event;
using driver::EventKind;

Party::Party(std::unique_ptr<driver::Driver> owned, IpAddress v4, IpAddress v6)
    : driver_(std::move(owned)), v4_(v4), v6_(v6) {}

Endpoint Party::listen() {
  const auto listener = driver_->listen({v4_, 0}, {});
  EXPECT_TRUE(listener.ok());
  return driver_->local(*listener);
}

ConnectionId Party::connect(const Endpoint& remote) {
  auto opened = driver_->connect(remote, {});
  EXPECT_TRUE(opened.ok());
  stories_.emplace(*opened, Story{});
  return *opened;
}

driver::DatagramSocketId Party::bind(const IpAddress& address, const driver::DatagramOptions& options) {
  const auto opened = driver_->open_datagrams({address, 0}, options);
  EXPECT_TRUE(opened.ok()) << opened.error().message();
  return *opened;
}

void Party::post(driver::DatagramSocketId socket, const Endpoint& to, std::string bytes) {
  posted_.push_back(std::move(bytes));
  driver_->send_datagram(socket, to, as_bytes(posted_.back()));
}

void Party::on_datagram(Event& event) {
  const std::uint32_t so_far = ++letters_of_turn_[event.socket];
  letters_per_turn_max = std::max(letters_per_turn_max, so_far);
  letters.push_back({event.socket, event.from, std::string(as_text(event.data.view()))});
  if (keep_slices) kept.push_back(event.data);
}

void Party::close(ConnectionId id, driver::CloseMode mode) {
  story(id).closing = true;
  streams_[id].queued.clear();
  driver_->close(id, mode);
}

void Party::write(ConnectionId id, std::string_view bytes) {
  streams_[id].queued += bytes;
}

bool Party::all_written(ConnectionId id) const {
  const auto stream = streams_.find(id);
  return stream == streams_.end() || (stream->second.queued.empty() && stream->second.flying.empty());
}

void Party::turn(const driver::WaitPlan& plan) {
  driver_->wait(plan);
  for (std::string& posted : posted_) std::fill(posted.begin(), posted.end(), '#');
  posted_.clear();
  letters_of_turn_.clear();
  settle_sends();
  Event event;
  for (std::uint32_t count = 0; count < events_per_turn && driver_->next(event); ++count) on_event(event);
  event.data.reset();
  flush();
}

// Whatever was taken is overwritten at once: a driver that still reads it would send the wrong bytes.
void Party::settle_sends() {
  std::map<ConnectionId, driver::Unsent> cut_short;
  for (const driver::Unsent& unsent : driver_->unsent()) {
    EXPECT_TRUE(cut_short.emplace(unsent.connection, unsent).second) << "told twice";
  }
  for (auto& [id, stream] : streams_) {
    if (stream.flying.empty() || stream.rest || story(id).closing) continue;
    const auto unsent = cut_short.find(id);
    if (unsent == cut_short.end()) {
      std::fill(stream.flying.begin(), stream.flying.end(), '#');
      stream.flying.clear();
      continue;
    }
    EXPECT_LT(unsent->second.taken, stream.flying.size());
    if (unsent->second.error != 0) {
      story(id).send_error = unsent->second.error;
      stream = {};
      continue;
    }
    std::fill_n(stream.flying.begin(), unsent->second.taken, '#');
    stream.flying.erase(0, unsent->second.taken);
    stream.rest = true;
    driver_->send_rest(id, cut(stream.flying));
  }
}

void Party::flush() {
  for (auto& [id, stream] : streams_) {
    const Story& so_far = story(id);
    if (stream.queued.empty() || !stream.flying.empty() || so_far.closing || so_far.send_error != 0) continue;
    stream.flying = stream.queued.substr(0, prng_.between(1, chunk));
    stream.queued.erase(0, stream.flying.size());
    driver_->send(id, cut(stream.flying));
  }
}

std::vector<ByteView> Party::cut(std::string_view bytes) {
  std::vector<ByteView> pieces;
  ByteView left = as_bytes(bytes);
  while (!left.empty()) {
    const bool last = pieces.size() + 1 == driver::Driver::kPiecesMax;
    const std::size_t count = last ? left.size() : prng_.between(1, std::min<std::size_t>(left.size(), 4096));
    pieces.push_back(left.first(count));
    left = left.subspan(count);
  }
  return pieces;
}

void Party::on_event(Event& event) {
  if (event.kind == EventKind::woken) {
    ++woken_;
    return;
  }
  if (event.kind == EventKind::datagram) return on_datagram(event);
  if (event.kind == EventKind::accepted) {
    EXPECT_TRUE(stories_.emplace(event.connection, Story{}).second) << "an id was given out twice";
    story(event.connection).listener = event.listener;
    accepted.push_back(event.connection);
    if (receive_accepted) driver_->start_receive(event.connection);
    return;
  }
  const auto found = stories_.find(event.connection);
  ASSERT_NE(found, stories_.end()) << "an event of nobody";
  Story& story = found->second;
  EXPECT_FALSE(story.closed) << "an event after `closed`";
  EXPECT_TRUE(!story.closing || event.kind == EventKind::closed) << "an event after close()";
  switch (event.kind) {
    case EventKind::connected:
      EXPECT_FALSE(story.connected);
      story.connected = true;
      story.connect_error = event.error;
      if (event.error == 0 && receive_connected) driver_->start_receive(event.connection);
      break;
    case EventKind::received:
      on_received(story, event);
      break;
    case EventKind::ended:
      EXPECT_FALSE(story.ended) << "ended twice";
      story.ended = true;
      story.end_error = event.error;
      break;
    case EventKind::rest_sent:
      EXPECT_TRUE(streams_[event.connection].rest) << "no send_rest() was in flight";
      ++story.rests_sent;
      if (event.error != 0) story.send_error = event.error;
      streams_[event.connection].rest = false;
      streams_[event.connection].flying.clear();
      break;
    case EventKind::closed:
      EXPECT_TRUE(story.closing);
      story.closed = true;
      streams_.erase(event.connection);
      break;
    case EventKind::accepted:
    case EventKind::woken:
    case EventKind::datagram:
      break;
  }
}

void Party::on_received(Story& story, Event& event) {
  EXPECT_FALSE(story.ended) << "bytes after `ended`";
  EXPECT_FALSE(event.data.empty());
  story.received += as_text(event.data.view());
  ++story.pieces;
  story.largest_capacity = std::max(story.largest_capacity, event.data.buffer()->capacity);
  if (echo) write(event.connection, as_text(event.data.view()));
  if (keep_slices) kept.push_back(event.data);
}

}  // namespace ringwire::contract
