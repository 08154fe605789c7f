// Every record that has a table: one line each. A place in the list is part of the inputs that are kept.
#pragma once

#include "codec/wire/account.hpp"
#include "codec/wire/block.hpp"
#include "codec/wire/receipt.hpp"
#include "codec/wire/transaction.hpp"
#include "tests/fuzz/record.hpp"

namespace ringwire::fuzz {

using EveryRecord = RecordList<  //
    wire::Header,                //
    wire::AccessTuple,           //
    wire::Authorization,         //
    wire::Transaction,           //
    wire::Withdrawal,            //
    wire::Log,                   //
    wire::Receipt,               //
    wire::Body,                  //
    wire::Block,                 //
    wire::Account>;

}  // namespace ringwire::fuzz
