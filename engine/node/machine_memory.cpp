#include "engine/node/machine_memory.hpp"

#include <sys/resource.h>

#include <fstream>
#include <optional>
#include <string_view>

namespace ringwire::node {
namespace {

namespace fs = std::filesystem;

std::optional<std::uint64_t> read_number(const fs::path& file) {
  std::ifstream stream(file);
  std::uint64_t number = 0;
  if (stream >> number) return number;
  return std::nullopt;  // "max", or no such file
}

void lower(MemoryLimit& limit, std::optional<std::uint64_t> bytes, std::string whose) {
  if (!bytes || *bytes >= limit.bytes) return;
  limit.bytes = *bytes;
  limit.whose = std::move(whose);
}

std::optional<std::uint64_t> machine_bytes(const fs::path& root) {
  std::ifstream stream(root / "proc/meminfo");
  std::string name;
  std::uint64_t kilobytes = 0;
  if (stream >> name >> kilobytes && name == "MemTotal:") return kilobytes * 1024;
  return std::nullopt;
}

// A group may have less than the groups above it, or more.
void apply_group(MemoryLimit& limit, const fs::path& hierarchy, const char* file, const fs::path& group) {
  fs::path folder = hierarchy;
  lower(limit, read_number(folder / file), "its control group / allows");
  fs::path name = "/";
  for (const fs::path& part : group.relative_path()) {
    folder /= part;
    name /= part;
    lower(limit, read_number(folder / file), "its control group " + name.string() + " allows");
  }
}

// Lines of "number:controllers:path"; the unified hierarchy has number 0 and no controllers.
void apply_groups(MemoryLimit& limit, const fs::path& root) {
  std::ifstream stream(root / "proc/self/cgroup");
  const fs::path mounted = root / "sys/fs/cgroup";
  for (std::string line; std::getline(stream, line);) {
    const std::size_t first = line.find(':');
    const std::size_t second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string controllers = "," + line.substr(first + 1, second - first - 1) + ",";
    const fs::path group = line.substr(second + 1);
    if (controllers == ",,") apply_group(limit, mounted, "memory.max", group);
    if (controllers.find(",memory,") != std::string::npos)
      apply_group(limit, mounted / "memory", "memory.limit_in_bytes", group);
  }
}

void apply_process_limit(MemoryLimit& limit, decltype(RLIMIT_AS) resource, const char* whose) {
  rlimit own{};
  if (getrlimit(resource, &own) == 0 && own.rlim_cur != RLIM_INFINITY) lower(limit, own.rlim_cur, whose);
}

}  // namespace

MemoryLimit memory_limit(const fs::path& root) {
  MemoryLimit limit;
  lower(limit, machine_bytes(root), "this machine has");
  apply_groups(limit, root);
  apply_process_limit(limit, RLIMIT_AS, "its own limit (ulimit -v) allows");
  apply_process_limit(limit, RLIMIT_DATA, "its own limit (ulimit -d) allows");
  return limit;
}

}  // namespace ringwire::node
