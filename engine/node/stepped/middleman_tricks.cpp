// What a middleman does with what it is told.
#include <algorithm>
#include <utility>

#include "codec/base/check.hpp"
#include "codec/wire/frame_header.hpp"
#include "engine/node/stepped/middleman.hpp"

namespace ringwire::stepped {

using transport::TlsWork;
using wire::Role;

ByteView first_frame(ByteView bytes) {
  if (bytes.size() < wire::kFrameHeaderBytes) return {};
  const std::size_t frame = wire::kFrameHeaderBytes + load_be<std::uint32_t>(bytes.data() + 2);
  return bytes.size() < frame ? ByteView{} : bytes.first(frame);
}

bool Overheard::proofs() const {
  const auto has_two = [](ByteView bytes) {
    const ByteView handshake = first_frame(bytes);
    return !handshake.empty() && !first_frame(bytes.subspan(handshake.size())).empty();
  };
  return has_two(initiator) && has_two(responder);
}

void Middleman::hear(End& end, ByteView bytes) {
  if (end.channel == nullptr) return on_words(end, bytes);
  if (!end.channel->secured()) bytes = secure(end, bytes);
  if (bytes.empty()) return;
  // The opener writes into what it is given.
  Slice records = heap_.make(static_cast<std::uint32_t>(bytes.size()));
  RW_ASSERT(!records.empty());
  std::copy(bytes.begin(), bytes.end(), HeapBuffers::writable(records).begin());
  end.channel->opener().input(std::move(records));
  Slice plain;
  for (;;) {
    switch (end.channel->opener().next(plain)) {
      case session::Opened::need_more:
        return;
      case session::Opened::ended:
        return finish(end);
      case session::Opened::refused:
        return give_up(end);
      case session::Opened::plain:
        on_words(end, plain.view());
    }
  }
}

// What is left of `bytes`: the first records under the keys.
ByteView Middleman::secure(End& end, ByteView bytes) {
  node::Channel& channel = *end.channel;
  for (;;) {
    if (channel.wants_place()) channel.begin();
    while (channel.pending_work() != TlsWork::none) channel.work(records_, world_.time());
    const std::size_t taken = channel.input(bytes, records_);
    bytes = bytes.subspan(taken);
    if (taken == 0 && channel.pending_work() == TlsWork::none && !channel.wants_place()) break;
  }
  if (channel.failure()) finish(end);
  if (!channel.secured()) return {};
  ++secured;
  return bytes;
}

void Middleman::on_words(End& end, ByteView words) {
  switch (options_.trick) {
    case Trick::relay:
      overhear(end, words);
      return pass_on(end, words);
    case Trick::splice:
      end.heard.insert(end.heard.end(), words.begin(), words.end());
      return splice(end);
    case Trick::reflect:
      return say(end, words);
    case Trick::masquerade:
      end.heard.insert(end.heard.end(), words.begin(), words.end());
      return masquerade(end);
    case Trick::replay:
      return;
  }
}

void Middleman::say(End& end, ByteView words) {
  end.waiting.insert(end.waiting.end(), words.begin(), words.end());
}

void Middleman::pass_on(const End& end, ByteView words) {
  End* other = find(end.other);
  if (other == nullptr) return;
  passed += words.size();
  say(*other, words);
}

void Middleman::overhear(const End& end, ByteView words) {
  const driver::ConnectionId pair = end.role == Role::responder ? end.id : end.other;
  if (pair != overheard_of_) return;
  // Whom we are the responder of is the initiator.
  Bytes& lines = end.role == Role::responder ? overheard_.initiator : overheard_.responder;
  const ByteView kept = words.first(std::min(words.size(), kOverheardMax - lines.size()));
  lines.insert(lines.end(), kept.begin(), kept.end());
}

void Middleman::splice(End& end) {
  if (end.frames == 0) {
    const ByteView handshake = first_frame(end.heard);
    if (handshake.empty()) return;
    pass_on(end, handshake);
    drop_frame(end);
  }
  if (end.frames == 1) {
    End* mate = find(end.mate);
    if (mate == nullptr || mate->frames != 1) return;
    if (first_frame(end.heard).empty() || first_frame(mate->heard).empty()) return;
    pass_on(end, first_frame(mate->heard));
    pass_on(*mate, first_frame(end.heard));
    drop_frame(end);
    drop_frame(*mate);
    pass_on(*mate, std::exchange(mate->heard, {}));
  }
  pass_on(end, std::exchange(end.heard, {}));
}

void Middleman::masquerade(End& end) {
  if (end.frames == 0) {
    if (first_frame(end.heard).empty()) return;
    drop_frame(end);
  }
  say(end, std::exchange(end.heard, {}));
}

void Middleman::drop_frame(End& end) {
  const auto bytes = static_cast<std::ptrdiff_t>(first_frame(end.heard).size());
  end.heard.erase(end.heard.begin(), end.heard.begin() + bytes);
  ++end.frames;
}

}  // namespace ringwire::stepped
