#include "codec/wire/json_reader.hpp"

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "codec/wire/json_input.hpp"

namespace ringwire::wire {
namespace {

using Json = nlohmann::json;

// An object or array that is being read.
struct Frame {
  const JsonObject* object = nullptr;
  const JsonArray* array = nullptr;
  void* target = nullptr;  // the record, or the list
  std::uint64_t seen = 0;  // fields of the record
  std::unique_ptr<void, void (*)(void*)> element{nullptr, nullptr};
  std::vector<std::uint8_t> rlp;  // elements so far
  std::uint32_t count = 0;
};

// Where the next value goes; without a type nowhere: it is skipped.
struct Slot {
  const JsonType* type = nullptr;
  void* member = nullptr;
  std::uint64_t seen = 0;  // of the record around it, before
};

class Handler {
 public:
  Handler(const JsonType& root, void* record, Storage& storage, JsonInput& input)
      : slot_{&root, record}, storage_(storage), input_(input) {}

  // As if the key had not been there.
  bool null() {
    return value([&](const JsonType& type, void*) {
      if (!type.may_be_null) return refused(type);
      frames_.back().seen = slot_.seen;
      return Malformed::none;
    });
  }
  bool boolean(bool flag) {
    return value([&](const JsonType& type, void* member) {
      return type.set_bool != nullptr ? type.set_bool(member, flag) : refused(type);
    });
  }
  bool number_unsigned(std::uint64_t number) {
    return value([&](const JsonType& type, void* member) {
      return type.set_number != nullptr ? type.set_number(member, number) : refused(type);
    });
  }
  bool number_integer(std::int64_t) { return value(refuse); }
  bool number_float(double, const std::string&) { return value(refuse); }
  bool string(const std::string& read) {
    const std::string_view text = input_.restore(read);
    return value([&](const JsonType& type, void* member) {
      return type.set_text != nullptr ? type.set_text(member, text, storage_) : refused(type);
    });
  }
  bool binary(std::vector<std::uint8_t>&) { return fail(Malformed::bad_text); }

  bool key(const std::string& read);
  bool start_object(std::size_t) { return start(true); }
  bool start_array(std::size_t) { return start(false); }
  bool end_object();
  bool end_array();
  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) {
    return fail(Malformed::bad_text);
  }

  [[nodiscard]] Malformed error() const { return error_; }
  [[nodiscard]] std::string_view field() const { return field_; }

 private:
  // Nothing of its kind may stand here.
  static Malformed refused(const JsonType& type) {
    return type.object != nullptr || type.array != nullptr ? Malformed::expected_list : Malformed::bad_value;
  }
  static Malformed refuse(const JsonType& type, void*) { return refused(type); }

  // The parser stops at the first.
  bool fail(Malformed what) {
    error_ = what;
    return false;
  }
  template <class Set>
  bool value(const Set& set);
  bool start(bool is_object);
  bool complete(const Frame& frame);
  bool after_value();
  void next_slot();

  std::vector<Frame> frames_;
  Slot slot_;
  Storage& storage_;
  JsonInput& input_;
  std::size_t skipped_ = 0;  // objects and arrays around us that nobody asked for
  std::string_view field_;   // of the outermost record
  Malformed error_ = Malformed::none;
};

template <class Set>
bool Handler::value(const Set& set) {
  if (skipped_ > 0 || slot_.type == nullptr) return after_value();
  const Malformed what = set(*slot_.type, slot_.member);
  return what == Malformed::none ? after_value() : fail(what);
}

bool Handler::key(const std::string& read) {
  const std::string_view name = input_.restore(read);
  if (skipped_ > 0) return true;
  Frame& frame = frames_.back();
  slot_ = {};
  const auto fields = frame.object->fields;
  const auto found = std::ranges::find(fields, name, &JsonField::name);
  if (found == fields.end()) return true;
  if (frames_.size() == 1) field_ = found->name;
  const std::uint64_t bit = std::uint64_t{1} << (found - fields.begin());
  if ((frame.seen & bit) != 0) return fail(Malformed::wrong_field);
  slot_ = {found->type, found->member(frame.target), frame.seen};
  frame.seen |= bit;
  return true;
}

bool Handler::start(bool is_object) {
  if (frames_.size() + skipped_ >= kJsonDepthMax) return fail(Malformed::too_deep);
  if (skipped_ > 0 || slot_.type == nullptr) {
    ++skipped_;
    return true;
  }
  Frame frame;
  frame.target = slot_.member;
  if (is_object) frame.object = slot_.type->object;
  if (!is_object) frame.array = slot_.type->array;
  if (frame.object == nullptr && frame.array == nullptr) return fail(Malformed::expected_string);
  if (frame.array != nullptr) frame.element = {frame.array->make(), frame.array->destroy};
  frames_.push_back(std::move(frame));
  next_slot();
  return true;
}

// In an array every value goes to the element; in an object the key says.
void Handler::next_slot() {
  slot_ = {};
  if (frames_.empty() || frames_.back().array == nullptr) return;
  slot_ = {frames_.back().array->element, frames_.back().element.get()};
}

bool Handler::after_value() {
  if (skipped_ > 0 || frames_.empty()) return true;
  Frame& frame = frames_.back();
  if (frame.array != nullptr) {
    if (!frame.array->append(frame.element.get(), frame.rlp, storage_)) return fail(Malformed::no_room);
    ++frame.count;
  }
  next_slot();
  return true;
}

bool Handler::end_object() {
  if (skipped_ > 0) {
    --skipped_;
    return after_value();
  }
  if (!complete(frames_.back())) return false;
  frames_.pop_back();
  next_slot();
  return after_value();
}

// What a record of its kind does not have is as if it had not been there.
bool Handler::complete(const Frame& frame) {
  const KindSet kind = frame.object->kind(frame.target);
  if (kind == 0) return fail(Malformed::bad_value);
  bool ended = false;
  std::uint64_t bit = 1;
  for (const JsonField& field : frame.object->fields) {
    const bool is_here = (frame.seen & bit) != 0;
    bit <<= 1;
    if ((field.kinds & kind) == 0) {
      field.reset(frame.target);
    } else if (field.role == FieldRole::trailing) {
      if (is_here && ended) return fail(Malformed::missing_field);
      ended = ended || !is_here;
    } else if (!is_here && field.role == FieldRole::value && !field.type->may_be_null) {
      if (frames_.size() == 1) field_ = field.name;
      return fail(Malformed::missing_field);
    }
  }
  const Malformed what = frame.object->check(frame.target);
  return what == Malformed::none || fail(what);
}

bool Handler::end_array() {
  if (skipped_ > 0) {
    --skipped_;
    return after_value();
  }
  Frame frame = std::move(frames_.back());
  frames_.pop_back();
  const auto kept = storage_.keep(frame.rlp);
  if (!kept) return fail(Malformed::no_room);
  storage_.drop(frame.rlp);
  frame.array->finish(frame.target, *kept, frame.count);
  next_slot();
  return after_value();
}

}  // namespace

Status<DecodeError> read_json(ByteView text, const JsonObject& type, void* record, Storage& storage) {
  JsonType root;
  root.object = &type;
  JsonInput input(as_text(text));
  Handler handler(root, record, storage, input);
  if (Json::sax_parse(input.begin(), JsonInput::end(), &handler)) return Done{};
  const Malformed what = input.error() != Malformed::none ? input.error() : handler.error();
  return Failure{DecodeError{what, static_cast<std::uint32_t>(input.offset()), handler.field()}};
}

}  // namespace ringwire::wire
