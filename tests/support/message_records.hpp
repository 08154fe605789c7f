// Every message that has a table, as lists of types: what holds for all of them is tested over these.
#pragma once

#include <tuple>

#include "codec/wire/block_messages.hpp"
#include "codec/wire/block_relay.hpp"
#include "codec/wire/peer_messages.hpp"
#include "codec/wire/snapshot_messages.hpp"
#include "codec/wire/state_messages.hpp"
#include "codec/wire/topic_messages.hpp"
#include "codec/wire/transaction_messages.hpp"

namespace ringwire::wire {

using PeerMessages = std::tuple<FindNode, Neighbors>;
using BlockMessages =
    std::tuple<GetBlockHeaders, BlockHeaders, GetBlockBodies, BlockBodies, NewBlock, NewBlockHashes>;
using BlockRelayMessages = std::tuple<BlockManifest, BlockChunk, CompactBlock, GetBlockTxs, BlockTxs>;
using TransactionMessages = std::tuple<GetPooledTransactions, PooledTransactions, NewPooledTransactionHashes>;
using StateMessages = std::tuple<GetNodeData, NodeData, GetReceipts, Receipts, GetAccountRange, AccountRange,
                                 GetStorageRanges, StorageRanges, GetByteCodes, ByteCodes>;
using SnapshotMessages = std::tuple<GetSnapshotManifest, SnapshotManifest, GetSnapshotChunk, SnapshotChunk>;
using TopicMessages = std::tuple<IHave, IWant, IDontWant, Graft, Prune>;

using MessageRecords =
    decltype(std::tuple_cat(PeerMessages(), BlockMessages(), BlockRelayMessages(), TransactionMessages(),
                            StateMessages(), SnapshotMessages(), TopicMessages()));

// Calls visit.template operator()<Record>() for each of a list.
template <class... Records, class Visit>
void each_record(const std::tuple<Records...>*, const Visit& visit) {
  (visit.template operator()<Records>(), ...);
}

}  // namespace ringwire::wire
