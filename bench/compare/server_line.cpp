#include "bench/compare/server_line.hpp"

#include <unistd.h>

#include <sstream>
#include <stdexcept>

#include "bench/compare/raw_socket.hpp"

namespace ringwire::compare {
namespace {

constexpr std::uint8_t kQuestion = '?';

template <class Value>
ByteView bytes_of(const Value& value) {
  return {reinterpret_cast<const std::uint8_t*>(&value), sizeof value};
}
template <class Value>
ByteSpan room_of(Value& value) {
  return {reinterpret_cast<std::uint8_t*>(&value), sizeof value};
}

}  // namespace

double sum(const Counters& counters, const std::string& name, const std::string& label) {
  double total = 0;
  for (auto at = counters.lower_bound(name); at != counters.end() && at->first.starts_with(name); ++at) {
    const std::string& series = at->first;
    const bool same_name = series.size() == name.size() || series[name.size()] == '{';
    if (same_name && series.find(label, name.size()) != std::string::npos) total += at->second;
  }
  return total;
}

void Ready::operator()(std::uint16_t port) const {
  send_whole(line_, bytes_of(port));
}

void Ready::answer(const std::function<Counters()>& read) const {
  std::uint8_t question = 0;
  while (receive_whole(line_, room_of(question))) {
    std::ostringstream text;
    for (const auto& [series, value] : read()) text << series << ' ' << value << '\n';
    const std::string all = text.str();
    send_whole(line_, bytes_of(static_cast<std::uint32_t>(all.size())));
    send_whole(line_, {reinterpret_cast<const std::uint8_t*>(all.data()), all.size()});
  }
  _exit(0);
}

std::uint16_t receive_port(int line) {
  std::uint16_t port = 0;
  return receive_whole(line, room_of(port)) ? port : 0;
}

Counters ask_counters(int line) {
  send_whole(line, bytes_of(kQuestion));
  std::uint32_t size = 0;
  std::string all;
  if (receive_whole(line, room_of(size))) all.resize(size);
  if (all.empty() || !receive_whole(line, {reinterpret_cast<std::uint8_t*>(all.data()), all.size()})) {
    throw std::runtime_error("the server ended");
  }
  Counters counters;
  std::istringstream lines(all);
  for (std::string line_of_text; std::getline(lines, line_of_text);) {
    const std::size_t space = line_of_text.rfind(' ');
    counters[line_of_text.substr(0, space)] = std::stod(line_of_text.substr(space + 1));
  }
  return counters;
}

}  // namespace ringwire::compare
