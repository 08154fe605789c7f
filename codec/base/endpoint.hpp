// Where a socket is: an IPv4 or IPv6 address and a port, without the kernel's headers.
//
// IPv4 is kept as IPv4: an IPv4-mapped IPv6 address (::ffff:a.b.c.d) is turned into it on construction, so
// one host has one name in every limit and ban. Text form: "192.0.2.1:30303", "[2001:db8::1]:30303".
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ringwire {

struct IpAddress {
  enum class Family : std::uint8_t { v4, v6 };

  Family family = Family::v4;
  std::array<std::uint8_t, 16> bytes{};  // network order; IPv4 uses the first four, the rest are 0

  auto operator<=>(const IpAddress&) const = default;

  static IpAddress v4(std::uint8_t a, std::uint8_t b, std::uint8_t c, std::uint8_t d);
  static IpAddress v6(const std::array<std::uint8_t, 16>& bytes);
  // Numeric forms only; never a name look-up.
  static std::optional<IpAddress> parse(std::string_view text);

  [[nodiscard]] bool is_loopback() const;
  [[nodiscard]] bool is_unspecified() const;
  [[nodiscard]] std::string to_string() const;
};

struct Endpoint {
  IpAddress address;
  std::uint16_t port = 0;

  auto operator<=>(const Endpoint&) const = default;

  // "IP:PORT" or "[IP6]:PORT"; the port is decimal, 0 to 65535, and must be there.
  static std::optional<Endpoint> parse(std::string_view text);
  [[nodiscard]] std::string to_string() const;
};

}  // namespace ringwire
