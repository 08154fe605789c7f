#include "codec/wire/enr.hpp"

#include <algorithm>
#include <vector>

#include "codec/crypto/keccak.hpp"
#include "codec/wire/base64url.hpp"
#include "codec/wire/rlp.hpp"

namespace ringwire::wire {
namespace {

constexpr std::string_view kTextPrefix = "enr:";
constexpr std::string_view kScheme = "v4";
constexpr std::size_t kIp4Bytes = 4;

// Keccak-256([seq, key, value, ...]); `content` are these items without the header of their list.
Hash32 digest_of(ByteView content) {
  std::array<std::uint8_t, 9> header;
  RlpWriter writer(header);
  writer.list_header(content.size());
  return crypto::Keccak256().update(ByteView(header).first(writer.bytes())).update(content).finish();
}

// What the pairs of a record say, read one after the other.
class PairReader {
 public:
  std::optional<EnrError> read(ByteView key, const RlpItem& value) {
    const std::string_view text = as_text(key);
    if (previous_ && *previous_ >= text) return EnrError::bad_order;
    previous_ = text;
    // The cursor over the pairs has looked at the outermost header only.
    if (value.is_list && !check_rlp(value.encoded, kEnrBytesMax)) return EnrError::bad_rlp;
    return known(text, value) ? std::nullopt : std::optional(EnrError::bad_value);
  }

  EnrFields fields;
  ByteView scheme;
  std::optional<crypto::CompressedKey> public_key;

 private:
  // False for a key of EIP-778 with a value it cannot have.
  bool known(std::string_view key, const RlpItem& value) {
    RlpReader reader(value.encoded);
    if (key == "id") scheme = reader.string();
    if (key == "secp256k1") public_key = reader.fixed<crypto::CompressedKey>();
    if (key == "ip") fields.ip = ip4(reader);
    if (key == "ip6") fields.ip6 = ip6(reader);
    if (key == "tcp") fields.tcp = port(reader);
    if (key == "udp") fields.udp = port(reader);
    if (key == "tcp6") fields.tcp6 = port(reader);
    if (key == "udp6") fields.udp6 = port(reader);
    return reader.ok();
  }

  static std::optional<IpAddress> ip4(RlpReader& reader) {
    const ByteView bytes = reader.string_of(kIp4Bytes);
    if (!reader.ok()) return std::nullopt;
    return IpAddress::v4(bytes[0], bytes[1], bytes[2], bytes[3]);
  }

  static std::optional<IpAddress> ip6(RlpReader& reader) {
    std::array<std::uint8_t, 16> address{};
    const ByteView bytes = reader.string_of(address.size());
    std::copy(bytes.begin(), bytes.end(), address.begin());
    const IpAddress read = IpAddress::v6(address);
    if (read.family == IpAddress::Family::v6) return read;
    reader.fail(Malformed::wrong_size);
    return std::nullopt;
  }

  static std::optional<std::uint16_t> port(RlpReader& reader) {
    std::uint16_t number = 0;
    for (const std::uint8_t byte : reader.integer(sizeof number)) {
      number = static_cast<std::uint16_t>(number << 8 | byte);
    }
    return number == 0 ? std::nullopt : std::optional(number);
  }

  std::optional<std::string_view> previous_;
};

// The pairs of a record to be made, sorted, each value encoded in `storage`.
class PairList {
 public:
  void add(std::string_view key, ByteView encoded) { pairs.push_back({key, encoded}); }

  void add_string(std::string_view key, ByteView bytes) {
    encode(key, [&](auto& sink) { sink.string(bytes); });
  }
  void add_port(std::string_view key, std::optional<std::uint16_t> port) {
    if (port.value_or(0) == 0) return;
    encode(key, [&](auto& sink) { sink.u64(*port); });
  }
  void add_address(std::string_view key, const std::optional<IpAddress>& address, std::size_t bytes) {
    if (address) add_string(key, ByteView(address->bytes).first(bytes));
  }

  std::vector<EnrPair> pairs;

 private:
  template <class Body>
  void encode(std::string_view key, const Body& body) {
    auto& bytes = storage_[used_++];
    RlpWriter writer(bytes);
    body(writer);
    add(key, ByteView(bytes).first(writer.bytes()));
  }

