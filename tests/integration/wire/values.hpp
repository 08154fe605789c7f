// JSON of a record of fixed layout, field by field; and why bytes are no record.
#pragma once

#include <string>

#include "codec/base/result.hpp"
#include "codec/wire/json_text.hpp"
#include "tests/integration/wire/coder.hpp"

namespace ringwire::wire {

using Read = Result<Spoken, std::string>;

inline Failure<std::string> none(const char* why) {
  return {why};
}

class Json {
 public:
  Json& number(const char* key, const Uint256& value) {
    append_quantity(at(key), value);
    return *this;
  }
  Json& data(const char* key, ByteView value) {
    append_data(at(key), value);
    return *this;
  }
  Json& raw(const char* key, const std::string& value) {
    at(key) += value;
    return *this;
  }
  [[nodiscard]] std::string text() const { return text_ + '}'; }

 private:
  std::string& at(const char* key) {
    text_ += text_.size() == 1 ? "\"" : ",\"";
    return (text_ += key) += "\":";
  }
  std::string text_ = "{";
};

}  // namespace ringwire::wire
