#include "codec/trie/roots.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/support/vectors.hpp"
#include "tests/unit/codec/trie/random_tries.hpp"

namespace ringwire::trie {
namespace {

using Json = nlohmann::ordered_json;
using Contents = NaiveTrie::Pairs;

// What ethereum/tests writes as text or as 0x and hexadecimal.
Bytes text_or_hex(const std::string& text) {
  return text.starts_with("0x") ? unhex(text) : test::bytes_of(as_bytes(text));
}

// The pairs that are left after all insertions and deletions, in their order.
Contents contents_of(const Json& in) {
  Contents contents;
  const auto put = [&](const std::string& key, const Json& value) {
    contents.erase(text_or_hex(key));
    if (!value.is_null()) contents[text_or_hex(key)] = text_or_hex(value);
  };
  if (in.is_object()) {
    for (const auto& [key, value] : in.items()) put(key, value);
  } else {
    for (const auto& pair : in) put(pair[0], pair[1]);
  }
  return contents;
}

std::vector<Pair> pairs_of(const Contents& contents) {
  std::vector<Pair> pairs;
  for (const auto& [key, value] : contents) pairs.push_back({key, value});
  return pairs;
}

std::size_t check_file(const std::string& path, bool is_secure) {
  const auto cases = Json::parse(test::read_file(path));
  for (const auto& [name, test_case] : cases.items()) {
    const Contents contents = contents_of(test_case["in"]);
    const auto pairs = pairs_of(contents);
    const auto root = is_secure ? secure_root(pairs) : trie_root(pairs);
    EXPECT_TRUE(root.ok()) << path << ' ' << name;
    EXPECT_EQ("0x" + to_hex(root->view()), test_case["root"].get<std::string>()) << path << ' ' << name;
  }
  return cases.size();
}

// All of them but trietestnextprev.json, which is about iterators and has no root.
TEST(TrieRoot, AllRootsOfEthereumTestsComeOut) {
  RW_REQUIRE_VECTORS(folder, "ethereum-tests/TrieTests");
  EXPECT_EQ(check_file(folder + "/trieanyorder.json", false), 7U);
  EXPECT_EQ(check_file(folder + "/trietest.json", false), 5U);
  EXPECT_EQ(check_file(folder + "/trieanyorder_secureTrie.json", true), 7U);
  EXPECT_EQ(check_file(folder + "/trietest_secureTrie.json", true), 3U);
  EXPECT_EQ(check_file(folder + "/hex_encoded_securetrie_test.json", true), 3U);
}

TEST(TrieRoot, ReportsThePairThatIsWrong) {
  const Bytes a = {1}, b = {2}, value = {7};
  const Pair pairs[] = {{a, value}, {b, value}, {a, value}};
  const auto root = trie_root(pairs);
  ASSERT_FALSE(root.ok());
  EXPECT_EQ(root.error().reason, TrieError::not_ascending);
  EXPECT_EQ(root.error().index, 2U);
}

TEST(SecureRoot, TakesPairsInAnyOrderAndKeysOfAnySize) {
  Prng prng(1);
  Contents contents;
  for (int i = 0; i < 300; ++i) contents[random_bytes(prng, prng.below(100))] = random_value(prng);
  NaiveTrie::Pairs hashed;
  for (const auto& [key, value] : contents) hashed[test::bytes_of(crypto::keccak256(key).view())] = value;
  std::vector<Pair> pairs = pairs_of(contents);
  for (std::size_t i = pairs.size(); i > 1; --i) std::swap(pairs[i - 1], pairs[prng.below(i)]);
  EXPECT_EQ(*secure_root(pairs), NaiveTrie(hashed).root());
  pairs.push_back(pairs.front());
  EXPECT_EQ(secure_root(pairs).error().reason, TrieError::not_ascending);
}

// Around each point where the keys grow by a byte, and where position 0 takes its place.
TEST(OrderedRoot, AgreesWithTheModelAtEveryLength) {
  Prng prng(2);
  NaiveTrie::Pairs pairs;
  std::vector<Bytes> elements;
  for (std::size_t i = 0; i < 66'000; ++i) elements.push_back(random_bytes(prng, prng.between(1, 3)));
  const std::vector<ByteView> views(elements.begin(), elements.end());
  const auto check = [&](std::size_t count) {
    while (pairs.size() < count) {
      const std::size_t i = pairs.size();
      Bytes big_endian;
      for (std::size_t rest = i; rest > 0; rest >>= 8) {
        big_endian.insert(big_endian.begin(), static_cast<std::uint8_t>(rest));
      }
      pairs[test::naive_rlp_string(big_endian)] = elements[i];
    }
    EXPECT_EQ(*ordered_root(std::span(views).first(count)), NaiveTrie(pairs).root()) << count;
  };
  for (std::size_t count = 0; count < 300; ++count) check(count);
  for (const std::size_t count : {65'536U, 65'537U, 66'000U}) check(count);
}

TEST(OrderedRoot, TheOrderOfTheListIsPartOfTheRoot) {
  const Bytes a = {1}, b = {2};
  const ByteView one_way[] = {a, b};
  const ByteView other_way[] = {b, a};
  EXPECT_NE(*ordered_root(one_way), *ordered_root(other_way));
}

// CVE-2012-2459 has no place in this construction: a list with its last element twice has a root of its own.
TEST(OrderedRoot, ARepeatedElementChangesTheRoot) {
  Prng prng(3);
  for (std::size_t count = 1; count < 200; ++count) {
    std::vector<Bytes> elements;
    for (std::size_t i = 0; i < count; ++i) elements.push_back(random_bytes(prng, 40));
    std::vector<ByteView> views(elements.begin(), elements.end());
    const Hash32 root = *ordered_root(views);
    views.push_back(views.back());
    EXPECT_NE(*ordered_root(views), root);
  }
}

TEST(OrderedRoot, RefusesAnElementWithoutBytes) {
  const Bytes a = {1};
  const ByteView elements[] = {a, a, {}, a};
  const auto root = ordered_root(elements);
  ASSERT_FALSE(root.ok());
  EXPECT_EQ(root.error().reason, TrieError::empty_value);
  EXPECT_EQ(root.error().index, 2U);
}

}  // namespace
}  // namespace ringwire::trie
