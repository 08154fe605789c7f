#include "tests/unit/engine/transport/tls_ends.hpp"

// First, because it says how the others were compiled.
#include <wolfssl/options.h>

#include <wolfssl/ssl.h>

#include <algorithm>
#include <utility>

#include "codec/base/check.hpp"
#include "engine/transport/tls_library.hpp"

namespace ringwire::transport {

struct ForeignEnd::Library {
  WOLFSSL_CTX* context = nullptr;
  WOLFSSL* object = nullptr;
  bool serves = false;
  bool done = false;
  Bytes received;
  Bytes to_send;
};

namespace {

WOLFSSL_METHOD* method(bool serves, bool tls12) {
  if (tls12) return serves ? wolfTLSv1_2_server_method() : wolfTLSv1_2_client_method();
  return serves ? wolfTLSv1_3_server_method() : wolfTLSv1_3_client_method();
}

void load(WOLFSSL_CTX* context, const TlsCredentials& credentials) {
  const ByteView chain = as_bytes(credentials.chain);
  const ByteView key = credentials.key.reveal();
  RW_ASSERT(wolfSSL_CTX_use_certificate_chain_buffer(context, chain.data(),
                                                     static_cast<long>(chain.size())) == WOLFSSL_SUCCESS);
  RW_ASSERT(wolfSSL_CTX_use_PrivateKey_buffer(context, key.data(), static_cast<long>(key.size()),
                                              WOLFSSL_FILETYPE_PEM) == WOLFSSL_SUCCESS);
}

int receive(WOLFSSL* /*object*/, char* to, int room, void* bytes) {
  Bytes& received = *static_cast<Bytes*>(bytes);
  const std::size_t part = std::min(received.size(), static_cast<std::size_t>(room));
  if (part == 0) return WOLFSSL_CBIO_ERR_WANT_READ;
  std::copy_n(received.begin(), part, reinterpret_cast<std::uint8_t*>(to));
  received.erase(received.begin(), received.begin() + static_cast<std::ptrdiff_t>(part));
  return static_cast<int>(part);
}

int send(WOLFSSL* /*object*/, char* from, int size, void* bytes) {
  const auto* begin = reinterpret_cast<const std::uint8_t*>(from);
  static_cast<Bytes*>(bytes)->insert(static_cast<Bytes*>(bytes)->end(), begin, begin + size);
  return size;
}

}  // namespace

ForeignEnd::ForeignEnd(wire::Role role, const ForeignOptions& options) : library_(new Library) {
  prepare_wolfssl();
  Library& my = *library_;
  my.serves = role == wire::Role::responder;
  my.context = wolfSSL_CTX_new(method(my.serves, options.tls12));
  wolfSSL_CTX_set_verify(my.context, WOLFSSL_VERIFY_NONE, nullptr);
  if (my.serves || options.credentials != nullptr) {
    load(my.context, options.credentials != nullptr ? *options.credentials : own_credentials());
  }
  if (!options.suites.empty()) {
    RW_ASSERT(wolfSSL_CTX_set_cipher_list(my.context, options.suites.c_str()) == WOLFSSL_SUCCESS);
  }
  std::vector<int> groups = options.groups;
  if (!groups.empty()) {
    RW_ASSERT(wolfSSL_CTX_set_groups(my.context, groups.data(), static_cast<int>(groups.size())) ==
              WOLFSSL_SUCCESS);
  }
  if (my.serves && !options.tickets && !options.tls12) wolfSSL_CTX_no_ticket_TLSv13(my.context);
  my.object = wolfSSL_new(my.context);
  RW_ASSERT(my.object != nullptr);
  if (options.tickets && !my.serves) wolfSSL_UseSessionTicket(my.object);
  if (options.protocol) {
    std::string protocol = *options.protocol;
    wolfSSL_UseALPN(my.object, protocol.data(), static_cast<unsigned int>(protocol.size()),
                    WOLFSSL_ALPN_CONTINUE_ON_MISMATCH);
  }
  if (options.key_share != 0) {
    wolfSSL_UseKeyShare(my.object, static_cast<word16>(options.key_share));
  }
  wolfSSL_SSLSetIORecv(my.object, receive);
  wolfSSL_SSLSetIOSend(my.object, send);
  wolfSSL_SetIOReadCtx(my.object, &my.received);
  wolfSSL_SetIOWriteCtx(my.object, &my.to_send);
  input({});
}

ForeignEnd::~ForeignEnd() {
  wolfSSL_free(library_->object);
  wolfSSL_CTX_free(library_->context);
}

void ForeignEnd::input(ByteView bytes) {
  Library& my = *library_;
  my.received.insert(my.received.end(), bytes.begin(), bytes.end());
  if (my.done) return;
  my.done = (my.serves ? wolfSSL_accept(my.object) : wolfSSL_connect(my.object)) == WOLFSSL_SUCCESS;
}

Bytes ForeignEnd::output() {
  return std::exchange(library_->to_send, {});
}

bool ForeignEnd::done() const {
  return library_->done;
}

Bytes ForeignEnd::read() {
  Bytes all(64 * 1024);
  std::size_t size = 0;
  while (true) {
    const int got = wolfSSL_read(library_->object, all.data() + size, static_cast<int>(all.size() - size));
    if (got <= 0) break;
    size += static_cast<std::size_t>(got);
  }
  all.resize(size);
  return all;
}

void ForeignEnd::write(ByteView bytes) {
  RW_ASSERT(wolfSSL_write(library_->object, bytes.data(), static_cast<int>(bytes.size())) ==
            static_cast<int>(bytes.size()));
}

void ForeignEnd::update_keys() {
  RW_ASSERT(wolfSSL_update_keys(library_->object) == WOLFSSL_SUCCESS);
}

}  // namespace ringwire::transport
