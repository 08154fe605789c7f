// What a library has to do for codec/crypto/aead.hpp: one key, one direction, any nonce.
//
// Only aead.cpp calls this. It has checked all sizes, and it alone chooses nonces. A record is begin(),
// update() for each piece, then the finish_ of the cipher's direction. The key stays in the library's own
// state, which the implementation wipes when it dies. No call can fail but by a fault of ours or want of
// memory: asserted.
#pragma once

#include <memory>
#include <span>

#include "codec/crypto/aead.hpp"

namespace ringwire::crypto {

enum class AeadDirection : std::uint8_t { seal, open };

class AeadCipher {
 public:
  AeadCipher() = default;
  AeadCipher(const AeadCipher&) = delete;
  AeadCipher& operator=(const AeadCipher&) = delete;
  virtual ~AeadCipher() = default;

  virtual void begin(const AeadNonce& nonce, ByteView header) = 0;
  // Encrypts or decrypts `piece`, which is not empty, to as many bytes at `out`; both may be the same.
  virtual void update(ByteView piece, std::uint8_t* out) = 0;
  virtual void finish_seal(std::span<std::uint8_t, kAeadTagBytes> tag) = 0;
  // Whether `tag` is right. Until it is, nothing that update() wrote may be believed.
  virtual bool finish_open(std::span<const std::uint8_t, kAeadTagBytes> tag) = 0;
};

bool libcrypto_has(AeadSuite suite);
std::unique_ptr<AeadCipher> make_libcrypto_cipher(AeadSuite suite, ByteView key, AeadDirection direction);
std::unique_ptr<AeadCipher> make_wolfcrypt_cipher(AeadSuite suite, ByteView key, AeadDirection direction);

}  // namespace ringwire::crypto
