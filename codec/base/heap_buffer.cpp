#include "codec/base/heap_buffer.hpp"

#include <algorithm>
#include <bit>

namespace ringwire {

std::uint32_t HeapBuffers::size_class(std::uint32_t size) {
  const auto shift = static_cast<std::uint32_t>(std::bit_width(size - 1));
  return std::max(shift, kSmallestShift) - kSmallestShift;
}

HeapBuffers::~HeapBuffers() {
  RW_ASSERT(live_ == 0);
}

Slice HeapBuffers::make(std::uint32_t size) {
  RW_ASSERT(size > 0 && size <= 1U << kLargestShift);
  const std::uint32_t wanted = size_class(size);
  const std::uint32_t capacity = 1U << (wanted + kSmallestShift);
  if (used_bytes_.value() + capacity > limit_bytes_) {
    refused_.add();
    return {};
  }
  std::unique_ptr<Block> block;
  if (FreeList& kept = free_[wanted]; !kept.empty()) {
    block = std::move(kept.back());
    kept.pop_back();
  } else {
    block = std::make_unique<Block>();
    block->bytes = std::make_unique_for_overwrite<std::uint8_t[]>(capacity);
    block->buffer = {block->bytes.get(), capacity, 0, this, wanted};
  }
  used_bytes_.add(capacity);
  ++live_;
  // The Buffer is the first member: recycle() finds its Block again by address.
  return {block.release()->buffer, 0, size};
}

bool HeapBuffers::take_over(Slice& slice, CopyReason reason) {
  if (slice.buffer() == nullptr || owns(slice)) return true;
  if (slice.empty()) {
    slice.reset();
    return true;
  }
  Slice copy = make(slice.size());
  if (copy.empty()) return false;
  copy_counted(writable(copy), slice.view(), reason);
  slice = std::move(copy);
  return true;
}

// Copies the row of foreign slices that begins at `first`; returns its end, `first` at the limit.
std::size_t HeapBuffers::copy_row(const SliceChain& chain, std::size_t first, SliceChain& own,
                                  CopyReason reason) {
  SliceChain row(chain[first]);
  std::size_t end = first + 1;
  for (; end < chain.count() && !owns(chain[end]); ++end) {
    if (row.bytes() + chain[end].size() > kTakenTogetherBytes) break;
    row.append(chain[end]);
  }
  Slice copy = make(static_cast<std::uint32_t>(row.bytes()));
  if (copy.empty()) return first;
  row.copy_to(writable(copy), reason);
  own.append(std::move(copy));
  return end;
}

bool HeapBuffers::take_over(SliceChain& chain, CopyReason reason) {
  SliceChain own;
  std::size_t at = 0;
  while (at < chain.count()) {
    const std::size_t from = at;
    if (owns(chain[at])) {
      own.append(chain[at++]);
    } else {
      at = copy_row(chain, at, own, reason);
    }
    if (at == from) break;
  }
  const bool complete = at == chain.count();
  for (; at < chain.count(); ++at) own.append(chain[at]);
  chain = std::move(own);
  return complete;
}

void HeapBuffers::recycle(Buffer& buffer) {
  static_assert(offsetof(Block, buffer) == 0);
  std::unique_ptr<Block> block(reinterpret_cast<Block*>(&buffer));
  used_bytes_.set(used_bytes_.value() - buffer.capacity);
  --live_;
#if defined(RINGWIRE_CHECKED)
  std::fill_n(buffer.data, buffer.capacity, std::uint8_t{0xDB});
#endif
  FreeList& kept = free_[buffer.index];
  const std::uint64_t limit =
      std::max<std::uint64_t>(1, std::min<std::uint64_t>(kKeptPerClass, kKeptBytes / buffer.capacity));
  if (kept.size() < limit && buffer.capacity <= kKeptBytes) kept.push_back(std::move(block));
}

}  // namespace ringwire
