// What the JSON library is shown of a text, so that its memory does not grow with it.
//
// Attack: the library holds a string twice, in buffers that double, holds whatever came since the last string
// or number, and repeats that several times in the text of an error: many times a text that is made for it.
//
// Rules
//  - A string longer than kJsonTokenMax is checked here and shown as an empty one; restore() has its bytes.
//    With escape sequences it is refused: no value of ours has that many.
//  - White space between tokens is shown as one space.
//  - More than kJsonTokenMax bytes without a string or the beginning of a number are refused: brackets,
//    literals, one number.
//
// So the library takes at most kJsonLibraryBytes, whatever the text. Refused is shown as the end of the text;
// error() then says why. O(bytes), no allocation. Thread: one. The text must outlive it.
#pragma once

#include <cstddef>
#include <iterator>
#include <string_view>

#include "codec/wire/malformed.hpp"

namespace ringwire::wire {

// Far above what a record needs: 66 bytes for a hash, one list directly in another nowhere.
inline constexpr std::size_t kJsonTokenMax = 4096;
inline constexpr std::size_t kJsonLibraryBytes = 20 * kJsonTokenMax;

class JsonInput {
 public:
  explicit JsonInput(std::string_view text);
  JsonInput(const JsonInput&) = delete;
  JsonInput& operator=(const JsonInput&) = delete;

  // All that begin are one: it reads on where any of them stands.
  class Iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = char;
    using difference_type = std::ptrdiff_t;
    using pointer = const char*;
    using reference = char;

    Iterator() = default;
    explicit Iterator(JsonInput& input) : input_(&input) {}
    char operator*() const { return input_->shown(); }
    Iterator& operator++() {
      input_->step();
      return *this;
    }
    bool operator==(const Iterator& other) const { return ended() == other.ended(); }

   private:
    [[nodiscard]] bool ended() const { return input_ == nullptr || input_->at_ == input_->end_; }

    JsonInput* input_ = nullptr;
  };
  Iterator begin() { return Iterator(*this); }
  static Iterator end() { return {}; }

  // The string that the library has just read, where it says `read`.
  std::string_view restore(std::string_view read);

  [[nodiscard]] Malformed error() const { return error_; }
  // Bytes of the text read so far, or where it was refused.
  [[nodiscard]] std::size_t offset() const { return static_cast<std::size_t>(furthest_ - start_); }

 private:
  [[nodiscard]] char shown() const;
  void step();
  void open_string();
  void stop(Malformed error);

  const char* start_;
  const char* at_;
  const char* end_;
  const char* furthest_;
  const char* closing_ = nullptr;  // the quote that ends the string around at_
  std::size_t run_ = 0;            // bytes shown since the last string or beginning of a number
  std::string_view hidden_;
  Malformed error_ = Malformed::none;
};

}  // namespace ringwire::wire
