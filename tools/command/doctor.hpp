// Whether this machine suits a node: what was found, what to change, and how.
//
// Two halves: read_facts() asks the system, examine() judges and is pure, so that every verdict can be tested
// without a machine that deserves it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "codec/crypto/aead.hpp"
#include "engine/api/config.hpp"

namespace ringwire::command {

struct Limit {
  std::uint64_t soft = 0;
  std::uint64_t hard = 0;
};
inline constexpr std::uint64_t kUnlimited = UINT64_MAX;

struct Facts {
  std::string kernel;
  std::uint32_t cpus = 0;                     // that this process may use
  std::optional<std::string> uring_unusable;  // cause and remedy
  std::uint64_t memory_bytes = kUnlimited;    // that this process may use
  Limit open_files;
  Limit locked_bytes;
  std::optional<std::uint64_t> listen_backlog_max;  // net.core.somaxconn
  std::optional<std::uint64_t> receive_buffer_max;  // third number of net.ipv4.tcp_rmem
  std::optional<std::uint64_t> send_buffer_max;     // third number of net.ipv4.tcp_wmem
  std::string congestion_control;
  crypto::AeadChoice aead;
};

enum class Verdict : std::uint8_t {
  fine,
  advice,   // a node runs, but not as well as it could
  blocked,  // a node with this configuration does not run
};
const char* name(Verdict verdict);

struct Check {
  std::string name;
  std::string value;
  Verdict verdict = Verdict::fine;
  std::string change;  // what to do; empty where nothing is to be done
};

// `proc` is /proc, or what a test put in its place.
Facts read_facts(const std::filesystem::path& proc);
std::vector<Check> examine(const Facts& facts, const Config& config);

}  // namespace ringwire::command
