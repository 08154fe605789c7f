// Records as messages of libprotobuf, set field by field through its reflection: by the name and number that
// the table says, and without a line of our codec.
#pragma once

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <algorithm>
#include <memory>
#include <string>

#include "tests/unit/codec/wire/schema_text.hpp"

namespace ringwire::wire {

namespace gp = google::protobuf;

// The generated class of a record; a null pointer where there is none.
template <class T>
const gp::Descriptor* descriptor_of() {
  const std::string name = std::string(kSchemaPackage) + "." + std::string(place_of<T>().name);
  return gp::DescriptorPool::generated_pool()->FindMessageTypeByName(name);
}
template <class T>
std::unique_ptr<gp::Message> new_message() {
  return std::unique_ptr<gp::Message>(
      gp::MessageFactory::generated_factory()->GetPrototype(descriptor_of<T>())->New());
}

template <class T>
void set_fields(gp::Message& message, const T& record);

// Sets one field, or adds an element to a repeated one.
class FieldSetter {
 public:
  FieldSetter(gp::Message& message, std::uint32_t number)
      : message_(message),
        field_(message.GetDescriptor()->FindFieldByNumber(static_cast<int>(number))),
        to_(*message.GetReflection()) {}

  void set(bool value) {
    field_->is_repeated() ? to_.AddBool(&message_, field_, value) : to_.SetBool(&message_, field_, value);
  }
  template <std::unsigned_integral T>
  void set(T value) {
    field_->is_repeated() ? to_.AddUInt64(&message_, field_, value) : to_.SetUInt64(&message_, field_, value);
  }
  void set(std::string_view value) {
    std::string text(value);
    field_->is_repeated() ? to_.AddString(&message_, field_, std::move(text))
                          : to_.SetString(&message_, field_, std::move(text));
  }
  void set(ByteView value) { set(as_text(value)); }
  void set(const Envelope& value) { set(as_text(value.bytes)); }
  void set(const Uint256& value) {
    const auto bytes = value.to_be();
    const auto first = std::find_if(bytes.begin(), bytes.end(), [](std::uint8_t byte) { return byte != 0; });
    set(ByteView(first, bytes.end()));
  }
  template <std::size_t kSize, class Tag>
  void set(const FixedBytes<kSize, Tag>& value) {
    set(value.view());
  }
  template <Described T>
  void set(const T& record) {
    set_fields(message(), record);
  }
  template <class T>
  void set(const List<T>& list) {
    for (const T& element : list) set(element);
  }
  // A list that may be absent is a message with one.
  template <class T>
  void set(const std::optional<T>& value) {
    if (!value) return;
    if constexpr (kIsList<T>) {
      FieldSetter(message(), 1).set(*value);
    } else {
      set(*value);
    }
  }

 private:
  gp::Message& message() {
    return field_->is_repeated() ? *to_.AddMessage(&message_, field_)
                                 : *to_.MutableMessage(&message_, field_);
  }

  gp::Message& message_;
  const gp::FieldDescriptor* field_;
  const gp::Reflection& to_;
};

template <class T>
void set_fields(gp::Message& message, const T& record) {
  each_field<T>(
      [&]<class Member, FieldRole kRole>(const Field<T, Member, kRole>& field, std::uint32_t number) {
        FieldSetter setter(message, number);
        if constexpr (kRole == FieldRole::kind) {
          setter.set(static_cast<std::uint8_t>(record.*field.member));
        } else if (has(record, field)) {
          setter.set(record.*field.member);
        }
        return true;
      });
}

template <class T>
std::unique_ptr<gp::Message> reflected(const T& record) {
  auto message = new_message<T>();
  set_fields(*message, record);
  return message;
}

}  // namespace ringwire::wire
