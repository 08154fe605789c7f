#include "engine/node/credentials.hpp"

#include <filesystem>
#include <utility>

#include "engine/driver/clock.hpp"
#include "engine/storage/tls_files.hpp"

namespace ringwire::node {
namespace {

using transport::TlsCredentialPart;
using transport::TlsCredentials;

const char* key_of(TlsCredentialPart part) {
  if (part == TlsCredentialPart::key) return "tls.key";
  return part == TlsCredentialPart::chain ? "tls.certificate" : "tls.authorities";
}

std::filesystem::path own_file(const Config& config) {
  return std::filesystem::path(config.datadir) / "tls.pem";
}

Failure<StartError> failure(std::string line, bool configuration) {
  return {StartError{{std::move(line)}, configuration}};
}

std::int64_t seconds_since_1970() {
  return static_cast<std::int64_t>(driver::read_clocks().wall.ms / 1000);
}

}  // namespace

Result<TlsCredentials, StartError> obtain_credentials(const Config& config) {
  if (!config.tls.certificate.empty()) {
    auto given = storage::read_tls_files({config.tls.certificate, config.tls.key, config.tls.authorities},
                                         seconds_since_1970());
    if (given.ok()) return std::move(given).value();
    return failure(std::string(key_of(given.error().part)) + ": " + given.error().message, true);
  }
  if (config.datadir.empty()) {
    auto made = transport::make_certificate();
    if (made.ok()) return std::move(made).value();
    return failure("tls: " + made.error().message, false);
  }
  std::error_code ignored;  // the file cannot be made then, which says why
  std::filesystem::create_directories(config.datadir, ignored);
  auto own = storage::own_tls_file(own_file(config), seconds_since_1970());
  if (own.ok()) return std::move(own).value();
  return failure("tls: " + own.error().message, false);
}

std::string describe_security(const Config& config) {
  if (config.insecure_plaintext) return "sessions are plaintext: whoever is on the path can take them over";
  std::string line = "sessions are secured by TLS 1.3, certificate ";
  if (!config.tls.certificate.empty()) {
    line += config.tls.certificate;
  } else {
    line += config.datadir.empty() ? "made for this run" : own_file(config).string();
  }
  if (!config.tls.authorities.empty())
    line += "; a closed network, its authorities " + config.tls.authorities;
  return line;
}

}  // namespace ringwire::node
