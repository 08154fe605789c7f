// Records by our codecs beside libprotobuf, objects reused on both sides: the same record, in turns. M/s are
// records; goal: a ratio of 3. "written" includes asking for the size first, on both sides.
#include <benchmark/benchmark.h>
#include <codec/wire/proto/chain.pb.h>
#include <codec/wire/proto/transaction.pb.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "bench/micro/codec/wire/sample_records.hpp"
#include "bench/micro/paired.hpp"
#include "codec/wire/codec.hpp"
#include "codec/wire/protobuf_codec.hpp"
#include "codec/wire/rlp_codec.hpp"

namespace ringwire::wire {
namespace {

using bench::sample_of;
using Buffer = std::vector<std::uint8_t>;

constexpr int kRounds = 20'000;

template <class Codec, class T>
Buffer encoded(const T& record) {
  Buffer bytes(encoded_bytes<Codec>(record));
  encode<Codec>(record, bytes);
  return bytes;
}

// `round` as often as one measurement needs.
template <class Round>
auto repeated(const Round& round) {
  return [&round] {
    for (int i = 0; i < kRounds; ++i) round();
  };
}

template <class Codec, class T, class Message>
void read(benchmark::State& state) {
  const Buffer ours = encoded<Codec>(sample_of<T>());
  const Buffer theirs = encoded<Protobuf>(sample_of<T>());
  Message message;
  T record;
  const auto subject = [&] {
    benchmark::DoNotOptimize(ours.data());
    if (!decode_into<Codec>(ours, record)) std::abort();
    benchmark::DoNotOptimize(&record);
    benchmark::ClobberMemory();
  };
  const auto baseline = [&] {
    if (!message.ParseFromArray(theirs.data(), static_cast<int>(theirs.size()))) std::abort();
    benchmark::ClobberMemory();
  };
  bench::compare(state, kRounds, repeated(subject), repeated(baseline));
}

template <class Codec, class T, class Message>
void write(benchmark::State& state) {
  T record = sample_of<T>();
  Buffer out = encoded<Codec>(record);
  Buffer theirs = encoded<Protobuf>(record);
  Message message;
  if (!message.ParseFromArray(theirs.data(), static_cast<int>(theirs.size()))) std::abort();
  const auto subject = [&] {
    benchmark::DoNotOptimize(&record);
    benchmark::ClobberMemory();
    if (encoded_bytes<Codec>(record) != out.size()) std::abort();
    encode<Codec>(record, out);
    benchmark::DoNotOptimize(out.data());
  };
  const auto baseline = [&] {
    benchmark::DoNotOptimize(&message);
    benchmark::ClobberMemory();
    if (message.ByteSizeLong() != theirs.size()) std::abort();
    message.SerializeWithCachedSizesToArray(theirs.data());
  };
  bench::compare(state, kRounds, repeated(subject), repeated(baseline));
}

#define RW_BESIDE_LIBPROTOBUF(Record, word)                                                                 \
  BENCHMARK(read<Rlp, Record, proto::Record>)->Name("read/rlp/" word)->UseManualTime()->Iterations(31);     \
  BENCHMARK(read<Protobuf, Record, proto::Record>)                                                          \
      ->Name("read/protobuf/" word)                                                                         \
      ->UseManualTime()                                                                                     \
      ->Iterations(31);                                                                                     \
  BENCHMARK(write<Rlp, Record, proto::Record>)->Name("written/rlp/" word)->UseManualTime()->Iterations(31); \
  BENCHMARK(write<Protobuf, Record, proto::Record>)                                                         \
      ->Name("written/protobuf/" word)                                                                      \
      ->UseManualTime()                                                                                     \
      ->Iterations(31)

RW_BESIDE_LIBPROTOBUF(Transaction, "transaction");
RW_BESIDE_LIBPROTOBUF(Header, "header");
RW_BESIDE_LIBPROTOBUF(Receipt, "receipt");

}  // namespace
}  // namespace ringwire::wire

BENCHMARK_MAIN();
