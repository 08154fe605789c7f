#include "engine/session/fragment_assembler.hpp"

#include <algorithm>
#include <utility>

#include "codec/base/plant.hpp"
#include "codec/crypto/checksum.hpp"
#include "codec/crypto/lz4_block.hpp"

namespace ringwire::session {

// The first bytes of a fragment, wherever they lie: what is judged before anything is kept.
struct FragmentAssembler::Prefix {
  static constexpr std::size_t kBytes = wire::kFragmentHeaderBytes + wire::kFrameHeaderBytes;

  explicit Prefix(const SliceChain& fragment) {
    for (std::size_t i = 0; i < fragment.count() && size < kBytes; ++i) {
      const ByteView part = fragment[i].view();
      const std::size_t taken = std::min(kBytes - size, part.size());
      std::copy_n(part.begin(), taken, bytes.begin() + static_cast<std::ptrdiff_t>(size));
      size += taken;
    }
    view = wire::decode_fragment(ByteView(bytes).first(size));
  }

  [[nodiscard]] std::span<const std::uint8_t, wire::kFrameHeaderBytes> inner() const {
    return std::span(bytes).subspan<wire::kFragmentHeaderBytes>();
  }

  std::array<std::uint8_t, kBytes> bytes{};
  std::size_t size = 0;
  std::optional<wire::FragmentView> view;
};

Duration assembly_time(std::uint32_t length) {
  return kAssemblyTime + clamp_millis(std::uint64_t{length} * 1000 / kAssemblyRateMin);
}

Result<std::optional<Assembled>, FragmentError> FragmentAssembler::input(const SliceChain& fragment,
                                                                         Instant now) {
  const Prefix prefix(fragment);
  if (!prefix.view || fragment.bytes() > wire::kFragmentHeaderBytes + wire::kFragmentBytesMax) {
    return refuse(FragmentError::malformed);
  }
  const wire::FragmentView& view = *prefix.view;
  if (view.slot >= slots_.size()) return refuse(FragmentError::unknown_slot);
  if (view.first) {
    if (const auto opened = open(prefix, now); !opened.ok()) return refuse(opened.error());
  }
  if (slots_[view.slot] == nullptr) return refuse(FragmentError::not_open);
  if (view.abort) {
    close(view.slot);
    shard_.counters.aborted.add();
    return std::optional<Assembled>{};
  }
  const std::uint64_t skip = view.first ? Prefix::kBytes : wire::kFragmentHeaderBytes;
  if (const auto absorbed = absorb(*slots_[view.slot], fragment, skip); !absorbed.ok()) {
    return refuse(absorbed.error());
  }
  if (!view.last) return std::optional<Assembled>{};
  return finish(view.slot);
}

Status<FragmentError> FragmentAssembler::open(const Prefix& prefix, Instant now) {
  const std::uint8_t index = prefix.view->slot;
  if (slots_[index] != nullptr) return Failure{FragmentError::already_open};
  if (prefix.size < Prefix::kBytes) return Failure{FragmentError::short_first};
  const auto header = wire::decode_header(prefix.inner());
  if (!header.ok()) return Failure{FragmentError::bad_inner_header};
  const wire::MessageRules& rules = wire::rules_of(header->type);
  if (!rules.fragmentable) return Failure{FragmentError::not_fragmentable};
  if (static_cast<std::uint8_t>(rules.traffic_class) != index) return Failure{FragmentError::wrong_slot};
  const std::uint64_t needed = kOpenMessageBytes + header->length;
  if (shard_.used_bytes + needed > shard_.limit_bytes) return Failure{FragmentError::no_memory};
  static_assert(sizeof(Slot) <= kOpenMessageBytes);
  shard_.used_bytes += kOpenMessageBytes;
  slots_[index] = std::make_unique<Slot>();
  slots_[index]->header = *header;
  slots_[index]->deadline = now + assembly_time(header->length);
  slots_[index]->unchecked_left = rules.unchecked_bytes;
  return Done{};
}

// Keeps what comes after the first `skip` bytes.
Status<FragmentError> FragmentAssembler::absorb(Slot& slot, const SliceChain& fragment, std::uint64_t skip) {
  const std::uint64_t size = fragment.bytes() - skip;
  if (size > slot.header.length - slot.received) return Failure{FragmentError::too_many_bytes};
  if (shard_.used_bytes + size > shard_.limit_bytes) return Failure{FragmentError::no_memory};
  shard_.used_bytes += size;
  slot.received += static_cast<std::uint32_t>(size);
  for (std::size_t i = 0; i < fragment.count(); ++i) {
    Slice piece = fragment[i];
    const auto skipped = static_cast<std::uint32_t>(std::min<std::uint64_t>(skip, piece.size()));
    piece.remove_prefix(skipped);
    skip -= skipped;
    if (piece.empty()) continue;
    if (const auto kept = keep(slot, std::move(piece)); !kept.ok()) return kept;
  }
  return Done{};
}

Status<FragmentError> FragmentAssembler::keep(Slot& slot, Slice piece) {
  if (!slot.header.compressed && !is_trusted(slot.header)) sum(slot, piece.view());
  if (!may_lend(slot, piece)) return copy_to_tail(slot, piece.view());
  flush_tail(slot);
  slot.pieces.append(std::move(piece));
  return Done{};
}

void FragmentAssembler::sum(Slot& slot, ByteView bytes) {
  const std::uint64_t unchecked = std::min<std::uint64_t>(slot.unchecked_left, bytes.size());
  slot.unchecked_left -= unchecked;
  slot.sum.add(bytes.subspan(unchecked));
}

bool FragmentAssembler::is_trusted(const wire::FrameHeader& header) const {
  return zero_checksum_allowed_ && header.checksum == 0;
}

bool FragmentAssembler::may_lend(Slot& slot, const Slice& piece) const {
  const Buffer& buffer = *piece.buffer();
  if (buffer.recycler == &shard_.heap) return piece.size() >= buffer.capacity / 4;
  const bool goes_on = slot.lent_whole && piece.offset() == 0;
  if (slot.lent != &buffer) {
    if (shard_.pool_low || slot.lent_count == kLentBuffersMax) return false;
    if (piece.size() <= wire::kUnpinBytesMax && !goes_on) return false;
    slot.lent = &buffer;
    ++slot.lent_count;
  }
  slot.lent_whole = piece.offset() + piece.size() == buffer.capacity;
  return true;
}

Status<FragmentError> FragmentAssembler::copy_to_tail(Slot& slot, ByteView bytes) {
  while (!bytes.empty()) {
    if (slot.tail_used == slot.tail.size()) {
      flush_tail(slot);
      slot.tail = shard_.heap.make(kTailBytes);
      if (slot.tail.empty()) return Failure{FragmentError::no_memory};
    }
    const std::size_t part = std::min<std::size_t>(bytes.size(), slot.tail.size() - slot.tail_used);
    copy_counted(HeapBuffers::writable(slot.tail).subspan(slot.tail_used), bytes.first(part),
                 CopyReason::unpin);
    slot.tail_used += static_cast<std::uint32_t>(part);
    bytes = bytes.subspan(part);
  }
  return Done{};
}

void FragmentAssembler::flush_tail(Slot& slot) {
  if (slot.tail_used > 0) slot.pieces.append(slot.tail.sub(0, slot.tail_used));
  slot.tail.reset();
  slot.tail_used = 0;
}

Result<std::optional<Assembled>, FragmentError> FragmentAssembler::finish(std::uint8_t index) {
  Slot& slot = *slots_[index];
  if (slot.received < slot.header.length) return refuse(FragmentError::too_few_bytes);
  flush_tail(slot);
  if (slot.header.compressed) {
    if (const auto unpacked = unpack(slot); !unpacked.ok()) return refuse(unpacked.error());
    for (std::size_t i = 0; i < slot.pieces.count(); ++i) sum(slot, slot.pieces[i].view());
  }
  if (!is_trusted(slot.header) && slot.sum.value() != slot.header.checksum) {
    return refuse(FragmentError::bad_checksum);
  }
  std::optional<Assembled> assembled(Assembled{slot.header, std::move(slot.pieces)});
  close(index);
  shard_.counters.assembled.add();
  return assembled;
}

Status<FragmentError> FragmentAssembler::unpack(Slot& slot) {
  if (slot.pieces.empty()) return Failure{FragmentError::bad_compression};
  const Slice packed = shard_.heap.make(static_cast<std::uint32_t>(slot.pieces.bytes()));
  if (packed.empty()) return Failure{FragmentError::no_memory};
  slot.pieces.copy_to(HeapBuffers::writable(packed), CopyReason::straddle);
  const auto size = crypto::lz4_measure(packed.view(), wire::rules_of(slot.header.type).bytes_max);
  if (!size.ok() || *size == 0) return Failure{FragmentError::bad_compression};
  Slice plain = shard_.heap.make(*size);
  if (plain.empty()) return Failure{FragmentError::no_memory};
  if (!crypto::lz4_unpack(packed.view(), HeapBuffers::writable(plain)).ok()) {
    return Failure{FragmentError::bad_compression};
  }
  slot.pieces = SliceChain(std::move(plain));
  return Done{};
}

std::uint64_t FragmentAssembler::room_for(const SliceChain& fragment) {
  const Prefix prefix(fragment);
  if (!prefix.view || !prefix.view->first || prefix.size < Prefix::kBytes) return fragment.bytes();
  const auto header = wire::decode_header(prefix.inner());
  return header.ok() ? kOpenMessageBytes + header->length : 0;
}

Instant FragmentAssembler::begun() const {
  Instant earliest = kNever;
  for (const auto& slot : slots_) {
    if (slot == nullptr) continue;
    earliest = std::min(earliest, Instant{slot->deadline.ns - assembly_time(slot->header.length).count()});
  }
  return earliest;
}

Instant FragmentAssembler::next_deadline() const {
  Instant earliest = kNever;
  for (const auto& slot : slots_) {
    if (slot != nullptr) earliest = std::min(earliest, slot->deadline);
  }
  return earliest;
}

std::optional<FragmentError> FragmentAssembler::on_deadline(Instant now) {
  if (now < next_deadline()) return std::nullopt;
  return refuse(FragmentError::too_slow).error;
}

void FragmentAssembler::put_off(Duration held) {
  for (const auto& slot : slots_) {
    if (slot != nullptr) slot->deadline = slot->deadline + held;
  }
}

bool FragmentAssembler::unpin() {
  return std::ranges::all_of(slots_, [this](auto& slot) { return slot == nullptr || unpin(*slot); });
}

bool FragmentAssembler::unpin(Slot& slot) {
  if (!shard_.heap.take_over(slot.pieces, CopyReason::unpin)) return false;
  slot.lent = nullptr;
  slot.lent_whole = false;
  slot.lent_count = 0;
  return true;
}

bool FragmentAssembler::idle() const {
  return std::ranges::all_of(slots_, [](const auto& slot) { return slot == nullptr; });
}

void FragmentAssembler::close(std::size_t index) {
  if (slots_[index] == nullptr) return;
  shard_.used_bytes -= kOpenMessageBytes + slots_[index]->received;
  slots_[index].reset();
}

void FragmentAssembler::reset() {
  for (std::size_t index = 0; index < slots_.size(); ++index) {
    if constexpr (planted(Bug::double_release)) {
      if (slots_[index] != nullptr) shard_.used_bytes -= slots_[index]->received;
    }
    close(index);
  }
}

Failure<FragmentError> FragmentAssembler::refuse(FragmentError error) {
  shard_.counters.refused[static_cast<std::size_t>(error)].add();
  reset();
  return Failure{error};
}

const char* name(FragmentError error) {
  static constexpr std::array<const char*, static_cast<std::size_t>(FragmentError::count_)> kNames{
      "malformed",        "unknown_slot",     "not_open",   "already_open",   "short_first",
      "bad_inner_header", "not_fragmentable", "wrong_slot", "too_many_bytes", "too_few_bytes",
      "bad_checksum",     "bad_compression",  "no_memory",  "too_slow"};
  RW_ASSERT(error < FragmentError::count_);
  return kNames[static_cast<std::size_t>(error)];
}

}  // namespace ringwire::session
