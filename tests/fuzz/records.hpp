// Every record that has a table: one line each. A place in the list is part of the inputs that are kept.
#pragma once

#include "tests/fuzz/record.hpp"
#include "tests/support/records.hpp"
#include "tests/support/valid_records.hpp"

namespace ringwire::fuzz {

using EveryRecord = wire::GroupsTypes<RecordList, wire::kRecordGroups>;

}  // namespace ringwire::fuzz
