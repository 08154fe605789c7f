// A certificate of our own: make_certificate().

// First, because it says how the others were compiled.
#include <wolfssl/options.h>

#include <wolfssl/wolfcrypt/asn_public.h>
#include <wolfssl/wolfcrypt/ecc.h>
#include <wolfssl/wolfcrypt/random.h>

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/transport/tls_certificate.hpp"
#include "engine/transport/tls_library.hpp"

namespace ringwire::transport {
namespace {

constexpr int kP256Bytes = 32;
constexpr int kDaysValid = 100 * 365;

word32 word_size(ByteView bytes) {
  return static_cast<word32>(bytes.size());
}

// States of wolfCrypt that have an end.
struct Random {
  explicit Random(TlsRandom* from) : simulated(from), ok(wc_InitRng(&state) == 0 && renew()) {}
  Random(const Random&) = delete;
  Random& operator=(const Random&) = delete;
  ~Random() { wc_FreeRng(&state); }
  // In a simulated world, after each operation on the curve (tls_seeded_random.hpp).
  bool renew() { return simulated == nullptr || simulated->seed(&state); }

  WC_RNG state{};
  TlsRandom* const simulated;
  const bool ok;
};
struct EccKey {
  ecc_key state{};
  bool ok = wc_ecc_init(&state) == 0;
  EccKey() = default;
  EccKey(const EccKey&) = delete;
  EccKey& operator=(const EccKey&) = delete;
  ~EccKey() {
    if (ok) wc_ecc_free(&state);
  }
};

// GeneralizedTime, "YYYYMMDDHHMMSSZ"; returns its size.
int set_date(byte (&date)[CTC_DATE_SIZE], std::string_view time) {
  constexpr byte kGeneralizedTime = 0x18;
  date[0] = kGeneralizedTime;
  date[1] = static_cast<byte>(time.size());
  std::copy(time.begin(), time.end(), date + 2);
  return static_cast<int>(time.size()) + 2;
}

// Empty where wolfCrypt fails.
std::vector<std::uint8_t> self_signed(EccKey& key, Random& random) {
  constexpr std::size_t kRoom = 1'024;
  Cert form;
  if (wc_InitCert(&form) != 0) return {};
  constexpr std::string_view kName = "ringwire";
  std::copy(kName.begin(), kName.end(), form.subject.commonName);
  form.sigType = CTC_SHA256wECDSA;
  form.daysValid = kDaysValid;
  if (random.simulated != nullptr) {
    form.beforeDateSz = set_date(form.beforeDate, "20000101000000Z");
    form.afterDateSz = set_date(form.afterDate, "21000101000000Z");
  }
  // It draws a serial number of 16 bytes where none is given.
  std::vector<std::uint8_t> der(kRoom);
  if (wc_MakeCert(&form, der.data(), kRoom, nullptr, &key.state, &random.state) <= 0) return {};
  if (!random.renew()) return {};
  const int size =
      wc_SignCert(form.bodySz, form.sigType, der.data(), kRoom, nullptr, &key.state, &random.state);
  if (size <= 0) return {};
  der.resize(static_cast<std::size_t>(size));
  return der;
}

// Empty where wolfCrypt fails.
crypto::SecretBuffer to_pem(ByteView der, int type) {
  const int size = wc_DerToPem(der.data(), word_size(der), nullptr, 0, type);
  if (size <= 0) return {};
  crypto::SecretBuffer pem(static_cast<std::size_t>(size));
  if (wc_DerToPem(der.data(), word_size(der), pem.writable().data(), static_cast<word32>(size), type) !=
      size) {
    return {};
  }
  return pem;
}

std::optional<TlsCredentials> make(TlsRandom* simulated) {
  prepare_wolfssl();
  Random random(simulated);
  EccKey key;
  if (!random.ok || !key.ok || wc_ecc_make_key(&random.state, kP256Bytes, &key.state) != 0)
    return std::nullopt;
  if (!random.renew()) return std::nullopt;
  crypto::SecretBytes<256> key_der;
  const int key_size = wc_EccKeyToDer(&key.state, key_der.writable().data(), 256);
  const std::vector<std::uint8_t> certificate = self_signed(key, random);
  if (key_size <= 0 || certificate.empty()) return std::nullopt;
  const crypto::SecretBuffer chain = to_pem(certificate, CERT_TYPE);
  TlsCredentials made;
  made.chain = as_text(chain.reveal());
  made.key =
      to_pem(ByteView(key_der.reveal()).first(static_cast<std::size_t>(key_size)), ECC_PRIVATEKEY_TYPE);
  if (made.chain.empty() || made.key.reveal().empty()) return std::nullopt;
  return made;
}

}  // namespace

Result<TlsCredentials, TlsCredentialError> make_certificate(TlsRandom* simulated) {
  std::optional<TlsCredentials> made = make(simulated);
  if (!made) {
    return Failure{TlsCredentialError{TlsCredentialFault::no_randomness, TlsCredentialPart::key,
                                      "the system has no randomness to give"}};
  }
  return std::move(*made);
}

}  // namespace ringwire::transport
