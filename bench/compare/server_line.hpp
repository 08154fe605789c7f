// What a server under test and the process that measures it tell each other: the port, once; afterwards the
// server's own counters, whenever they are asked for.
//
// Threads: a server answers on a thread that does nothing else, so that asking costs the measured ones
// nothing.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>

namespace ringwire::compare {

// "ringwire_egress_sends_total" or, with labels, "ringwire_copied_bytes_total{shard=\"0\",reason=\"unpin\"}".
using Counters = std::map<std::string, double>;

// Of all series of that name that have `label` ("reason=\"unpin\"") among their labels; all of them for "".
double sum(const Counters& counters, const std::string& name, const std::string& label = "");

// The server's end.
class Ready {
 public:
  explicit Ready(int line) : line_(line) {}

  // Once, when the server listens. Ends the process where nobody waits for it.
  void operator()(std::uint16_t port) const;

  // For Subject::counts: answers until the process is killed.
  [[noreturn]] void answer(const std::function<Counters()>& read) const;

 private:
  int line_;
};

// The measuring end. 0 where the server ended before it listened.
std::uint16_t receive_port(int line);
// Throws std::runtime_error where the server has ended.
Counters ask_counters(int line);

}  // namespace ringwire::compare
