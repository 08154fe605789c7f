#include "codec/trie/builder.hpp"

#include <algorithm>
#include <span>
#include <utility>

#include "codec/crypto/keccak.hpp"
#include "codec/wire/rlp.hpp"

namespace ringwire::trie {
namespace {

// Replaces what is too long to stand in a branch by its hash, but those in `referenced`.
void make_references(std::array<ByteView, kChildren>& children, std::uint16_t referenced,
                     std::array<Hash32, kChildren>& hashes) {
  std::array<ByteView, kChildren> nodes;
  std::array<std::size_t, kChildren> places;
  std::size_t count = 0;
  for (std::size_t i = 0; i < kChildren; ++i) {
    if (is_embeddable(children[i]) || (referenced >> i & 1) != 0) continue;
    nodes[count] = children[i];
    places[count++] = i;
  }
  crypto::keccak256_each(std::span(nodes).first(count), std::span(hashes).first(count));
  for (std::size_t i = 0; i < count; ++i) children[places[i]] = hashes[i].view();
}

}  // namespace

void TrieBuilder::add(ByteView key, ByteView value) {
  if (key.size() > kKeyBytesMax) return fail(TrieError::key_too_long);
  if (value.empty()) return fail(TrieError::empty_value);
  accept(Kind::leaf, Nibbles(key).view(), value);
}

void TrieBuilder::add_subtree(NibbleView path, ByteView reference) {
  RW_ASSERT(!path.empty() && path.size() <= kNibblesMax);
  RW_ASSERT(!reference.empty() && reference.size() <= kReferenceBytes);
  accept(Kind::subtree, path, reference);
}

void TrieBuilder::accept(Kind kind, NibbleView path, ByteView bytes) {
  if (failure_) return;
  if (last_.kind != Kind::none) {
    const std::size_t shared = common_prefix(last_.path(), path);
    const bool is_prefix = shared == last_.size;  // which comes first, but nothing is below a subtree
    const bool ascends =
        is_prefix ? last_.kind == Kind::leaf : shared < path.size() && last_.nibbles[shared] < path[shared];
    if (!ascends || shared == path.size()) return fail(TrieError::not_ascending);
    place_last(shared);
  }
  ++added_;
  last_.kind = kind;
  last_.size = path.size();
  std::copy(path.begin(), path.end(), last_.nibbles.begin());
  last_.bytes = bytes;
}

// Gives the last pair its place, knowing that the next one leaves its path after `shared` nibbles: there will
// be a branch, and all levels below it are complete.
void TrieBuilder::place_last(std::size_t shared) {
  if (levels_.empty() || levels_.back().depth < shared) open_level(shared, nodes_.size());
  attach_last();
  while (levels_.back().depth > shared) {
    const std::size_t begin = levels_.back().begin;
    const bool has_parent = levels_.size() > 1 && levels_[levels_.size() - 2].depth >= shared;
    const std::size_t parent_depth = has_parent ? levels_[levels_.size() - 2].depth : shared;
    close_level(parent_depth + 1);
    if (!has_parent) open_level(shared, begin);
    attach_child(begin);
  }
}

void TrieBuilder::attach_last() {
  Level& level = levels_.back();
  if (last_.size == level.depth) {
    level.value.assign(last_.bytes.begin(), last_.bytes.end());
    return;
  }
  const std::size_t begin = nodes_.size();
  if (last_.kind == Kind::leaf) {
    const HexPrefix path(last_.path().subspan(level.depth + 1), true);
    append([&](auto& sink) { write_leaf(sink, path, last_.bytes); });
  } else {
    if (last_.size != level.depth + 1) fail(TrieError::broken_shape);
    append([&](auto& sink) { sink.raw(last_.bytes); });
  }
  attach_child(begin);
  if (last_.kind == Kind::subtree && is_hash(last_.bytes)) mark_referenced();
}

void TrieBuilder::open_level(std::size_t depth, std::size_t begin) {
  levels_.emplace_back();
  levels_.back().depth = depth;
  levels_.back().begin = begin;
}

// What stands in nodes_ from `begin` on is the child that the last path leads to.
void TrieBuilder::attach_child(std::size_t begin) {
  Level& level = levels_.back();
  if (nodes_.size() - begin > kFullBranchBytes) {
    const Hash32 hash = crypto::keccak256(ByteView(nodes_).subspan(begin));
    nodes_.resize(begin);
    append([&](auto& sink) { sink.raw(hash.view()); });
    mark_referenced();
  }
  level.bytes[last_.nibbles[level.depth]] = static_cast<std::uint16_t>(nodes_.size() - begin);
}

void TrieBuilder::mark_referenced() {
  Level& level = levels_.back();
  level.referenced = static_cast<std::uint16_t>(level.referenced | 1U << last_.nibbles[level.depth]);
}

// Puts the deepest branch, below an extension if its path does not begin at `from`, in place of its children.
void TrieBuilder::close_level(std::size_t from) {
  const Level level = std::move(levels_.back());
  levels_.pop_back();
  std::array<ByteView, kChildren> children;
  std::array<Hash32, kChildren> hashes;
  ByteView rest = ByteView(nodes_).subspan(level.begin);
  for (std::size_t i = 0; i < kChildren; ++i) {
    children[i] = rest.first(level.bytes[i]);
    rest = rest.subspan(level.bytes[i]);
  }
  make_references(children, level.referenced, hashes);
  const auto branch = [&](auto& sink) { write_branch(sink, children, level.value); };
  closing_.resize(wire::rlp_size(branch));
  wire::RlpWriter writer(closing_);
  branch(writer);
  nodes_.resize(level.begin);
  if (from == level.depth) return append([&](auto& sink) { sink.raw(closing_); });
  const HexPrefix path(last_.path().subspan(from, level.depth - from), false);
  const Hash32 hash = crypto::keccak256(closing_);
  const ByteView reference = is_embeddable(closing_) ? ByteView(closing_) : hash.view();
  append([&](auto& sink) { write_extension(sink, path, reference); });
}

template <class Body>
void TrieBuilder::append(const Body& body) {
  const std::size_t begin = nodes_.size();
  nodes_.resize(begin + wire::rlp_size(body));
  wire::RlpWriter writer(ByteSpan(nodes_).subspan(begin));
  body(writer);
}

void TrieBuilder::fail(TrieError reason) {
  if (!failure_) failure_ = {reason, added_};
}

Result<Hash32, TrieFailure> TrieBuilder::root() {
  Hash32 root = kEmptyRoot;
  if (!levels_.empty()) {
    place_last(levels_.front().depth);
    close_level(0);
    root = crypto::keccak256(nodes_);
  } else if (last_.kind == Kind::leaf) {
    append([&](auto& sink) { write_leaf(sink, HexPrefix(last_.path(), true), last_.bytes); });
    root = crypto::keccak256(nodes_);
  } else if (last_.kind == Kind::subtree) {
    fail(TrieError::broken_shape);
  }
  const auto failure = std::exchange(failure_, std::nullopt);
  last_.kind = Kind::none;
  levels_.clear();
  nodes_.clear();
  added_ = 0;
  if (failure) return Failure{*failure};
  return root;
}

}  // namespace ringwire::trie
