#include "engine/node/open_files.hpp"

#include <fmt/core.h>
#include <sys/resource.h>

#include <algorithm>

#include "engine/node/settings.hpp"
#include "engine/node/validate.hpp"

namespace ringwire::node {
namespace {

// Beside those of peers, per shard (ring, doorbell, listeners) and per process (log, metrics, store, ports).
constexpr std::uint64_t kDescriptorsPerShard = 16;
constexpr std::uint64_t kDescriptorsPerProcess = 64;

}  // namespace

OpenFiles open_files(const Config& config) {
  const ShardId shards = shard_count(config);
  const std::uint64_t beside = shards * kDescriptorsPerShard + kDescriptorsPerProcess;
  OpenFiles files{connections_of(config, shards) + beside, beside};
  for (ShardId id = 0; id < shards; ++id) {
    files.useful += settings_of(config, shards, id).driver.connections_max;
  }
  return files;
}

Status<std::string> reserve_open_files(const OpenFiles& files, std::string_view lower) {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_max < files.needed) {
    return Failure{
        fmt::format("open files: {0} needed, {1} allowed; raise the limit (as root: ulimit -Hn {0}; "
                    "in a systemd unit: LimitNOFILE={0}) or lower {2}",
                    files.needed, static_cast<std::uint64_t>(limit.rlim_max), lower)};
  }
  if (limit.rlim_cur >= files.useful) return Done{};
  limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, files.useful);
  if (setrlimit(RLIMIT_NOFILE, &limit) == 0) return Done{};
  return Failure{fmt::format("open files: the limit cannot be raised to {}", files.useful)};
}

}  // namespace ringwire::node
