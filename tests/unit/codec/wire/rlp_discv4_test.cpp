// The packets of EIP-8: discv4 datagrams from a node of the future, with further fields and bytes behind
// them. What is needed to read them is here: hashes, recovery, RLP. The decoder below is the test's own.
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "codec/crypto/identity.hpp"
#include "codec/crypto/keccak.hpp"
#include "codec/wire/rlp.hpp"
#include "tests/support/vectors.hpp"

namespace ringwire::wire {
namespace {

constexpr std::size_t kHashBytes = 32;
constexpr std::size_t kHeadBytes = kHashBytes + 65;

// hash | signature | type | data; what follows the list in `data` is ignored.
struct Packet {
  std::vector<std::uint8_t> bytes;

  [[nodiscard]] ByteView hashed() const { return ByteView(bytes).subspan(kHashBytes); }
  [[nodiscard]] ByteView signed_part() const { return ByteView(bytes).subspan(kHeadBytes); }
  [[nodiscard]] std::uint8_t type() const { return bytes[kHeadBytes]; }
  [[nodiscard]] RlpReader fields() const { return RlpReader(signed_part().subspan(1)).list(); }
  [[nodiscard]] Hash32 hash() const {
    Hash32 hash;
    std::copy_n(bytes.begin(), kHashBytes, hash.bytes.begin());
    return hash;
  }
  [[nodiscard]] crypto::Signature signature() const {
    crypto::Signature signature;
    std::copy_n(bytes.begin() + kHashBytes, signature.size(), signature.bytes.begin());
    return signature;
  }
};

struct Place {
  std::string address;  // hexadecimal
  std::uint64_t udp = 0;
  std::uint64_t tcp = 0;
  bool operator==(const Place&) const = default;
};

Place place(RlpReader& fields) {
  Place read{to_hex(fields.string()), 0, 0};
  read.udp = fields.u64();
  read.tcp = fields.u64();
  return read;
}

// Read with every field that EIP-8's node added still behind.
struct Read {
  std::uint64_t version = 0;
  std::vector<Place> places;  // ping: from, to; neighbors: each node
  std::vector<PublicKey> keys;
  std::uint64_t expiration = 0;
  bool more = false;
  bool ok = false;
};

Read read_ping(const Packet& packet) {
  RlpReader fields = packet.fields();
  Read read{.version = fields.u64()};
  for (int i = 0; i < 2; ++i) {
    RlpReader inner = fields.list();
    read.places.push_back(place(inner));
    fields.adopt(inner);
  }
  read.expiration = fields.u64();
  read.more = fields.more();
  read.ok = fields.ok();
  return read;
}

Read read_findnode(const Packet& packet) {
  RlpReader fields = packet.fields();
  Read read{.keys = {fields.fixed<PublicKey>()}};
  read.expiration = fields.u64();
  read.more = fields.more();
  read.ok = fields.ok();
  return read;
}

Read read_neighbors(const Packet& packet) {
  RlpReader fields = packet.fields();
  RlpReader nodes = fields.list();
  Read read;
  while (nodes.more()) {
    RlpReader node = nodes.list();
    read.places.push_back(place(node));
    read.keys.push_back(node.fixed<PublicKey>());
    nodes.adopt(node);
  }
  fields.adopt(nodes);
  read.expiration = fields.u64();
  read.more = fields.more();
  read.ok = fields.ok();
  return read;
}

class Discv4Packets : public testing::Test {
 protected:
  void SetUp() override {
    RW_REQUIRE_VECTORS(path, "devp2p-eip8/discv4_packets.json");
    const auto file = nlohmann::json::parse(test::read_file(path));
    for (const auto& row : file["packets"]) {
      packets.push_back({test::bytes_of_hex(row["hex"])});
      types.push_back(row["type"]);
    }
    const auto secret = test::bytes_of_hex(file["signer_private_key"]);
    const auto key = crypto::SecretKey::from_bytes(std::span<const std::uint8_t, 32>(secret.data(), 32));
    signer = crypto::Signer(std::array<std::uint8_t, 32>{1}).public_key(*key);
    expiration = file["expiration_in_all"];
  }
  std::vector<Packet> packets;
  std::vector<std::string> types;
  PublicKey signer;
  std::uint64_t expiration = 0;
};

TEST_F(Discv4Packets, HashAndSignatureNameTheSender) {
  ASSERT_EQ(packets.size(), 4U);
  for (Packet& packet : packets) {
    EXPECT_EQ(crypto::keccak256(packet.hashed()), packet.hash());
    const auto recovered = crypto::recover(crypto::keccak256(packet.signed_part()), packet.signature());
    ASSERT_TRUE(recovered.ok());
    EXPECT_EQ(*recovered, signer);
    packet.bytes.back() ^= 1;
    EXPECT_NE(crypto::keccak256(packet.hashed()), packet.hash());
    const auto other = crypto::recover(crypto::keccak256(packet.signed_part()), packet.signature());
    EXPECT_FALSE(other.ok() && *other == signer);
  }
}

TEST_F(Discv4Packets, BodiesAreReadPastWhatOnlyTheFutureKnows) {
  std::size_t with_more = 0;
  for (std::size_t i = 0; i < packets.size(); ++i) {
    const std::uint8_t type = packets[i].type();
    ASSERT_TRUE(type == 1 || type == 3 || type == 4) << types[i];
    const Read read = type == 1   ? read_ping(packets[i])
                      : type == 3 ? read_findnode(packets[i])
                                  : read_neighbors(packets[i]);
    EXPECT_TRUE(read.ok) << types[i];
    EXPECT_EQ(read.expiration, expiration) << types[i];
    with_more += read.more ? 1 : 0;
    if (type == 1) {
      EXPECT_EQ(read.version, 4U);
      ASSERT_EQ(read.places.size(), 2U);
      EXPECT_EQ(read.places[0], (Place{"7f000001", 3322, 5544}));
      EXPECT_EQ(read.places[1], (Place{"00000000000000000000000000000001", 2222, 3333}));
    } else if (type == 3) {
      // Any 64 bytes may be asked for; these happen to be the sender's own key.
      ASSERT_EQ(read.keys.size(), 1U);
      EXPECT_EQ(read.keys[0], signer);
    } else {
      ASSERT_EQ(read.places.size(), 4U);
      EXPECT_EQ(read.places[0], (Place{"63211637", 4444, 4445}));
      EXPECT_EQ(read.places[3], (Place{"20010db885a308d313198a2e03707348", 999, 1000}));
      EXPECT_EQ(to_hex(read.keys[3].view()).substr(0, 16), "8dcab8618c3253b5");
    }
  }
  EXPECT_GE(with_more, 3U);
}

TEST_F(Discv4Packets, NoTruncationIsReadAsWhole) {
  for (const Packet& whole : packets) {
    const std::size_t list_bytes = RlpReader(whole.signed_part().subspan(1)).item().encoded.size();
    for (std::size_t size = kHeadBytes + 1; size < kHeadBytes + 1 + list_bytes; ++size) {
      Packet cut{{whole.bytes.begin(), whole.bytes.begin() + static_cast<std::ptrdiff_t>(size)}};
      EXPECT_FALSE(cut.fields().ok()) << size;
    }
  }
}

}  // namespace
}  // namespace ringwire::wire
