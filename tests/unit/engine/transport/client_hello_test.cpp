#include "engine/transport/client_hello.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "codec/base/prng.hpp"
#include "tests/support/vectors.hpp"
#include "tests/unit/engine/transport/tls_ends.hpp"

namespace ringwire::transport {
namespace {

using State = ClientHelloReader::State;

constexpr std::uint8_t kHandshakeType = 22;

void put16(Bytes& to, std::size_t value) {
  to.push_back(static_cast<std::uint8_t>(value >> 8));
  to.push_back(static_cast<std::uint8_t>(value));
}
void put(Bytes& to, ByteView bytes) {
  to.insert(to.end(), bytes.begin(), bytes.end());
}

Bytes extension(std::uint16_t type, ByteView content) {
  Bytes bytes;
  put16(bytes, type);
  put16(bytes, content.size());
  put(bytes, content);
  return bytes;
}
Bytes versions(std::initializer_list<std::uint16_t> list) {
  Bytes content{static_cast<std::uint8_t>(2 * list.size())};
  for (const std::uint16_t version : list) put16(content, version);
  return extension(43, content);
}
Bytes protocols(std::initializer_list<std::string_view> list) {
  Bytes names;
  for (const std::string_view protocol : list) {
    names.push_back(static_cast<std::uint8_t>(protocol.size()));
    put(names, as_bytes(protocol));
  }
  Bytes content;
  put16(content, names.size());
  put(content, names);
  return extension(16, content);
}

struct Hello {
  std::size_t session_id = 32;
  std::size_t suites = 4;
  std::size_t compressions = 1;
  std::optional<Bytes> extensions = joined({versions({0x0303, 0x0304}), protocols({kTlsProtocol})});
};
Bytes message(const Hello& hello) {
  Bytes body{3, 3};
  body.resize(2 + 32, 7);
  body.push_back(static_cast<std::uint8_t>(hello.session_id));
  body.resize(body.size() + hello.session_id, 1);
  put16(body, hello.suites);
  body.resize(body.size() + hello.suites, 0x13);
  body.push_back(static_cast<std::uint8_t>(hello.compressions));
  body.resize(body.size() + hello.compressions, 0);
  if (hello.extensions) {
    put16(body, hello.extensions->size());
    put(body, *hello.extensions);
  }
  Bytes bytes{1, 0};
  put16(bytes, body.size());
  put(bytes, body);
  return bytes;
}
Bytes with_extensions(const Bytes& extensions) {
  Hello hello;
  hello.extensions = extensions;
  return message(hello);
}

TEST(ClientHello, IsWholeWhereItSaysSoHoweverItIsCut) {
  const Bytes hello = message({});
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    Prng prng(seed);
    Bytes stream;
    ByteView rest = hello;
    for (std::size_t left = 1 + prng.below(kClientHelloRecordsMax); left > 0; --left) {
      const std::size_t part = left == 1 ? rest.size() : 1 + prng.below(rest.size() - left + 1);
      put(stream, record(kHandshakeType, rest.first(part)));
      rest = rest.subspan(part);
    }
    const std::size_t end = stream.size();
    put(stream, Bytes{20, 3, 3, 0, 1, 1});
    ClientHelloReader reader;
    std::size_t at = 0;
    while (at < stream.size()) {
      EXPECT_EQ(reader.state(), at < end ? State::need_more : State::whole);
      const std::size_t part = 1 + prng.below(std::min<std::size_t>(stream.size() - at, 60));
      const std::size_t taken = reader.input(ByteView(stream).subspan(at, part));
      if (taken == 0) break;
      at += taken;
      EXPECT_EQ(reader.held_bytes(), at);
    }
    EXPECT_EQ(at, end) << "what follows was taken";
    ASSERT_EQ(reader.state(), State::whole);
    EXPECT_EQ(reader.take(), Bytes(stream.begin(), stream.begin() + static_cast<std::ptrdiff_t>(end)));
  }
}

TEST(ClientHello, HasToOfferTls13AndOurProtocol) {
  const Bytes good_versions = versions({0x0304});
  const Bytes good_protocols = protocols({"h2", kTlsProtocol});
  struct Case {
    const char* what;
    Bytes message;
    std::optional<TlsFailure> verdict;
  };
  const Bytes unknown = extension(0xABCD, Bytes(20));
  Hello bare;
  bare.extensions.reset();
  for (const auto& [what, bytes, verdict] : {
           Case{"both", joined({good_versions, good_protocols}), std::nullopt},
           Case{"in any order, among others", joined({unknown, good_protocols, good_versions, unknown}),
                std::nullopt},
           Case{"no versions", good_protocols, TlsFailure::no_tls13},
           Case{"older versions", joined({versions({0x0303, 0x0302}), good_protocols}), TlsFailure::no_tls13},
           Case{"a later one", joined({versions({0x0305}), good_protocols}), TlsFailure::no_tls13},
           Case{"no protocols", good_versions, TlsFailure::no_alpn},
           Case{"other protocols", joined({good_versions, protocols({"h2", "ringwire/2"})}),
                TlsFailure::no_alpn},
           Case{"in another case", joined({good_versions, protocols({"RINGWIRE/1"})}), TlsFailure::no_alpn},
           Case{"nothing", {}, TlsFailure::no_tls13},
       }) {
    EXPECT_EQ(objection_to_hello(with_extensions(bytes)), verdict) << what;
  }
  EXPECT_EQ(objection_to_hello(message(bare)), TlsFailure::no_tls13) << "as before TLS 1.3";
}

TEST(ClientHello, HasToBeWellFormed) {
  const Bytes versions_ok = versions({0x0304});
  const Bytes protocols_ok = protocols({kTlsProtocol});
  const auto malformed = [](const Bytes& bytes) {
    return objection_to_hello(bytes) == TlsFailure::malformed_hello;
  };
  EXPECT_TRUE(malformed({}));
  EXPECT_TRUE(malformed(message({.session_id = 33})));
  EXPECT_TRUE(malformed(message({.suites = 0})));
  EXPECT_TRUE(malformed(message({.suites = 3})));
  EXPECT_TRUE(malformed(message({.compressions = 0})));
  EXPECT_FALSE(objection_to_hello(message({.session_id = 0, .suites = 2, .compressions = 3})));
  for (const Bytes& bytes : {
           joined({versions_ok, versions_ok, protocols_ok}),              // twice
           joined({versions_ok, protocols_ok, protocols_ok}),             // twice
           joined({versions_ok, protocols_ok, Bytes{0, 1, 0}}),           // a header cut
           joined({versions_ok, protocols_ok, Bytes{0, 1, 0, 5, 0}}),     // content cut
           joined({extension(43, Bytes{}), protocols_ok}),                // no list
           joined({extension(43, Bytes{0}), protocols_ok}),               // an empty one
           joined({extension(43, Bytes{3, 3, 4, 3}), protocols_ok}),      // an odd one
           joined({extension(43, Bytes{2, 3, 4, 3}), protocols_ok}),      // bytes behind it
           joined({extension(43, Bytes{4, 3, 4}), protocols_ok}),         // a short one
           joined({versions_ok, extension(16, Bytes{0, 0})}),             // an empty one
           joined({versions_ok, extension(16, Bytes{0, 1, 0})}),          // an empty name
           joined({versions_ok, extension(16, Bytes{0, 2, 2, 'h'})}),     // a name cut
           joined({versions_ok, extension(16, Bytes{0, 2, 1, 'h', 0})}),  // bytes behind it
       }) {
    EXPECT_TRUE(malformed(with_extensions(bytes))) << to_hex(bytes);
  }
  const Bytes good = message({});
  EXPECT_FALSE(objection_to_hello(good));
  EXPECT_TRUE(malformed(joined({good, Bytes{0}})));
  // Cut right after the compressions it is one of an older version.
  const std::size_t before_extensions = good.size() - Hello().extensions->size() - 2;
  for (std::size_t size = 0; size < good.size(); ++size) {
    const auto verdict = objection_to_hello(ByteView(good).first(size));
    EXPECT_EQ(verdict, size == before_extensions ? TlsFailure::no_tls13 : TlsFailure::malformed_hello)
        << size;
  }
  Bytes other_message = good;
  other_message[0] = 2;
  EXPECT_TRUE(malformed(other_message));
}

TEST(ClientHello, IsRefusedAtTheFirstByteThatIsNotTls) {
  const Bytes good = record(kHandshakeType, message({}));
  for (std::size_t at = 0; at < 2; ++at) {
    for (unsigned value = 0; value < 256; ++value) {
      if (value == good[at]) continue;
      Bytes bytes(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(at) + 1);
      bytes[at] = static_cast<std::uint8_t>(value);
      ClientHelloReader reader;
      reader.input(bytes);
      ASSERT_EQ(reader.state(), State::refused) << at << ", " << value;
      EXPECT_EQ(reader.failure(), TlsFailure::not_tls);
      EXPECT_EQ(reader.held_bytes(), 0U);
      EXPECT_EQ(reader.input(good), 0U);
    }
  }
}

TEST(ClientHello, StaysWithinItsBounds) {
  struct Case {
    const char* what;
    Bytes stream;
    TlsFailure failure;
  };
  const Bytes good = message({});
  Bytes crumbs;
  for (const std::uint8_t byte : good) put(crumbs, record(kHandshakeType, Bytes{byte}));
  Hello large;
  large.extensions = joined({*large.extensions, extension(21, Bytes(kTlsHelloBytesMax))});
  const Bytes promises{22, 3, 1, 0, 4, 1, 0xFF, 0xFF, 0xFF};
  for (const auto& [what, stream, failure] : {
           Case{"a byte per record", crumbs, TlsFailure::too_many_records},
           Case{"empty records", record(kHandshakeType, {}), TlsFailure::empty_record},
           Case{"one record", record(kHandshakeType, message(large)), TlsFailure::hello_too_long},
           Case{"a length of 16 MiB", promises, TlsFailure::hello_too_long},
           Case{"a record of 64 KiB", Bytes{22, 3, 1, 0xFF, 0xFF}, TlsFailure::record_too_long},
           Case{"another message behind it", record(kHandshakeType, joined({good, Bytes{11}})),
                TlsFailure::several_messages},
           Case{"something else between",
                joined({record(kHandshakeType, ByteView(good).first(9)), record(20, Bytes{1})}),
                TlsFailure::not_tls},
       }) {
    ClientHelloReader reader;
    std::size_t held = 0;
    for (const std::uint8_t byte : stream) {
      reader.input(ByteView(&byte, 1));
      held = std::max(held, reader.held_bytes());
    }
    ASSERT_EQ(reader.state(), State::refused) << what;
    EXPECT_EQ(reader.failure(), failure) << what << ": " << name(reader.failure());
    EXPECT_LE(held, kClientHelloHeldMax) << what;
  }
  // The largest that there may be.
  Hello largest;
  const std::size_t room = kTlsHelloBytesMax - message(largest).size() - 4;
  largest.extensions = joined({*largest.extensions, extension(21, Bytes(room))});
  ClientHelloReader reader;
  const Bytes stream = record(kHandshakeType, message(largest));
  EXPECT_EQ(reader.input(stream), stream.size());
  EXPECT_EQ(reader.state(), State::whole);
}

TEST(ClientHello, OfAnotherProjectIsReadToItsEnd) {
  RW_REQUIRE_VECTORS(path, "tls-fixtures/src/waltz/tls/fixtures/client_hello_labs-1.14.8.bin");
  // The file begins behind the message's header.
  const std::string body = test::read_file(path);
  Bytes hello{1, 0};
  put16(hello, body.size());
  put(hello, as_bytes(body));
  // It offers TLS 1.3, and a protocol of its own.
  EXPECT_EQ(objection_to_hello(hello), TlsFailure::no_alpn);
  ClientHelloReader reader;
  reader.input(record(kHandshakeType, hello));
  EXPECT_EQ(reader.state(), State::refused);
  EXPECT_EQ(reader.failure(), TlsFailure::no_alpn);
  RW_REQUIRE_VECTORS(answer, "tls-fixtures/src/waltz/tls/fixtures/server_hello_openssl.bin");
  EXPECT_EQ(objection_to_hello(as_bytes(test::read_file(answer))), TlsFailure::malformed_hello);
}

}  // namespace
}  // namespace ringwire::transport
