#include "tests/unit/engine/transport/tls_ends.hpp"

// First, because it says how the others were compiled.
#include <wolfssl/options.h>

#include <wolfssl/wolfcrypt/asn_public.h>
#include <wolfssl/wolfcrypt/ecc.h>
#include <wolfssl/wolfcrypt/random.h>

#include <algorithm>

#include "codec/base/check.hpp"
#include "engine/transport/tls_library.hpp"

namespace ringwire::transport {

struct Authority::Library {
  WC_RNG random{};
  ecc_key key{};
  std::string name;
};

namespace {

constexpr int kRoom = 4'096;

void name(CertName& to, const std::string& text) {
  RW_ASSERT(text.size() < sizeof to.commonName);
  std::copy(text.begin(), text.end(), to.commonName);
}

Bytes to_pem(ByteView der, int type) {
  Bytes pem(2 * kRoom);
  const int size = wc_DerToPem(der.data(), static_cast<word32>(der.size()), pem.data(), 2 * kRoom, type);
  RW_ASSERT(size > 0);
  pem.resize(static_cast<std::size_t>(size));
  return pem;
}

// `form` for `subject`, signed by `signer`.
std::string signed_by(ecc_key& signer, WC_RNG& random, Cert& form, ecc_key& subject) {
  Bytes der(kRoom);
  form.sigType = CTC_SHA256wECDSA;
  RW_ASSERT(wc_MakeCert(&form, der.data(), kRoom, nullptr, &subject, &random) > 0);
  const int size = wc_SignCert(form.bodySz, form.sigType, der.data(), kRoom, nullptr, &signer, &random);
  RW_ASSERT(size > 0);
  der.resize(static_cast<std::size_t>(size));
  return std::string(as_text(to_pem(der, CERT_TYPE)));
}

}  // namespace

Authority::Authority(const std::string& authority) : library_(new Library) {
  prepare_wolfssl();
  Library& my = *library_;
  my.name = authority;
  RW_ASSERT(wc_InitRng(&my.random) == 0 && wc_ecc_init(&my.key) == 0);
  RW_ASSERT(wc_ecc_make_key(&my.random, 32, &my.key) == 0);
  Cert form;
  RW_ASSERT(wc_InitCert(&form) == 0);
  name(form.subject, authority);
  form.isCA = 1;
  form.daysValid = 100;
  pem_ = signed_by(my.key, my.random, form, my.key);
}

Authority::~Authority() {
  wc_ecc_free(&library_->key);
  wc_FreeRng(&library_->random);
}

TlsCredentials Authority::issue(const Wish& wish) const {
  Library& my = *library_;
  ecc_key key{};
  RW_ASSERT(wc_ecc_init(&key) == 0 && wc_ecc_make_key(&my.random, 32, &key) == 0);
  Cert form;
  RW_ASSERT(wc_InitCert(&form) == 0);
  name(form.subject, "node");
  name(form.issuer, my.name);
  form.selfSigned = 0;
  form.daysValid = wish.days;
  if (!wish.purposes.empty()) RW_ASSERT(wc_SetExtKeyUsage(&form, wish.purposes.c_str()) == 0);
  TlsCredentials issued;
  issued.chain = signed_by(my.key, my.random, form, key);
  Bytes der(kRoom);
  const int size = wc_EccKeyToDer(&key, der.data(), kRoom);
  RW_ASSERT(size > 0);
  const Bytes pem = to_pem(ByteView(der).first(static_cast<std::size_t>(size)), ECC_PRIVATEKEY_TYPE);
  issued.key = crypto::SecretBuffer(pem.size());
  std::copy(pem.begin(), pem.end(), issued.key.writable().begin());
  wc_ecc_free(&key);
  return issued;
}

TlsCredentials Authority::issue_in(const Authority& trusted) const {
  TlsCredentials issued = issue();
  issued.authorities = trusted.pem();
  return issued;
}

}  // namespace ringwire::transport
