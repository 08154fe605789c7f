// Records through their codecs: what reading and writing an EIP-1559 transaction and a header of today cost,
// in RLP, Protocol Buffers and JSON, with copying the same bytes beside. Goals: a transaction read from RLP
// within 120 ns, a header within 250 ns.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdlib>

#include <string>
#include <vector>

#include "bench/micro/codec/wire/sample_records.hpp"
#include "codec/wire/codec.hpp"
#include "codec/wire/json_codec.hpp"
#include "codec/wire/protobuf_codec.hpp"
#include "codec/wire/rlp_codec.hpp"

namespace ringwire::wire {
namespace {

using bench::sample_of;
using Buffer = std::vector<std::uint8_t>;

template <class Codec, class T>
Buffer encoded(const T& record) {
  Buffer bytes(encoded_bytes<Codec>(record));
  encode<Codec>(record, bytes);
  return bytes;
}

void report(benchmark::State& state, std::size_t bytes) {
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * bytes));
}

template <class Codec, class T>
void read(benchmark::State& state) {
  const Buffer bytes = encoded<Codec>(sample_of<T>());
  for (auto _ : state) {
    benchmark::DoNotOptimize(bytes.data());
    const auto record = decode<Codec, T>(bytes);
    if (!record) std::abort();
    benchmark::DoNotOptimize(&*record);
    benchmark::ClobberMemory();
  }
  report(state, bytes.size());
}

// Asked for its size and then written, as a sender does.
template <class Codec, class T>
void write(benchmark::State& state) {
  T record = sample_of<T>();
  Buffer out = encoded<Codec>(record);
  for (auto _ : state) {
    benchmark::DoNotOptimize(&record);
    benchmark::ClobberMemory();
    if (encoded_bytes<Codec>(record) != out.size()) std::abort();
    encode<Codec>(record, out);
    benchmark::DoNotOptimize(out.data());
    benchmark::ClobberMemory();
  }
  report(state, out.size());
}

template <class Codec, class T>
void copy(benchmark::State& state) {
  const Buffer bytes = encoded<Codec>(sample_of<T>());
  Buffer out(bytes.size());
  for (auto _ : state) {
    benchmark::DoNotOptimize(bytes.data());
    std::copy(bytes.begin(), bytes.end(), out.begin());
    benchmark::DoNotOptimize(out.data());
    benchmark::ClobberMemory();
  }
  report(state, bytes.size());
}

template <class T>
void read_json(benchmark::State& state) {
  const std::string text = to_json(sample_of<T>());
  Storage storage(text.size());
  for (auto _ : state) {
    storage = Storage(text.size());
    if (!decode_json<T>(text, storage)) std::abort();
  }
  report(state, text.size());
}

template <class T>
void write_json(benchmark::State& state) {
  const T record = sample_of<T>();
  std::size_t bytes = 0;
  for (auto _ : state) bytes = to_json(record).size();
  report(state, bytes);
}

// With what a transaction is asked first: its signature's form, and which bytes it covers.
void rlp_read_judged_transaction(benchmark::State& state) {
  const Buffer bytes = encoded<Rlp>(sample_of<Transaction>());
  for (auto _ : state) {
    benchmark::DoNotOptimize(bytes.data());
    const auto transaction = decode_transaction(bytes);
    if (!transaction) std::abort();
    benchmark::DoNotOptimize(&*transaction);
    benchmark::ClobberMemory();
  }
  report(state, bytes.size());
}

#define RW_RECORD_BENCHMARKS(Record, word)                          \
  BENCHMARK(copy<Rlp, Record>)->Name("copy/rlp/" word);             \
  BENCHMARK(read<Rlp, Record>)->Name("read/rlp/" word);             \
  BENCHMARK(write<Rlp, Record>)->Name("write/rlp/" word);           \
  BENCHMARK(copy<Protobuf, Record>)->Name("copy/protobuf/" word);   \
  BENCHMARK(read<Protobuf, Record>)->Name("read/protobuf/" word);   \
  BENCHMARK(write<Protobuf, Record>)->Name("write/protobuf/" word); \
  BENCHMARK(read_json<Record>)->Name("read/json/" word);            \
  BENCHMARK(write_json<Record>)->Name("write/json/" word)

RW_RECORD_BENCHMARKS(Transaction, "transaction");
BENCHMARK(rlp_read_judged_transaction)->Name("read/rlp/judged_transaction");
RW_RECORD_BENCHMARKS(Header, "header");
RW_RECORD_BENCHMARKS(Receipt, "receipt");

}  // namespace
}  // namespace ringwire::wire

BENCHMARK_MAIN();
