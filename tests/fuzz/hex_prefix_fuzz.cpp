// A path has one form: what decodes is what is written for the same nibbles and kind, and everything that is
// written decodes. The model speaks hexadecimal.
#include "codec/trie/hex_prefix.hpp"

#include <algorithm>
#include <string>

#include "tests/fuzz/target.hpp"

namespace ringwire {
namespace {

std::string digits_of(const trie::CompactPath& path) {
  std::string digits;
  for (std::size_t i = 0; i < path.size(); ++i) digits += "0123456789abcdef"[path[i]];
  return digits;
}

bool model_accepts(const std::string& digits) {
  if (digits.empty() || digits[0] > '3') return false;
  return digits[0] == '1' || digits[0] == '3' || digits[1] == '0';
}

void check_decoding(ByteView bytes) {
  const auto path = trie::decode_hex_prefix(bytes);
  const std::string digits = to_hex(bytes);
  RW_ASSERT(path.ok() == model_accepts(digits));
  if (!path) return;
  const bool is_odd = path->size() % 2 != 0;
  RW_ASSERT(digits_of(*path) == digits.substr(is_odd ? 1 : 2));
  RW_ASSERT(path->is_leaf() == (digits[0] >= '2') && is_odd == ((digits[0] - '0') % 2 != 0));
  if (path->size() > trie::kNibblesMax) return;
  fuzz::Input nibbles;
  for (std::size_t i = 0; i < path->size(); ++i) nibbles.push_back((*path)[i]);
  const trie::HexPrefix written(nibbles, path->is_leaf());
  RW_ASSERT(std::ranges::equal(written.view(), bytes));
}

void check_encoding(ByteView bytes) {
  fuzz::Input nibbles;
  for (const std::uint8_t byte : bytes.first(std::min(bytes.size(), trie::kNibblesMax)))
    nibbles.push_back(byte & 15);
  for (const bool is_leaf : {false, true}) {
    const trie::HexPrefix written(nibbles, is_leaf);
    const auto path = trie::decode_hex_prefix(written.view());
    RW_ASSERT(path.ok() && path->is_leaf() == is_leaf && path->size() == nibbles.size());
    RW_ASSERT(path->common_prefix(nibbles) == nibbles.size());
  }
}

}  // namespace

std::vector<fuzz::Input> fuzz::seeds() {
  return {{0x00}, {0x11}, {0x20}, {0x35}, {0x00, 0x12, 0x34}, {0x3F, 0x1C, 0xB8}, fuzz::Input(33, 0x31)};
}

}  // namespace ringwire

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ringwire::check_decoding({data, size});
  ringwire::check_encoding({data, size});
  return 0;
}
