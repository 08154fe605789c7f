// A session of ours from the first byte to "established", in memory, both ends: TLS, then both signatures
// made and both looked at, by the parts that a node has.
#pragma once

#include <memory>

namespace ringwire::bench {

class SessionHandshakes {
 public:
  SessionHandshakes();
  SessionHandshakes(const SessionHandshakes&) = delete;
  SessionHandshakes& operator=(const SessionHandshakes&) = delete;
  ~SessionHandshakes();

  // One, both ends.
  void run();
  // The part of it that no library of TLS has: a signature made and one looked at.
  void sign_and_recover();

 private:
  struct Node;
  std::unique_ptr<Node> nodes_[2];
};

}  // namespace ringwire::bench
