// Files that hold a secret, and files beside them: read in whole, made once.
//
// Who has the secret is the node, so
//  - a file with a secret that its group or others may touch is refused, not repaired: somebody may have read
//    it already;
//  - an existing file is never overwritten, not even by one made in the same instant by another process;
//  - a new file is on the disk, name and content, before it is used, and a torn one never stands under the
//    name.
//
// Errors: the operator's to correct. Thread: any; these functions wait for the disk and belong before the
// shards start.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "codec/base/bytes.hpp"
#include "codec/base/result.hpp"
#include "codec/crypto/secret.hpp"

namespace ringwire::storage {

enum class SecretFileFault : std::uint8_t {
  absent,      // read: there is no such file
  exists,      // create: there is one, and it stays as it is
  exposed,     // others than the owner may read or write it
  not_a_file,  // a folder, a device
  too_large,
  disk,  // the system refused
};

struct SecretFileError {
  SecretFileFault fault{};
  std::string message;  // one line: the file, what is wrong, what to do
};

// `message` with the name of the file before it.
std::string about(const std::filesystem::path& path, std::string_view message);

// Of at most `bytes_max`, by its owner only.
Result<crypto::SecretBuffer, SecretFileError> read_secret_file(const std::filesystem::path& path,
                                                               std::size_t bytes_max);
// One that anybody may read.
Result<crypto::SecretBuffer, SecretFileError> read_open_file(const std::filesystem::path& path,
                                                             std::size_t bytes_max);
// For its owner only, whatever the umask.
Status<SecretFileError> create_secret_file(const std::filesystem::path& path, ByteView content);

}  // namespace ringwire::storage
