// Records with a member of every kind, of every role and in kinds: what the records of the protocol do not
// have together.
#pragma once

#include "codec/wire/describe.hpp"
#include "codec/wire/list.hpp"

namespace ringwire::wire {

using Hash4 = FixedBytes<4, struct Hash4Tag>;

struct Inner {
  std::uint16_t port = 0;
  std::string_view text;
};
template <>
struct Describe<Inner> {
  static constexpr auto kFields =
      std::tuple(field("port", &Inner::port).decimal(), field("text", &Inner::text));
};

struct Sample {
  bool flag = false;
  std::uint8_t small = 0;
  std::uint64_t large = 0;
  Uint256 huge;
  Hash4 hash;
  ByteView bytes;
  std::string_view text;
  std::optional<Hash4> maybe;
  List<std::uint32_t> numbers;
  List<Hash4> hashes;
  List<ByteView> blobs;
  List<Inner> inners;
  List<Uint256> huges;
  List<std::string_view> texts;
  Inner inner;
  std::optional<std::uint64_t> late;
  std::optional<Hash4> later;
  std::optional<Uint256> latest;
  std::optional<List<std::uint16_t>> last_numbers;
  std::optional<List<Inner>> last_inners;
};
template <>
struct Describe<Sample> {
  static constexpr auto kFields = std::tuple(
      field("flag", &Sample::flag), field("small", &Sample::small), field("largeOne", &Sample::large),
      field("huge", &Sample::huge), field("hash", &Sample::hash), field("bytes", &Sample::bytes),
      field("text", &Sample::text), field("maybe", &Sample::maybe), field("numbers", &Sample::numbers),
      field("hashes", &Sample::hashes), field("blobs", &Sample::blobs), field("inners", &Sample::inners),
      field("huges", &Sample::huges), field("texts", &Sample::texts), field("inner", &Sample::inner),
      trailing("late", &Sample::late), trailing("later", &Sample::later), trailing("latest", &Sample::latest),
      trailing("lastNumbers", &Sample::last_numbers), trailing("lastInners", &Sample::last_inners));
};

struct Shape {
  std::uint8_t kind = 0;
  std::uint64_t radius = 0;
  std::uint64_t width = 0;
  ByteView note;
};
template <>
struct Describe<Shape> {
  static constexpr auto kKind = &Shape::kind;
  static constexpr KindSet kKinds = kind_set({0, 1, 5});
  static constexpr auto kFields =
      std::tuple(kind_field("type", &Shape::kind), field("radius", &Shape::radius).only(kind_set({0})),
                 field("width", &Shape::width).only(kind_set({1, 5})), field("note", &Shape::note));
  static Malformed check(const Shape& shape) {
    return shape.radius == 13 ? Malformed::bad_value : Malformed::none;
  }
};
class RecordMaker;
inline void make_valid(Shape& shape, RecordMaker&) {
  if (shape.radius == 13) shape.radius = 14;
}

struct Drawing {
  List<Shape> shapes;
  Shape frame;
};
template <>
struct Describe<Drawing> {
  static constexpr auto kFields =
      std::tuple(field("shapes", &Drawing::shapes), field("frame", &Drawing::frame));
};

}  // namespace ringwire::wire
