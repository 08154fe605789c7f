// The file that holds a node's secret key: 64 hexadecimal digits and a newline, readable by its owner only.
//
// Who has the key is the node; so the rules of secret_file.hpp hold.
//
// Errors: the operator's to correct. Thread: any; these functions wait for the disk and belong before the
// shards start. Randomness comes from getrandom(2).
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "codec/base/result.hpp"
#include "codec/crypto/identity.hpp"

namespace ringwire::storage {

enum class KeyFileFault : std::uint8_t {
  absent,   // read: there is no such file
  exists,   // create: there is one, and it stays as it is
  exposed,  // others than the owner may read or write it
  no_key,   // it does not hold a key
  disk,     // the system refused
};

struct KeyFileError {
  KeyFileFault fault{};
  std::string message;  // one line: the file, what is wrong, what to do
};

Result<crypto::SecretKey, KeyFileError> read_key_file(const std::filesystem::path& path);
Result<crypto::SecretKey, KeyFileError> create_key_file(const std::filesystem::path& path);

}  // namespace ringwire::storage
