// Every record that has a table: one line each. A place in the list is part of the inputs that are kept.
#pragma once

#include "codec/wire/account.hpp"
#include "codec/wire/block.hpp"
#include "codec/wire/node.hpp"
#include "codec/wire/receipt.hpp"
#include "codec/wire/transaction.hpp"
#include "tests/fuzz/record.hpp"
#include "tests/support/message_records.hpp"
#include "tests/support/valid_records.hpp"

namespace ringwire::fuzz {

using ChainRecords = std::tuple<  //
    wire::Header,                 //
    wire::AccessTuple,            //
    wire::Authorization,          //
    wire::Transaction,            //
    wire::Withdrawal,             //
    wire::Log,                    //
    wire::Receipt,                //
    wire::Body,                   //
    wire::Block,                  //
    wire::Account,                //
    wire::Node>;

template <class... Lists>
struct Joined;
template <class... First, class... Second>
struct Joined<std::tuple<First...>, std::tuple<Second...>> {
  using Records = RecordList<First..., Second...>;
};
using EveryRecord = Joined<ChainRecords, wire::MessageRecords>::Records;

}  // namespace ringwire::fuzz
