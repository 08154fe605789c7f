#include "engine/driver/driver.hpp"

#include <cerrno>
#include <string_view>

#include "engine/driver/errno_table.hpp"

namespace ringwire::driver {
namespace {

// What an operator can change about a failure to open a socket; empty where nothing can be said in general.
std::string_view hint(std::string_view operation, std::int32_t error) {
  const bool connecting = operation == "connect";
  switch (error) {
    case EACCES:
    case EPERM:
      return connecting ? "see whether a firewall rule or sandbox forbids outgoing connections"
                        : "choose a port of 1024 or above, or grant CAP_NET_BIND_SERVICE";
    case EADDRINUSE:
      return connecting ? "every local port towards it is taken: widen net.ipv4.ip_local_port_range"
                        : "choose another port, or stop the process that has it (`ss -lntup` names it)";
    case EADDRNOTAVAIL:
      return connecting ? "every local port towards it is taken: widen net.ipv4.ip_local_port_range"
                        : "listen on 0.0.0.0, on [::], or on an address that `ip address` lists";
    case EAFNOSUPPORT:
      return "use an IPv4 address, or load the kernel's IPv6 support";
    case EMFILE:
      return "raise the limit of open files (`ulimit -n`, LimitNOFILE= of the service)";
    case ENFILE:
      return "raise fs.file-max";
    case ENOBUFS:
    case ENOMEM:
      return "lower the number of connections, or give the machine more memory";
    case ENOSPC:
      return "raise fs.epoll.max_user_watches";
    case ENETUNREACH:
    case EHOSTUNREACH:
      return "add a route to it (`ip route`)";
    case kNoSlot:
      return operation == kOpenDatagrams ? "listen on fewer addresses" : "raise limits.connections_max";
    default:
      return {};
  }
}

}  // namespace

const char* name(Kind kind) {
  switch (kind) {
    case Kind::uring:
      return "io_uring";
    case Kind::epoll:
      return "epoll";
    case Kind::sim:
      return "sim";
  }
  return "unknown";
}

std::string SocketError::message() const {
  std::string line = "cannot " + operation + " " + endpoint.to_string() + ": " + explain(error);
  if (const std::string_view what = hint(operation, error); !what.empty()) line.append("; ").append(what);
  return line;
}

}  // namespace ringwire::driver
