// Schemas of Protocol Buffers (proto3) from the tables of records: what a member is there, and the text of a
// schema file. The codec is codec/wire/protobuf_codec.hpp; tests hold the two against each other.
#pragma once

#include <cctype>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tests/unit/codec/wire/schema_groups.hpp"

namespace ringwire::wire {

// Not ringwire.wire: in C++ that would be the namespace of our records, which have the same names.
inline constexpr std::string_view kSchemaPackage = "ringwire.proto";

enum class SchemaLabel : std::uint8_t { none, optional, repeated };

struct SchemaType {
  std::string word;    // of the language, or the name of a message
  std::string schema;  // the file of that message
  std::string note;
};

struct SchemaField {
  std::uint32_t number = 0;
  std::string json_name;
  SchemaType type;
  SchemaLabel label = SchemaLabel::none;
  std::string list;  // a list that may be absent: the name of the message that stands around it
  std::string note;
};

// Where it is registered; nowhere: empty.
struct RecordPlace {
  std::string_view name;
  std::string_view schema;
};
template <class T>
constexpr RecordPlace place_of() {
  RecordPlace place;
  each_record(kSchemaGroups, [&]<class Record>(const auto& group, const NamedRecord<Record>& named) {
    if constexpr (std::is_same_v<Record, T>) place = {named.name, group.schema};
  });
  return place;
}

template <class T>
struct SchemaOf {
  static SchemaType type() {
    if constexpr (Described<T>) {
      constexpr RecordPlace kPlace = place_of<T>();
      static_assert(!kPlace.name.empty(), "a record inside another: add it to tests/support/records.hpp");
      return {std::string(kPlace.name), std::string(kPlace.schema), ""};
    } else if constexpr (std::is_same_v<T, bool>) {
      return {"bool", "", ""};
    } else if constexpr (std::is_integral_v<T>) {
      return {"uint64", "", sizeof(T) == 8 ? "" : std::to_string(8 * sizeof(T)) + " bits"};
    } else if constexpr (std::is_same_v<T, std::string_view>) {
      return {"string", "", ""};
    } else if constexpr (std::is_same_v<T, Uint256>) {
      return {"bytes", "", "integer"};
    } else if constexpr (std::is_same_v<T, Envelope>) {
      return {"bytes", "", "envelope"};
    } else if constexpr (std::is_same_v<T, ByteView>) {
      return {"bytes", "", ""};
    } else {
      static_assert(kIsFixedBytes<T>, "a member of a new kind: say what it is in a schema");
      return {"bytes", "", std::to_string(sizeof(T::bytes)) + " bytes"};
    }
  }
  static constexpr SchemaLabel kLabel = SchemaLabel::none;
};
template <class T>
struct SchemaOf<List<T>> : SchemaOf<T> {
  static constexpr SchemaLabel kLabel = SchemaLabel::repeated;
};
template <class T>
struct SchemaOf<std::optional<T>> : SchemaOf<T> {
  static constexpr SchemaLabel kLabel = SchemaLabel::optional;
};

// "gasLimit" as "gas_limit".
inline std::string snake_case(std::string_view camel) {
  std::string snake;
  for (const char letter : camel) {
    const auto code = static_cast<unsigned char>(letter);
    if (std::isupper(code) != 0) snake += '_';
    snake += static_cast<char>(std::tolower(code));
  }
  return snake;
}

inline std::string kind_words(KindSet kinds) {
  std::string words;
  for (unsigned kind = 0; kind < 32; ++kind) {
    if ((kinds >> kind & 1) != 0) words += (words.empty() ? "" : ", ") + std::to_string(kind);
  }
  return words;
}

template <class T, class Member, FieldRole kRole>
SchemaField schema_field(const Field<T, Member, kRole>& field, std::uint32_t number) {
  SchemaField made{number, std::string(field.name), {}, SchemaLabel::none, "", ""};
  if constexpr (kRole == FieldRole::kind) {
    made.type = {"uint64", "", ""};
    made.note = "kind: " + kind_words(Describe<T>::kKinds);
    return made;
  } else {
    made.type = SchemaOf<Member>::type();
    made.label = SchemaOf<Member>::kLabel;
    made.note = made.type.note;
  }
  if constexpr (kRole == FieldRole::trailing) {
    if (kIsList<typename Member::value_type>) {
      made.note.clear();
      made.list = made.json_name + "List";
      made.list[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(made.list[0])));
    }
  }
  if (field.kinds != kEveryKind)
    made.note += (made.note.empty() ? "kinds " : "; kinds ") + kind_words(field.kinds);
  return made;
}

template <class T>
std::vector<SchemaField> schema_fields() {
  std::vector<SchemaField> fields;
  each_field<T>([&](const auto& field, std::uint32_t number) {
    fields.push_back(schema_field(field, number));
    return true;
  });
  return fields;
}

inline std::string noted(const std::string& line, const std::string& note) {
  return line + (note.empty() ? "" : "  // " + note) + "\n";
}

inline std::string field_line(const SchemaField& field) {
  static constexpr std::string_view kLabels[] = {"", "optional ", "repeated "};
  const std::string label(kLabels[static_cast<std::size_t>(field.label)]);
  const std::string& type = field.list.empty() ? field.type.word : field.list;
  const std::string name = snake_case(field.json_name);
  return noted("  " + label + type + " " + name + " = " + std::to_string(field.number) + ";", field.note);
}

inline std::string message_text(std::string_view name, const std::vector<SchemaField>& fields) {
  std::string text = "\nmessage " + std::string(name) + " {\n";
  for (const SchemaField& field : fields) {
    if (field.list.empty()) continue;
    text += "  message " + field.list + " {\n";
    text += noted("    repeated " + field.type.word + " items = 1;", field.type.note) + "  }\n";
  }
  for (const SchemaField& field : fields) text += field_line(field);
  return text + "}\n";
}

template <class... T>
std::string schema_text(const RecordGroup<T...>& group) {
  std::string messages;
  std::set<std::string> imports;
  const auto add = [&]<class Record>(const NamedRecord<Record>& named) {
    const auto fields = schema_fields<Record>();
    messages += message_text(named.name, fields);
    for (const SchemaField& field : fields) imports.insert(field.type.schema);
  };
  std::apply([&](const auto&... named) { (add(named), ...); }, group.records);
  imports.erase("");
  imports.erase(std::string(group.schema));

  std::string text = "// " + std::string(group.about) + R"(
//
// Made from the tables of the records (codec/wire/describe.hpp) by `ninja -C build wire-schemas`; a test
// holds it against them. Unknown fields are refused; a message is there where it is neither optional nor
// repeated. Notes say what else this language cannot:
//   N bytes    exactly that many, there like messages
//   N bits     the integer has no more
//   integer    big-endian, no zero byte first, at most 32 bytes; 0 is nothing
//   envelope   an RLP list, or a byte from 1 to 127 and what that kind is (EIP-2718)
//   kind       which of these the record is
//   kinds      only records of these have the field
syntax = "proto3";
)";
  text += "\npackage " + std::string(kSchemaPackage) + ";\n";
  if (!imports.empty()) text += "\n";
  for (const std::string& file : imports) text += "import \"" + file + "\";\n";
  return text + messages;
}

}  // namespace ringwire::wire
