// The client's half of a ringwire handshake over a blocking socket, for clients that then speak in raw
// frames.
#pragma once

#include "codec/crypto/identity.hpp"
#include "engine/node/entropy.hpp"

namespace ringwire::compare {

class Authenticator {
 public:
  Authenticator();
  // Returns when both ends have proven themselves; throws std::runtime_error with the reason otherwise. Each
  // call is another identity.
  void authenticate(int socket);

 private:
  node::Entropy entropy_;
  crypto::Signer signer_;
};

}  // namespace ringwire::compare
