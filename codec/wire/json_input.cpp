#include "codec/wire/json_input.hpp"

#include <algorithm>
#include <utility>

#include "codec/wire/utf8.hpp"

namespace ringwire::wire {
namespace {

bool is_space(char c) {
  return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

bool is_between_tokens(char c) {
  return is_space(c) || c == '[' || c == ',' || c == ':';
}

bool begins_number(char c) {
  return c == '-' || (c >= '0' && c <= '9');
}

bool has_control(std::string_view text) {
  return std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20; });
}

// The quote that ends the string of which `text` is the rest; npos where nothing does.
std::size_t closing_quote(std::string_view text) {
  const std::size_t quote = text.find('"');
  std::size_t at = text.substr(0, quote).find('\\');
  if (at == text.npos) return quote;
  for (; at < text.size() && text[at] != '"'; ++at) {
    if (text[at] == '\\') ++at;
  }
  return at < text.size() ? at : text.npos;
}

}  // namespace

JsonInput::JsonInput(std::string_view text)
    : start_(text.data()), at_(text.data()), end_(text.data() + text.size()), furthest_(text.data()) {}

char JsonInput::shown() const {
  return closing_ == nullptr && is_space(*at_) ? ' ' : *at_;
}

void JsonInput::step() {
  const char passed = *at_++;
  furthest_ = at_;
  if (closing_ != nullptr) {
    if (at_ > closing_) closing_ = nullptr;
    return;
  }
  if (passed == '"') return open_string();
  while (is_space(passed) && at_ < end_ && is_space(*at_)) ++at_;
  ++run_;
  if (at_ < end_ && begins_number(*at_) && is_between_tokens(passed)) run_ = 0;
  if (run_ > kJsonTokenMax) stop(Malformed::no_room);
}

void JsonInput::open_string() {
  run_ = 0;
  const std::string_view rest(at_, static_cast<std::size_t>(end_ - at_));
  const std::size_t size = closing_quote(rest);
  if (size == rest.npos) return stop(Malformed::bad_text);
  closing_ = at_ + size;
  if (size <= kJsonTokenMax) return;
  const std::string_view text = rest.substr(0, size);
  if (has_control(text) || !is_utf8(text)) return stop(Malformed::bad_text);
  if (text.find('\\') != text.npos) return stop(Malformed::no_room);
  hidden_ = text;
  at_ = closing_;
}

void JsonInput::stop(Malformed error) {
  error_ = error;
  at_ = end_;
}

std::string_view JsonInput::restore(std::string_view read) {
  return read.empty() ? std::exchange(hidden_, {}) : read;
}

}  // namespace ringwire::wire
