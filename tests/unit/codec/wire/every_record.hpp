// What holds for every record that has a table: a suite to be instantiated for each of them.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "codec/wire/codec.hpp"
#include "codec/wire/json_codec.hpp"
#include "codec/wire/protobuf_codec.hpp"
#include "codec/wire/rlp_codec.hpp"
#include "tests/support/random_record.hpp"

namespace ringwire::wire {

using Buffer = std::vector<std::uint8_t>;

template <class Codec, class T>
Buffer encoded(const T& record) {
  Buffer bytes(encoded_bytes<Codec>(record));
  encode<Codec>(record, bytes);
  return bytes;
}

template <class Codec, class T>
DecodeError error_of(ByteView bytes) {
  const auto record = decode<Codec, T>(bytes);
  return record.ok() ? DecodeError{} : record.error();
}

template <class T>
DecodeError json_error(std::string_view text) {
  Storage storage(text.size());
  const auto record = decode_json<T>(text, storage);
  return record.ok() ? DecodeError{} : record.error();
}

template <class T>
class EveryRecord : public testing::Test {};
TYPED_TEST_SUITE_P(EveryRecord);

inline constexpr int kRounds = 2000;

TYPED_TEST_P(EveryRecord, IsTheSameAfterRlp) {
  RecordMaker maker(1);
  for (int round = 0; round < kRounds; ++round) {
    const auto record = maker.make<TypeParam>();
    const Buffer bytes = encoded<Rlp>(record);
    const auto decoded = decode<Rlp, TypeParam>(bytes);
    ASSERT_TRUE(decoded.ok()) << decoded.error().to_string();
    ASSERT_TRUE(same(record, *decoded));
    ASSERT_EQ(encoded<Rlp>(*decoded), bytes);
  }
}

TYPED_TEST_P(EveryRecord, IsTheSameAfterProtocolBuffers) {
  RecordMaker maker(2);
  for (int round = 0; round < kRounds; ++round) {
    const auto record = maker.make<TypeParam>();
    const Buffer bytes = encoded<Protobuf>(record);
    const auto decoded = decode<Protobuf, TypeParam>(bytes);
    ASSERT_TRUE(decoded.ok()) << decoded.error().to_string() << " in " << to_hex(bytes);
    ASSERT_TRUE(same(record, *decoded));
    ASSERT_EQ(encoded<Protobuf>(*decoded), bytes);
  }
}

TYPED_TEST_P(EveryRecord, IsTheSameAfterJson) {
  RecordMaker maker(3);
  for (int round = 0; round < kRounds; ++round) {
    const auto record = maker.make<TypeParam>();
    const std::string text = to_json(record);
    Storage storage(text.size());
    const auto decoded = decode_json<TypeParam>(text, storage);
    ASSERT_TRUE(decoded.ok()) << decoded.error().to_string() << " in " << text;
    ASSERT_TRUE(same(record, *decoded)) << text;
    ASSERT_EQ(to_json(*decoded), text);
  }
}

// A record that went through one codec goes through every other.
TYPED_TEST_P(EveryRecord, CrossesFromCodecToCodec) {
  RecordMaker maker(4);
  for (int round = 0; round < kRounds / 4; ++round) {
    const Buffer rlp = encoded<Rlp>(maker.make<TypeParam>());
    const Buffer protobuf = encoded<Protobuf>(*decode<Rlp, TypeParam>(rlp));
    const std::string text = to_json(*decode<Protobuf, TypeParam>(protobuf));
    Storage storage(text.size());
    ASSERT_EQ(encoded<Rlp>(*decode_json<TypeParam>(text, storage)), rlp);
  }
}

// Into one record again and again, whatever it was before.
template <class Codec, class T>
void expect_nothing_is_left(std::uint64_t seed) {
  RecordMaker maker(seed);
  T reused{};
  for (int round = 0; round < kRounds / 2; ++round) {
    const auto record = maker.make<T>();
    Buffer bytes = encoded<Codec>(record);
    ASSERT_TRUE(decode_into<Codec>(bytes, reused).ok());
    ASSERT_TRUE(same(reused, *decode<Codec, T>(bytes)));
    bytes.push_back(0);
    if (round % 8 == 0) {
      ASSERT_FALSE(decode_into<Codec>(bytes, reused).ok());
      ASSERT_TRUE(same(reused, T{}));
    }
  }
}

TYPED_TEST_P(EveryRecord, ReusedForRlpHasNothingOfWhatItWas) {
  expect_nothing_is_left<Rlp, TypeParam>(7);
}
TYPED_TEST_P(EveryRecord, ReusedForProtocolBuffersHasNothingOfWhatItWas) {
  expect_nothing_is_left<Protobuf, TypeParam>(8);
}

template <class Codec, class T>
void expect_one_form_each(std::uint64_t seed) {
  RecordMaker maker(seed);
  Prng prng(seed);
  int accepted = 0;
  for (int round = 0; round < kRounds * 5; ++round) {
    Buffer bytes = encoded<Codec>(maker.make<T>());
    if (bytes.empty()) continue;
    for (std::uint64_t changes = prng.between(1, 3); changes > 0; --changes) {
      bytes[prng.below(bytes.size())] = static_cast<std::uint8_t>(prng.next());
    }
    if (prng.below(4) == 0) bytes.resize(prng.below(bytes.size() + 1));
    const auto decoded = decode<Codec, T>(bytes);
    if (!decoded.ok()) {
      ASSERT_NE(decoded.error().what, Malformed::none);
      ASSERT_LE(decoded.error().offset, bytes.size());
      continue;
    }
    ++accepted;
    ASSERT_EQ(encoded<Codec>(*decoded), bytes);
  }
  EXPECT_GT(accepted, 10) << "nothing was tried";
}

TYPED_TEST_P(EveryRecord, WhatRlpAcceptsIsTheOnlyFormOfItsValue) {
  expect_one_form_each<Rlp, TypeParam>(5);
}
TYPED_TEST_P(EveryRecord, WhatProtocolBuffersAcceptIsTheOnlyFormOfItsValue) {
  expect_one_form_each<Protobuf, TypeParam>(6);
}

REGISTER_TYPED_TEST_SUITE_P(EveryRecord, IsTheSameAfterRlp, IsTheSameAfterProtocolBuffers, IsTheSameAfterJson,
                            CrossesFromCodecToCodec, ReusedForRlpHasNothingOfWhatItWas,
                            ReusedForProtocolBuffersHasNothingOfWhatItWas,
                            WhatRlpAcceptsIsTheOnlyFormOfItsValue,
                            WhatProtocolBuffersAcceptIsTheOnlyFormOfItsValue);

}  // namespace ringwire::wire
