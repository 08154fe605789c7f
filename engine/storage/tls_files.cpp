#include "engine/storage/tls_files.hpp"

#include <algorithm>
#include <utility>

namespace ringwire::storage {
namespace {

using transport::TlsCredentialPart;
using transport::TlsCredentials;

Failure<TlsFileError> failure(const SecretFileError& error, TlsCredentialPart part) {
  return Failure{TlsFileError{error.fault, std::nullopt, part, error.message}};
}

const std::filesystem::path& file_of(TlsCredentialPart part, const TlsFiles& files) {
  if (part == TlsCredentialPart::key) return files.key;
  return part == TlsCredentialPart::chain ? files.chain : files.authorities;
}

}  // namespace

Result<TlsCredentials, TlsFileError> read_tls_files(const TlsFiles& files, std::int64_t now) {
  TlsCredentials credentials;
  // The key first: where one file holds both, it may be read by its owner only.
  auto key = read_secret_file(files.key, transport::kPemBytesMax);
  if (!key) return failure(key.error(), TlsCredentialPart::key);
  credentials.key = std::move(*key);
  const auto chain = read_open_file(files.chain, transport::kPemBytesMax);
  if (!chain) return failure(chain.error(), TlsCredentialPart::chain);
  credentials.chain = transport::certificates_of(as_text(chain->reveal()));
  if (!files.authorities.empty()) {
    const auto authorities = read_open_file(files.authorities, transport::kPemBytesMax);
    if (!authorities) return failure(authorities.error(), TlsCredentialPart::authorities);
    credentials.authorities = as_text(authorities->reveal());
    if (credentials.authorities.empty()) {
      return Failure{TlsFileError{std::nullopt, transport::TlsCredentialFault::no_certificate,
                                  TlsCredentialPart::authorities,
                                  about(files.authorities, "is empty, and would leave the network open")}};
    }
  }
  const auto verdict = transport::check(credentials, now);
  if (verdict) return credentials;
  return Failure{TlsFileError{std::nullopt, verdict.error().fault, verdict.error().part,
                              about(file_of(verdict.error().part, files), verdict.error().message)}};
}

Result<TlsCredentials, TlsFileError> own_tls_file(const std::filesystem::path& path, std::int64_t now) {
  std::error_code none;
  if (!std::filesystem::exists(path, none)) {
    const auto made = transport::make_certificate();
    if (!made) {
      return Failure{TlsFileError{std::nullopt, made.error().fault, made.error().part,
                                  about(path, made.error().message)}};
    }
    const ByteView key = made->key.reveal();
    const ByteView chain = as_bytes(made->chain);
    crypto::SecretBuffer content(key.size() + chain.size());
    std::copy(key.begin(), key.end(), content.writable().begin());
    std::copy(chain.begin(), chain.end(),
              content.writable().begin() + static_cast<std::ptrdiff_t>(key.size()));
    const auto created = create_secret_file(path, content.reveal());
    // Another process of the same folder may have been faster.
    if (!created && created.error().fault != SecretFileFault::exists)
      return failure(created.error(), TlsCredentialPart::chain);
  }
  auto own = read_tls_files({path, path, {}}, now);
  if (!own && own.error().content) {
    return Failure{TlsFileError{std::nullopt, own.error().content, own.error().part,
                                own.error().message + "; or delete the file, and a new one is made"}};
  }
  return own;
}

}  // namespace ringwire::storage
