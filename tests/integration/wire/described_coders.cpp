#include <algorithm>
#include <deque>

#include "codec/crypto/keccak.hpp"
#include "codec/wire/codec.hpp"
#include "codec/wire/json_codec.hpp"
#include "codec/wire/rlp_codec.hpp"
#include "tests/integration/wire/coder.hpp"
#include "tests/support/records.hpp"
#include "tests/support/valid_records.hpp"

namespace ringwire::wire {
namespace {

template <class T>
Bytes encoded(const T& record) {
  Bytes bytes(encoded_bytes<Rlp>(record));
  encode<Rlp>(record, bytes);
  return bytes;
}

// --- what the page derives from a record

template <class T>
Bytes derived_from(const T&) {
  return {};
}
Bytes derived_from(const BlockManifest& manifest) {
  Bytes id;
  append(id, manifest_id(manifest).view());
  return id;
}
Bytes derived_from(const SnapshotManifest& answer) {
  Bytes ids;
  for (const Snapshot& snapshot : answer.snapshots) append(ids, snapshot_id(snapshot).view());
  return ids;
}
// The short ids that its placed transactions would have.
Bytes derived_from(const CompactBlock& compact) {
  const auto key = short_id_key(crypto::keccak256(encoded(compact.header)), compact.nonce);
  Bytes ids;
  for (const PlacedTransaction& placed : compact.placed)
    append(ids, short_id(key, crypto::keccak256(placed.transaction.bytes)).view());
  return ids;
}

// --- random ones

template <class Element>
inline constexpr bool kIsKeyed = std::is_same_v<Element, KeyedAccount>;

// Every list many times one element. Keys have to rise, so theirs stay as they are.
template <class T>
void repeat(T& record, RecordMaker& maker, std::deque<Bytes>& kept) {
  each_field<T>([&]<class Member, FieldRole kRole>(const Field<T, Member, kRole>& field, auto) {
    if constexpr (std::is_same_v<Member, ByteView>) {
      record.*field.member = kept.emplace_back(repetitive_bytes(maker));
    } else if constexpr (kIsList<Member>) {
      using Element = typename Member::value_type;
      const std::size_t copies = maker.prng().between(2, 40);
      if constexpr (std::is_same_v<Element, ByteView>) {
        const ByteView bytes = kept.emplace_back(repetitive_bytes(maker));
        record.*field.member = maker.list_of(std::vector<Element>(copies, bytes));
      } else if constexpr (!kIsKeyed<Element>) {
        record.*field.member = maker.list_of(std::vector<Element>(copies, maker.make<Element>()));
      }
    }
    return true;
  });
}

template <class T>
void set_order(T&, RecordMaker&) {}
void set_order(AccountRange& answer, RecordMaker& maker) {
  std::vector<KeyedAccount> accounts;
  for (const KeyedAccount& account : answer.accounts) accounts.push_back(account);
  const auto key = [](const KeyedAccount& account) { return account.key.bytes; };
  const auto less = [&](const auto& a, const auto& b) { return key(a) < key(b); };
  const auto same_key = [&](const auto& a, const auto& b) { return key(a) == key(b); };
  std::sort(accounts.begin(), accounts.end(), less);
  accounts.erase(std::unique(accounts.begin(), accounts.end(), same_key), accounts.end());
  answer.accounts = maker.list_of(std::move(accounts));
}

template <class T>
Spoken speak(const T& record) {
  return {encoded(record), to_json(record), derived_from(record)};
}

template <class T>
Spoken make(RecordMaker& maker) {
  std::deque<Bytes> kept;
  T record = maker.make<T>();
  const bool compressible = rules_of(Describe<T>::kMessage).compressible;
  if (compressible && maker.prng().below(2) == 0) repeat(record, maker, kept);
  set_order(record, maker);
  return speak(record);
}

template <class T>
Result<Spoken, std::string> read(ByteView payload) {
  const auto record = decode<Rlp, T>(payload);
  if (!record) return Failure{record.error().to_string()};
  return speak(*record);
}

}  // namespace

std::vector<Coder> described_coders() {
  std::vector<Coder> coders;
  each_message([&]<class T>() { coders.push_back({Describe<T>::kMessage, &make<T>, &read<T>}); });
  return coders;
}

}  // namespace ringwire::wire
