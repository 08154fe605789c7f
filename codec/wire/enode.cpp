#include "codec/wire/enode.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "codec/base/bytes.hpp"
#include "codec/base/check.hpp"
#include "codec/crypto/identity.hpp"

namespace ringwire::wire {
namespace {

constexpr std::string_view kScheme = "enode://";
constexpr std::string_view kUdpQuery = "discport=";
constexpr std::size_t kKeyDigits = 2 * PublicKey::size();

// 0 to 65535, decimal digits only, no leading zero but in "0" itself.
std::optional<std::uint16_t> parse_port(std::string_view text) {
  if (text.empty() || (text.size() > 1 && text.front() == '0')) return std::nullopt;
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return port;
}

std::optional<EnodeError> parse_key(std::string_view digits, PublicKey& key) {
  if (digits.empty()) return EnodeError::no_key;
  if (digits.size() != kKeyDigits) return EnodeError::bad_key_length;
  if (!from_hex(digits, key.span())) return EnodeError::bad_key_digit;
  if (!crypto::is_on_curve(key)) return EnodeError::not_a_key;
  return std::nullopt;
}

std::optional<EnodeError> parse_endpoint(std::string_view text, Endpoint& endpoint) {
  const std::size_t colon = text.rfind(':');
  // In an IPv6 address without port the last colon is inside the brackets.
  const bool has_port = colon != std::string_view::npos && text.find(']', colon) == std::string_view::npos;
  if (!has_port) return EnodeError::bad_port;
  const std::optional<std::uint16_t> port = parse_port(text.substr(colon + 1));
  if (!port || *port == 0) return EnodeError::bad_port;
  // The C library, which reads the address, would stop at a zero byte and call the rest good.
  if (text.find('\0') != std::string_view::npos) return EnodeError::bad_host;
  const std::optional<Endpoint> parsed = Endpoint::parse(text);
  if (!parsed) return EnodeError::bad_host;
  if (parsed->address.is_unspecified()) return EnodeError::undialable_host;
  endpoint = *parsed;
  return std::nullopt;
}

}  // namespace

NodeId Enode::id() const {
  return crypto::node_id(public_key);
}

std::string Enode::to_string() const {
  std::string text = std::string(kScheme) + to_hex(public_key.view()) + "@" + endpoint.to_string();
  if (udp_port != endpoint.port) text += "?" + std::string(kUdpQuery) + std::to_string(udp_port);
  return text;
}

Result<Enode, EnodeError> parse_enode(std::string_view text) {
  if (!text.starts_with(kScheme)) return Failure{EnodeError::no_scheme};
  text.remove_prefix(kScheme.size());
  const std::size_t at = text.find('@');
  if (at == std::string_view::npos) return Failure{EnodeError::no_key};
  Enode enode;
  if (const auto error = parse_key(text.substr(0, at), enode.public_key)) return Failure{*error};
  text.remove_prefix(at + 1);
  const std::size_t question = text.find('?');
  if (const auto error = parse_endpoint(text.substr(0, question), enode.endpoint)) return Failure{*error};
  enode.udp_port = enode.endpoint.port;
  if (question == std::string_view::npos) return enode;
  text.remove_prefix(question + 1);
  if (!text.starts_with(kUdpQuery)) return Failure{EnodeError::bad_query};
  const std::optional<std::uint16_t> udp_port = parse_port(text.substr(kUdpQuery.size()));
  if (!udp_port) return Failure{EnodeError::bad_udp_port};
  enode.udp_port = *udp_port;
  return enode;
}

const char* explain(EnodeError error) {
  static constexpr std::array<const char*, static_cast<std::size_t>(EnodeError::count_)> kTexts{
      "it must begin with enode://",
      "the public key is missing: enode://<128 hex digits>@IP:PORT",
      "the public key must have exactly 128 hex digits",
      "the public key has a character that is no hex digit",
      "the public key is not a point of the curve secp256k1",
      "the host must be a numeric IPv4 address, or IPv6 in brackets: names are not looked up",
      "the host is the unspecified address, which nobody can dial",
      "the port after the host must be 1 to 65535, decimal, without leading zeros",
      "only ?discport=PORT may follow the port",
      "discport must be 0 to 65535, decimal, without leading zeros"};
  RW_ASSERT(error < EnodeError::count_);
  return kTexts[static_cast<std::size_t>(error)];
}

}  // namespace ringwire::wire
