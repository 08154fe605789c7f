// Everything that has a schema file: the records of the protocol and those of samples.hpp.
#pragma once

#include "tests/support/records.hpp"
#include "tests/unit/codec/wire/samples.hpp"

namespace ringwire::wire {

// clang-format off
inline constexpr auto kSampleRecords = record_group(
    "tests/unit/codec/wire/samples.proto", "Records that tests need, with members of every kind.",
    record<Inner>("Inner"),
    record<Sample>("Sample"),
    record<Shape>("Shape"),
    record<Drawing>("Drawing"));
// clang-format on

inline constexpr auto kSchemaGroups = std::tuple_cat(kRecordGroups, std::tuple(kSampleRecords));

}  // namespace ringwire::wire
