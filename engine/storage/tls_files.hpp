// The files of TLS: made by us, or given by the operator.
//
//   made    one file with key and certificate, so that both are there or neither. It is no part of who the
//           node is: a lost one is made again
//   given   a file with the chain, one with the key, and in a closed network one with its authorities
//
// What is read is checked and tried before it is used (engine/transport/tls_certificate.hpp). Rules of secret
// files: secret_file.hpp. Errors: the operator's to correct. Thread: any, before the shards start.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "codec/base/result.hpp"
#include "engine/storage/secret_file.hpp"
#include "engine/transport/tls_certificate.hpp"

namespace ringwire::storage {

struct TlsFiles {
  std::filesystem::path chain;
  std::filesystem::path key;          // may be the same file
  std::filesystem::path authorities;  // empty: an open network
};

struct TlsFileError {
  std::optional<SecretFileFault> file;  // else what is in it:
  std::optional<transport::TlsCredentialFault> content;
  transport::TlsCredentialPart part{};  // which of the files
  std::string message;                  // one line: the file, what is wrong, what to do
};

// `now` in seconds since 1970.
Result<transport::TlsCredentials, TlsFileError> read_tls_files(const TlsFiles& files, std::int64_t now);

// Makes the file where there is none.
Result<transport::TlsCredentials, TlsFileError> own_tls_file(const std::filesystem::path& path,
                                                             std::int64_t now);

}  // namespace ringwire::storage
