// Every record that has a table, in the groups that have a schema file each: what tests of all of them go
// through. A new record is a line here; `ninja -C build wire-schemas` then writes its schema. A new group
// stands in kRecordGroups, in a test that goes through tests/unit/codec/wire/every_record.hpp, and its file
// in codec/wire/proto/meson.build once that is written.
//
// The name is that of the type and of the message in the schema. What a table's check() asks for beyond form
// is put right in valid_records.hpp.
#pragma once

#include <string_view>
#include <tuple>

#include "codec/wire/account.hpp"
#include "codec/wire/block_messages.hpp"
#include "codec/wire/block_relay.hpp"
#include "codec/wire/node.hpp"
#include "codec/wire/peer_messages.hpp"
#include "codec/wire/receipt.hpp"
#include "codec/wire/session_records.hpp"
#include "codec/wire/snapshot_messages.hpp"
#include "codec/wire/state_messages.hpp"
#include "codec/wire/topic_messages.hpp"
#include "codec/wire/transaction.hpp"
#include "codec/wire/transaction_messages.hpp"

namespace ringwire::wire {

template <class T>
struct NamedRecord {
  std::string_view name;
};
template <class T>
constexpr NamedRecord<T> record(std::string_view name) {
  return {name};
}

template <class... T>
struct RecordGroup {
  std::string_view schema;  // from the root of the source
  std::string_view about;
  std::tuple<NamedRecord<T>...> records;
};
template <class... T>
constexpr RecordGroup<T...> record_group(std::string_view schema, std::string_view about,
                                         NamedRecord<T>... records) {
  return {schema, about, std::tuple(records...)};
}

// clang-format off
inline constexpr auto kTransactionRecords = record_group(
    "codec/wire/proto/transaction.proto", "Transactions, and what is in them.",
    record<AccessTuple>("AccessTuple"),
    record<Authorization>("Authorization"),
    record<Transaction>("Transaction"));

inline constexpr auto kChainRecords = record_group(
    "codec/wire/proto/chain.proto", "Blocks, what is in them, and what executing them leaves.",
    record<Header>("Header"),
    record<Withdrawal>("Withdrawal"),
    record<Body>("Body"),
    record<Block>("Block"),
    record<Account>("Account"),
    record<Log>("Log"),
    record<Receipt>("Receipt"));

inline constexpr auto kPeerRecords = record_group(
    "codec/wire/proto/peer.proto", "Nodes, asking for them, and what embedders say to each other.",
    record<Node>("Node"),
    record<FindNode>("FindNode"),
    record<Neighbors>("Neighbors"),
    record<AppMessage>("AppMessage"));

inline constexpr auto kBlockMessages = record_group(
    "codec/wire/proto/block_messages.proto", "Blocks asked for by range and by hash, and new ones.",
    record<GetBlockHeaders>("GetBlockHeaders"),
    record<BlockHeaders>("BlockHeaders"),
    record<GetBlockBodies>("GetBlockBodies"),
    record<BlockBodies>("BlockBodies"),
    record<NewBlock>("NewBlock"),
    record<BlockId>("BlockId"),
    record<NewBlockHashes>("NewBlockHashes"));

inline constexpr auto kBlockRelayMessages = record_group(
    "codec/wire/proto/block_relay.proto", "Blocks in chunks, and blocks without what the receiver has.",
    record<BlockManifest>("BlockManifest"),
    record<BlockChunk>("BlockChunk"),
    record<PlacedTransaction>("PlacedTransaction"),
    record<CompactBlock>("CompactBlock"),
    record<GetBlockTxs>("GetBlockTxs"),
    record<BlockTxs>("BlockTxs"));

inline constexpr auto kTransactionMessages = record_group(
    "codec/wire/proto/transaction_messages.proto", "Transactions announced and fetched.",
    record<NewPooledTransactionHashes>("NewPooledTransactionHashes"),
    record<GetPooledTransactions>("GetPooledTransactions"),
    record<PooledTransactions>("PooledTransactions"));

inline constexpr auto kStateMessages = record_group(
    "codec/wire/proto/state_messages.proto", "Parts of the state by range and by hash, and receipts.",
    record<GetNodeData>("GetNodeData"),
    record<NodeData>("NodeData"),
    record<GetReceipts>("GetReceipts"),
    record<BlockReceipts>("BlockReceipts"),
    record<Receipts>("Receipts"),
    record<GetAccountRange>("GetAccountRange"),
    record<KeyedAccount>("KeyedAccount"),
    record<AccountRange>("AccountRange"),
    record<GetStorageRanges>("GetStorageRanges"),
    record<StorageSlot>("StorageSlot"),
    record<AccountSlots>("AccountSlots"),
    record<StorageRanges>("StorageRanges"),
    record<GetByteCodes>("GetByteCodes"),
    record<ByteCodes>("ByteCodes"));

inline constexpr auto kSnapshotMessages = record_group(
    "codec/wire/proto/snapshot_messages.proto", "The state of one block as a file in chunks.",
    record<GetSnapshotManifest>("GetSnapshotManifest"),
    record<Snapshot>("Snapshot"),
    record<SnapshotManifest>("SnapshotManifest"),
    record<GetSnapshotChunk>("GetSnapshotChunk"),
    record<SnapshotChunk>("SnapshotChunk"));

inline constexpr auto kTopicMessages = record_group(
    "codec/wire/proto/topic_messages.proto", "What peers of a topic mesh tell each other.",
    record<IHave>("IHave"),
    record<IWant>("IWant"),
    record<IDontWant>("IDontWant"),
    record<Graft>("Graft"),
    record<Prune>("Prune"));
// clang-format on

inline constexpr auto kRecordGroups =
    std::tuple(kTransactionRecords, kChainRecords, kPeerRecords, kBlockMessages, kBlockRelayMessages,
               kTransactionMessages, kStateMessages, kSnapshotMessages, kTopicMessages);

// Calls visit(group, named) for every record of these groups.
template <class... Groups, class Visit>
constexpr void each_record(const std::tuple<Groups...>& groups, const Visit& visit) {
  const auto each_of = [&](const auto& group) {
    std::apply([&](const auto&... named) { (visit(group, named), ...); }, group.records);
  };
  std::apply([&](const auto&... group) { (each_of(group), ...); }, groups);
}

// Calls visit.operator()<Record>() for every record that is the payload of a message.
template <class Visit>
constexpr void each_message(const Visit& visit) {
  each_record(kRecordGroups, [&]<class Record>(const auto&, const NamedRecord<Record>&) {
    if constexpr (requires { Describe<Record>::kMessage; }) visit.template operator()<Record>();
  });
}

// The types of groups, in another list of types.
template <template <class...> class To, class... Lists>
struct TypesIn;
template <template <class...> class To, class... T>
struct TypesIn<To, std::tuple<NamedRecord<T>...>> {
  using Types = To<T...>;
};
template <class... Groups>
auto records_of(const std::tuple<Groups...>&) -> decltype(std::tuple_cat(std::declval<Groups>().records...));

// Of one group, and of several.
template <template <class...> class To, const auto& kGroup>
using GroupTypes = typename TypesIn<To, std::remove_cvref_t<decltype(kGroup.records)>>::Types;
template <template <class...> class To, const auto& kGroups>
using GroupsTypes = typename TypesIn<To, decltype(records_of(kGroups))>::Types;

}  // namespace ringwire::wire
