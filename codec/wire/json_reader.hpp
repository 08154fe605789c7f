// Reads JSON into records by their tables, in one pass and without a tree of values in between.
//
// Attacks: lists nested until the stack ends (the parser does not recurse, and depth has a limit), a tree
// many times the size of its text (there is none), long strings, which the parser would hold several times
// (codec/wire/json_input.hpp), the same key twice with different values (refused), numbers that do not fit.
// Keys that a record does not have are skipped: Ethereum's tools add what they like.
//
// Memory: kStorageFactor times the text in its Storage, lists that are being put together included, and
// besides at most kJsonBytesMax, accepted or not.
//
// A table is what codec/wire/json_codec.hpp makes of codec/wire/describe.hpp once more, with types erased, so
// that the parser's events need no template.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "codec/base/result.hpp"
#include "codec/wire/describe.hpp"
#include "codec/wire/json_input.hpp"
#include "codec/wire/storage.hpp"

namespace ringwire::wire {

inline constexpr std::size_t kJsonDepthMax = 64;  // objects and arrays around a value; ours need 6
// The parser, and a frame and an element for each level of a record.
inline constexpr std::size_t kJsonBytesMax = kJsonLibraryBytes + 16 * 1024;

struct JsonObject;
struct JsonArray;

// What may stand where a member of one type belongs. A function that is null: nothing of that kind may.
struct JsonType {
  Malformed (*set_text)(void* member, std::string_view text, Storage& storage) = nullptr;
  Malformed (*set_number)(void* member, std::uint64_t number) = nullptr;
  Malformed (*set_bool)(void* member, bool value) = nullptr;
  const JsonObject* object = nullptr;
  const JsonArray* array = nullptr;
  bool may_be_null = false;  // and then may be absent too
};

struct JsonField {
  std::string_view name;
  void* (*member)(void* record);
  void (*reset)(void* record);
  const JsonType* type;
  KindSet kinds;
  FieldRole role;
};

struct JsonObject {
  std::span<const JsonField> fields;  // at most 64
  // Which kind the record is of, as a set of one; nothing where there is no such kind.
  KindSet (*kind)(const void* record);
  Malformed (*check)(const void* record);
};

// A list is put together as RLP, element by element.
struct JsonArray {
  const JsonType* element;
  void* (*make)();  // an empty element
  void (*destroy)(void* element);
  // And empties it; false where there is no room.
  bool (*append)(void* element, std::vector<std::uint8_t>& rlp, Storage& storage);
  void (*finish)(void* list, ByteView rlp, std::uint32_t count);
};

// All of `text`, into `record` of type `type`.
Status<DecodeError> read_json(ByteView text, const JsonObject& type, void* record, Storage& storage);

}  // namespace ringwire::wire
