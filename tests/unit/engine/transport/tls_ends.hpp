// Both ends of a TLS connection in memory, ours and others', and authorities that sign certificates.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "codec/base/prng.hpp"
#include "engine/transport/client_hello.hpp"
#include "engine/transport/tls_handshake.hpp"

struct WOLFSSL_CTX;

namespace ringwire::transport {

using Bytes = std::vector<std::uint8_t>;

inline Bytes copy_of(ByteView view) {
  return {view.begin(), view.end()};
}
inline Bytes joined(std::initializer_list<ByteView> parts) {
  Bytes all;
  for (const ByteView part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}
TlsCredentials copy_of(const TlsCredentials& credentials);

// Of a node in an open network, made once.
const TlsCredentials& own_credentials();
std::unique_ptr<TlsContext> context_of(const TlsCredentials& credentials);
TlsContext& open_context();

// An end that takes bytes and gives bytes.
class End {
 public:
  virtual ~End() = default;
  virtual void input(ByteView bytes) = 0;
  virtual Bytes output() = 0;
};

// Does everything that is due at once.
class OurEnd final : public End {
 public:
  OurEnd(TlsContext& context, wire::Role role);

  void input(ByteView bytes) override;
  Bytes output() override;

  [[nodiscard]] TlsState state() const;
  [[nodiscard]] bool done() const { return state() == TlsState::done; }
  [[nodiscard]] std::optional<TlsFailure> failure() const;
  // The library was never asked.
  [[nodiscard]] bool costless() const { return handshake_ == nullptr; }
  // Bytes that nobody took.
  [[nodiscard]] const Bytes& rest() const { return waiting_; }
  TlsOutcome take() { return handshake_->take(); }

 private:
  void pump();

  TlsContext& context_;
  ClientHelloReader hello_;
  std::unique_ptr<TlsHandshake> handshake_;
  Bytes waiting_;
  bool refusal_told_ = false;
};

// wolfSSL as somebody else would use it.
struct ForeignOptions {
  bool tls12 = false;  // and nothing newer
  std::optional<std::string> protocol = "ringwire/1";
  std::string suites;                           // wolfSSL's names; empty: all
  std::vector<int> groups;                      // empty: wolfSSL's own
  int key_share = 0;                            // a client's; 0: wolfSSL's own
  const TlsCredentials* credentials = nullptr;  // null: own_credentials(), shown by servers only
  bool tickets = false;
};
class ForeignEnd final : public End {
 public:
  ForeignEnd(wire::Role role, const ForeignOptions& options);
  ~ForeignEnd() override;
  ForeignEnd(const ForeignEnd&) = delete;
  ForeignEnd& operator=(const ForeignEnd&) = delete;

  void input(ByteView bytes) override;
  Bytes output() override;
  [[nodiscard]] bool done() const;

  // Once done: what was received, and something to send.
  Bytes read();
  void write(ByteView bytes);
  void update_keys();

 private:
  struct Library;
  std::unique_ptr<Library> library_;
};

// Until neither says anything more. Without `cuts` each flight comes whole.
void converse(End& one, End& other, Prng* cuts = nullptr);

// The whole records of `bytes`, header and all.
std::vector<Bytes> records_of(ByteView bytes);
Bytes record(std::uint8_t type, ByteView content);

// Signs certificates.
class Authority {
 public:
  explicit Authority(const std::string& name);
  ~Authority();
  Authority(const Authority&) = delete;
  Authority& operator=(const Authority&) = delete;

  [[nodiscard]] const std::string& pem() const { return pem_; }
  struct Wish {
    int days = 100;        // negative: it has expired
    std::string purposes;  // wolfSSL's names: "serverAuth,clientAuth"; empty: any
  };
  // A certificate of this authority, its key, and no authorities.
  [[nodiscard]] TlsCredentials issue(const Wish& wish) const;
  [[nodiscard]] TlsCredentials issue() const { return issue(Wish{}); }
  // The same in a network that trusts `trusted`.
  [[nodiscard]] TlsCredentials issue_in(const Authority& trusted) const;

 private:
  struct Library;
  std::unique_ptr<Library> library_;
  std::string pem_;
};

}  // namespace ringwire::transport