  static constexpr std::size_t kKnownKeys = 8;
  std::array<std::array<std::uint8_t, 34>, kKnownKeys> storage_;  // the longest is the public key
  std::size_t used_ = 0;
};

std::optional<std::uint16_t> first_of(std::optional<std::uint16_t> one, std::optional<std::uint16_t> other) {
  return one ? one : other;
}

std::optional<Endpoint> endpoint(const std::optional<IpAddress>& address, std::optional<std::uint16_t> port) {
  if (!address || !port) return std::nullopt;
  return Endpoint{*address, *port};
}

crypto::CompactSignature sign(const crypto::Signer& signer, const crypto::SecretKey& key,
                              const Hash32& digest) {
  const crypto::Signature made = signer.sign(key, digest);
  crypto::CompactSignature signature;
  std::copy_n(made.bytes.begin(), signature.size(), signature.bytes.begin());
  return signature;
}

bool is_of(const std::optional<IpAddress>& address, IpAddress::Family family) {
  return !address || address->family == family;
}

}  // namespace

const char* name(EnrError error) {
  switch (error) {
    case EnrError::bad_text:
      return "bad_text";
    case EnrError::too_long:
      return "too_long";
    case EnrError::bad_rlp:
      return "bad_rlp";
    case EnrError::bad_order:
      return "bad_order";
    case EnrError::unknown_scheme:
      return "unknown_scheme";
    case EnrError::bad_value:
      return "bad_value";
    case EnrError::bad_signature:
      return "bad_signature";
    case EnrError::count_:
      break;
  }
  return "unknown";
}

Result<Enr, EnrError> Enr::make(const crypto::Signer& signer, const crypto::SecretKey& key,
                                const EnrFields& fields, std::span<const EnrPair> others) {
  if (!is_of(fields.ip, IpAddress::Family::v4) || !is_of(fields.ip6, IpAddress::Family::v6)) {
    return Failure{EnrError::bad_value};
  }
  for (const EnrPair& other : others) {
    if (!check_rlp(other.value, kEnrBytesMax)) return Failure{EnrError::bad_rlp};
  }
  PairList list;
  list.add_string("id", as_bytes(kScheme));
  list.add_string("secp256k1", crypto::compress(signer.public_key(key)).view());
  list.add_address("ip", fields.ip, kIp4Bytes);
  list.add_address("ip6", fields.ip6, 16);
  list.add_port("tcp", fields.tcp);
  list.add_port("udp", fields.udp);
  list.add_port("tcp6", fields.tcp6);
  list.add_port("udp6", fields.udp6);
  list.pairs.insert(list.pairs.end(), others.begin(), others.end());
  std::sort(list.pairs.begin(), list.pairs.end(), [](const auto& a, const auto& b) { return a.key < b.key; });

  const auto content = [&](auto& sink) {
    sink.u64(fields.sequence);
    for (const EnrPair& pair : list.pairs) {
      sink.string(as_bytes(pair.key));
      sink.raw(pair.value);
    }
  };
  const std::size_t content_bytes = rlp_size(content);
  const std::size_t signature_bytes =
      rlp_header_bytes(crypto::CompactSignature::size()) + crypto::CompactSignature::size();
  std::array<std::uint8_t, kEnrBytesMax> bytes;
  const std::size_t all = signature_bytes + content_bytes;
  if (rlp_header_bytes(all) + all > bytes.size()) return Failure{EnrError::too_long};
  RlpWriter(bytes).list([&](auto& sink) {
    sink.string(crypto::CompactSignature{}.view());
    content(sink);
  });
  // The signature is over what was written behind its place.
  const ByteSpan record = ByteSpan(bytes).first(rlp_header_bytes(all) + all);
  const crypto::CompactSignature signature = sign(signer, key, digest_of(record.last(content_bytes)));
  std::copy(signature.bytes.begin(), signature.bytes.end(),
            record.end() - static_cast<std::ptrdiff_t>(content_bytes + signature.bytes.size()));
  return decode(record);
}

Result<Enr, EnrError> Enr::decode(ByteView encoded) {
  if (encoded.size() > kEnrBytesMax) return Failure{EnrError::too_long};
  RlpReader message(encoded);
  RlpReader items = message.list();
  const auto signature = items.fixed<crypto::CompactSignature>();
  const ByteView content = items.rest();
  PairReader pairs;
  pairs.fields.sequence = items.u64();
  std::optional<EnrError> wrong;
  while (items.more() && !wrong) {
    const ByteView key = items.string();
    const RlpItem value = items.item();
    if (items.ok()) wrong = pairs.read(key, value);
  }
  if (wrong) return Failure{*wrong};
  message.finish_with(items);
  if (!message.ok()) return Failure{EnrError::bad_rlp};
  if (as_text(pairs.scheme) != kScheme) return Failure{EnrError::unknown_scheme};

  const auto public_key = pairs.public_key ? crypto::decompress(*pairs.public_key) : std::nullopt;
  if (!public_key || !crypto::verify(*public_key, digest_of(content), signature)) {
    return Failure{EnrError::bad_signature};
  }
  Enr record;
  std::copy(encoded.begin(), encoded.end(), record.bytes_.begin());
  record.size_ = static_cast<std::uint16_t>(encoded.size());
  record.fields_ = pairs.fields;
  record.public_key_ = *public_key;
  return record;
}

Result<Enr, EnrError> Enr::parse(std::string_view text) {
  if (!text.starts_with(kTextPrefix)) return Failure{EnrError::bad_text};
  text.remove_prefix(kTextPrefix.size());
  std::array<std::uint8_t, kEnrBytesMax> bytes;
  if (text.size() * 3 / 4 > bytes.size()) return Failure{EnrError::too_long};
  const auto size = from_base64url(text, bytes);
  if (!size) return Failure{EnrError::bad_text};
  return decode(ByteView(bytes).first(*size));
}

std::string Enr::to_string() const {
  return std::string(kTextPrefix) + to_base64url(encoded());
}

std::optional<Endpoint> Enr::tcp_endpoint(IpAddress::Family family) const {
  if (family == IpAddress::Family::v4) return endpoint(fields_.ip, fields_.tcp);
  return endpoint(fields_.ip6, first_of(fields_.tcp6, fields_.tcp));
}

std::optional<Endpoint> Enr::udp_endpoint(IpAddress::Family family) const {
  if (family == IpAddress::Family::v4) return endpoint(fields_.ip, fields_.udp);
  return endpoint(fields_.ip6, first_of(fields_.udp6, fields_.udp));
}

std::optional<ByteView> Enr::find(std::string_view key) const {
  RlpReader items = RlpReader(encoded()).list();
  items.item();
  items.item();
  while (items.more()) {
    const std::string_view found = as_text(items.string());
    const RlpItem value = items.item();
    if (found == key) return value.encoded;
  }
  return std::nullopt;
}

bool Enr::operator==(const Enr& other) const {
  return std::equal(encoded().begin(), encoded().end(), other.encoded().begin(), other.encoded().end());
}

}  // namespace ringwire::wire
