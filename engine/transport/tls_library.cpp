#include "engine/transport/tls_library.hpp"

// First, because it says how the others were compiled.
#include <wolfssl/options.h>

#include <wolfssl/error-ssl.h>
#include <wolfssl/ssl.h>
#include <wolfssl/wolfcrypt/ecc.h>
#include <wolfssl/wolfcrypt/error-crypt.h>

#include "codec/base/check.hpp"

#if !defined(WOLFSSL_TLS13) || !defined(HAVE_ALPN) || !defined(HAVE_KEYING_MATERIAL) || !defined(ATOMIC_USER)
#error "this wolfSSL lacks TLS 1.3, ALPN, the exporter or the keys: build it with --enable-distro"
#endif

namespace ringwire::transport {

void prepare_wolfssl() {
  static const bool kReady = wolfSSL_Init() == WOLFSSL_SUCCESS;
  RW_ASSERT(kReady);
}

CurveTables::~CurveTables() {
  wc_ecc_fp_free();
}

TlsFailure failure_of_wolfssl(int error) {
  switch (error) {
    case FATAL_ERROR:
    case ZERO_RETURN:
      return TlsFailure::peer_alert;
    case MATCH_SUITE_ERROR:
    case UNSUPPORTED_SUITE:
    case BAD_FUNC_ARG:  // its answer where no group is common
      return TlsFailure::no_common_parameters;
    case BAD_KEY_SHARE_DATA:
    case KEY_SHARE_ERROR:
    case EXT_MISSING:
    case PEER_KEY_ERROR:
    case ECC_PEERKEY_ERROR:
    case ECC_SHARED_ERROR:
    case ECC_OUT_OF_RANGE_E:
    case IS_POINT_E:
      return TlsFailure::bad_key_share;
    case VERSION_ERROR:
    case UNSUPPORTED_PROTO_VERSION:
      return TlsFailure::wrong_version;
    case UNKNOWN_ALPN_PROTOCOL_NAME_E:
      return TlsFailure::wrong_alpn;
    case NO_PEER_CERT:
      return TlsFailure::no_certificate;
    case ASN_NO_SIGNER_E:
    case ASN_SELF_SIGNED_E:
    case ASN_SIG_CONFIRM_E:
    case NOT_CA_ERROR:
      return TlsFailure::untrusted_certificate;
    case ASN_BEFORE_DATE_E:
    case ASN_AFTER_DATE_E:
      return TlsFailure::expired_certificate;
    case VERIFY_SIGN_ERROR:
    case SIG_VERIFY_E:
    case RSA_PAD_E:
      return TlsFailure::bad_signature;
    case VERIFY_CERT_ERROR:
    case MP_READ_E:  // its numbers are too small for this key
    case MP_EXPTMOD_E:
    case MAX_CHAIN_ERROR:
    case HANDSHAKE_SIZE_ERROR:  // only certificates get that large
    case RSA_KEY_SIZE_E:
    case ECC_KEY_SIZE_E:
    case WC_KEY_SIZE_E:
    case KEYUSE_SIGNATURE_E:
    case EXTKEYUSE_AUTH_E:
    case NO_PEER_KEY:
      return TlsFailure::bad_certificate;
    case DECRYPT_ERROR:
    case VERIFY_MAC_ERROR:
    case AES_GCM_AUTH_E:
    case MAC_CMP_FAILED_E:
      return TlsFailure::bad_record;
    case OUT_OF_ORDER_E:
    case DUPLICATE_MSG_E:
    case SANITY_MSG_E:
    case SIDE_ERROR:
    case UNKNOWN_HANDSHAKE_TYPE:
    case UNKNOWN_RECORD_TYPE:
      return TlsFailure::unexpected_message;
    case PARSE_ERROR:
    case BUFFER_ERROR:
    case BUFFER_E:
    case INCOMPLETE_DATA:
    case LENGTH_ERROR:
    case BAD_HELLO:
    case DECODE_E:
    case INVALID_PARAMETER:
    case MISSING_HANDSHAKE_DATA:
    case EXT_NOT_ALLOWED:
    case UNSUPPORTED_EXTENSION:
    case COMPRESSION_ERROR:
    case DUPLICATE_TLS_EXT_E:
      return TlsFailure::malformed_message;
    case MEMORY_E:
      return TlsFailure::out_of_memory;
    default:
      break;
  }
  // What ASN.1 says of a certificate that it cannot read.
  const bool of_asn1 = error <= ASN_PARSE_E && error >= ASN_NO_PEM_HEADER;
  return of_asn1 ? TlsFailure::bad_certificate : TlsFailure::library;
}

}  // namespace ringwire::transport
