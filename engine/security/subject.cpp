#include "engine/security/subject.hpp"

namespace ringwire::security {

std::string Subject::to_string() const {
  return kind == Kind::node ? to_hex(node.view()) : prefix.to_string();
}

Subject subject_of(const NodeId& node) {
  return {Subject::Kind::node, node, {}};
}

Subject subject_of(const IpAddress& address) {
  return {Subject::Kind::address, {}, ban_prefix(address)};
}

std::optional<Subject> parse_subject(std::string_view text) {
  NodeId node;
  if (from_hex(text, node.span())) return subject_of(node);
  const auto prefix = parse_ban_prefix(text);
  if (!prefix) return std::nullopt;
  return Subject{Subject::Kind::address, {}, *prefix};
}

}  // namespace ringwire::security
