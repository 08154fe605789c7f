// Nodes in one process, connected over loopback, for tests of the engine as an embedder sees it.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "codec/crypto/identity.hpp"
#include "engine/api/ringwire.hpp"

namespace ringwire::test {

// Generous: a liveness bound, not a performance claim.
inline constexpr std::chrono::seconds kPatience{60};

// Waits until `condition` holds; false when kPatience has passed.
bool eventually(const std::function<bool()>& condition);

// Names a test's case after its driver.
std::string driver_name(const testing::TestParamInfo<DriverChoice>& driver);

// Listens on a free port of 127.0.0.1, plaintext, quiet.
Config node_config(DriverChoice driver, std::uint32_t shards);

struct Member {
  std::unique_ptr<Node> node;
  std::unique_ptr<Port> port;
  std::map<Hash32, int> delivered;  // how often each id came

  // Takes every delivery that is there.
  void collect();
};

// `count` nodes, every one connected to every other, all subscribed to transactions.
std::vector<Member> start_mesh(const Config& config, std::size_t count);
// Stops them in order; ports first.
void stop_mesh(std::vector<Member>& mesh);

// Two connected nodes, each with a port.
struct Pair {
  std::vector<Member> members = start_mesh(node_config(DriverChoice::automatic, 2), 2);
  Member& a = members[0];
  Member& b = members[1];
  ~Pair() { stop_mesh(members); }
};

std::uint64_t sum_of(const Node& node, const std::string& metric, const std::string& label = "");

// Signed transactions of accounts of its own.
class TransactionSource {
 public:
  TransactionSource();
  std::vector<std::uint8_t> next();

 private:
  crypto::Signer signer_;
  crypto::SecretKey key_;
  std::uint64_t nonce_ = 0;
};

}  // namespace ringwire::test
