#include "codec/crypto/aead.hpp"

#include <algorithm>
#include <utility>

#if defined(__aarch64__)
#include <sys/auxv.h>
#endif

#include "codec/base/check.hpp"
#include "codec/crypto/aead_cipher.hpp"

namespace ringwire::crypto {
namespace {

// The instructions for the cipher and for GCM's multiplication.
bool cpu_has_aes() {
#if defined(__x86_64__)
  return __builtin_cpu_supports("aes") && __builtin_cpu_supports("pclmul");
#elif defined(__aarch64__)
  constexpr unsigned long kNeeded = HWCAP_AES | HWCAP_PMULL;
  return (getauxval(AT_HWCAP) & kNeeded) == kNeeded;
#else
  return false;
#endif
}

std::unique_ptr<AeadCipher> make_cipher(const AeadKey& key, AeadProvider provider, AeadDirection direction) {
  RW_ASSERT(is_available(provider, key.suite()));
#if defined(RINGWIRE_LIBCRYPTO)
  if (provider == AeadProvider::libcrypto) return make_libcrypto_cipher(key.suite(), key.reveal(), direction);
#endif
  return make_wolfcrypt_cipher(key.suite(), key.reveal(), direction);
}

AeadProvider chosen_for(const AeadKey& key) {
  return aead_choice().provider_of(key.suite());
}

NonceSequence sequence_of(const AeadKey& key) {
  return {key.iv(), key.used(), seals_max(key.suite())};
}

std::size_t bytes_in(std::span<const ByteView> pieces) {
  std::size_t bytes = 0;
  for (const ByteView piece : pieces) bytes += piece.size();
  return bytes;
}

// A piece is worked on in place, or lies elsewhere: any other overlap is overwritten before it is read.
[[maybe_unused]] bool is_in_place_or_apart(ByteView piece, const std::uint8_t* to, ByteView out) {
  const auto address = [](const std::uint8_t* byte) { return reinterpret_cast<std::uintptr_t>(byte); };
  return piece.empty() || piece.data() == to || address(piece.data()) + piece.size() <= address(out.data()) ||
         address(piece.data()) >= address(out.data()) + out.size();
}

}  // namespace

const char* name(AeadSuite suite) {
  switch (suite) {
    case AeadSuite::aes_128_gcm:
      return "AES-128-GCM";
    case AeadSuite::aes_256_gcm:
      return "AES-256-GCM";
    case AeadSuite::chacha20_poly1305:
      return "ChaCha20-Poly1305";
    case AeadSuite::count_:
      break;
  }
  return "unknown";
}

const char* name(AeadProvider provider) {
  switch (provider) {
    case AeadProvider::libcrypto:
      return "libcrypto";
    case AeadProvider::wolfcrypt:
      return "wolfCrypt";
  }
  return "unknown";
}

const char* name(AeadError error) {
  switch (error) {
    case AeadError::exhausted:
      return "exhausted";
    case AeadError::too_short:
      return "too_short";
    case AeadError::too_long:
      return "too_long";
    case AeadError::not_authentic:
      return "not_authentic";
    case AeadError::count_:
      break;
  }
  return "unknown";
}

bool is_available(AeadProvider provider, AeadSuite suite) {
  if (provider == AeadProvider::wolfcrypt) return true;
#if defined(RINGWIRE_LIBCRYPTO)
  return libcrypto_has(suite);
#else
  static_cast<void>(suite);
  return false;
#endif
}

AeadChoice choose_aead(bool cpu_has_aes, const std::array<bool, kAeadSuites>& libcrypto_has) {
  using enum AeadSuite;
  AeadChoice choice;
  for (std::size_t i = 0; i < kAeadSuites; ++i) {
    choice.providers[i] = libcrypto_has[i] ? AeadProvider::libcrypto : AeadProvider::wolfcrypt;
  }
  // Debian's wolfCrypt knows no AES instructions.
  const bool fast_aes = cpu_has_aes && choice.provider_of(aes_128_gcm) == AeadProvider::libcrypto;
  if (fast_aes) {
    choice.preference = {aes_128_gcm, aes_256_gcm, chacha20_poly1305};
  } else {
    choice.preference = {chacha20_poly1305, aes_128_gcm, aes_256_gcm};
  }
  return choice;
}

const AeadChoice& aead_choice() {
  static const AeadChoice kChoice = [] {
    std::array<bool, kAeadSuites> has{};
    for (std::size_t i = 0; i < kAeadSuites; ++i) {
      has[i] = is_available(AeadProvider::libcrypto, static_cast<AeadSuite>(i));
    }
    return choose_aead(cpu_has_aes(), has);
  }();
  return kChoice;
}

NonceSequence::NonceSequence(std::span<const std::uint8_t, kAeadNonceBytes> iv, std::uint64_t first,
                             std::uint64_t end)
    : number_(first), left_(end - std::min(first, end)) {
  std::copy(iv.begin(), iv.end(), iv_.writable().begin());
}

NonceSequence::NonceSequence(NonceSequence&& other) noexcept
    : iv_(std::move(other.iv_)), number_(other.number_), left_(std::exchange(other.left_, 0)) {}

NonceSequence& NonceSequence::operator=(NonceSequence&& other) noexcept {
  if (this != &other) {
    iv_ = std::move(other.iv_);
    number_ = other.number_;
    left_ = std::exchange(other.left_, 0);
  }
  return *this;
}

std::optional<AeadNonce> NonceSequence::next() const {
  if (left_ == 0) return std::nullopt;
  AeadNonce nonce;
  const auto iv = iv_.reveal();
  std::copy(iv.begin(), iv.end(), nonce.begin());
  std::uint8_t* const counter = nonce.data() + kAeadNonceBytes - sizeof number_;
  store_be(counter, load_be<std::uint64_t>(counter) ^ number_);
  return nonce;
}

void NonceSequence::advance() {
  RW_ASSERT(left_ > 0);
  ++number_;
  --left_;
}

AeadKey::AeadKey(AeadSuite suite, ByteView key, std::span<const std::uint8_t, kAeadNonceBytes> iv,
                 std::uint64_t used)
    : suite_(suite), used_(used) {
  RW_ASSERT(key.size() == key_bytes(suite));
  std::copy(key.begin(), key.end(), key_.writable().begin());
  std::copy(iv.begin(), iv.end(), iv_.writable().begin());
}

AeadKey::AeadKey(AeadKey&& other) noexcept
    : suite_(other.suite_),
      spent_(std::exchange(other.spent_, true)),
      used_(other.used_),
      key_(std::move(other.key_)),
      iv_(std::move(other.iv_)) {}

ByteView AeadKey::reveal() const {
  RW_ASSERT(!spent_);
  return ByteView(key_.reveal()).first(key_bytes(suite_));
}

AeadSealer::AeadSealer(AeadKey key)
    : sequence_(sequence_of(key)), cipher_(make_cipher(key, chosen_for(key), AeadDirection::seal)) {}
AeadSealer::AeadSealer(AeadKey key, AeadProvider provider)
    : sequence_(sequence_of(key)), cipher_(make_cipher(key, provider, AeadDirection::seal)) {}
AeadSealer::AeadSealer(AeadSealer&& other) noexcept = default;
AeadSealer& AeadSealer::operator=(AeadSealer&& other) noexcept = default;
AeadSealer::~AeadSealer() = default;

Status<AeadError> AeadSealer::seal(ByteView header, std::span<const ByteView> pieces, ByteSpan out) {
  const std::size_t bytes = bytes_in(pieces);
  RW_ASSERT(out.size() == bytes + kAeadTagBytes);
  if (bytes > kAeadPlainBytesMax) return Failure{AeadError::too_long};
  const auto nonce = sequence_.next();
  if (!nonce) return Failure{AeadError::exhausted};
  sequence_.advance();
  cipher_->begin(*nonce, header);
  std::uint8_t* to = out.data();
  for (const ByteView piece : pieces) {
    RW_ASSUME(is_in_place_or_apart(piece, to, out));
    if (!piece.empty()) cipher_->update(piece, to);
    to += piece.size();
  }
  cipher_->finish_seal(std::span<std::uint8_t, kAeadTagBytes>(to, kAeadTagBytes));
  return Done{};
}

AeadOpener::AeadOpener(AeadKey key)
    : sequence_(sequence_of(key)), cipher_(make_cipher(key, chosen_for(key), AeadDirection::open)) {}
AeadOpener::AeadOpener(AeadKey key, AeadProvider provider)
    : sequence_(sequence_of(key)), cipher_(make_cipher(key, provider, AeadDirection::open)) {}
AeadOpener::AeadOpener(AeadOpener&& other) noexcept = default;
AeadOpener& AeadOpener::operator=(AeadOpener&& other) noexcept = default;
AeadOpener::~AeadOpener() = default;

Result<ByteSpan, AeadError> AeadOpener::open(ByteView header, std::span<const ByteView> sealed,
                                             ByteSpan out) {
  const std::size_t all = bytes_in(sealed);
  if (all < kAeadTagBytes) return Failure{AeadError::too_short};
  const std::size_t bytes = all - kAeadTagBytes;
  RW_ASSERT(out.size() >= bytes);
  const ByteSpan plain = out.first(bytes);
  if (bytes > kAeadPlainBytesMax) return Failure{AeadError::too_long};
  const auto nonce = sequence_.next();
  if (!nonce) return Failure{AeadError::exhausted};

  cipher_->begin(*nonce, header);
  std::array<std::uint8_t, kAeadTagBytes> tag;
  std::size_t at = 0;
  for (const ByteView piece : sealed) {
    const std::size_t cipher_bytes = at < bytes ? std::min(piece.size(), bytes - at) : 0;
    std::uint8_t* const to = cipher_bytes > 0 ? plain.data() + at : nullptr;
    RW_ASSUME(is_in_place_or_apart(piece, to, plain));
    const ByteView tag_part = piece.subspan(cipher_bytes);
    if (!tag_part.empty()) std::copy(tag_part.begin(), tag_part.end(), &tag[at + cipher_bytes - bytes]);
    if (cipher_bytes > 0) cipher_->update(piece.first(cipher_bytes), to);
    at += piece.size();
  }
  if (!cipher_->finish_open(tag)) {
    wipe(plain);
    return Failure{AeadError::not_authentic};
  }
  sequence_.advance();
  return plain;
}

}  // namespace ringwire::crypto
