// Four sponges side by side: word i of each vector belongs to sponge i. A sponge whose message ended takes
// the next one, so that messages of different sizes cost no more than their own blocks.
#include <algorithm>

#include "codec/base/check.hpp"
#include "codec/crypto/keccak.hpp"
#include "codec/crypto/keccak_rounds.hpp"

namespace ringwire::crypto {
namespace {

constexpr std::size_t kSponges = 4;
using FourWords = std::uint64_t __attribute__((vector_size(8 * kSponges)));
using FourStates = KeccakState<FourWords>;
using Permute = void (*)(FourStates&);

#if defined(__x86_64__)
__attribute__((target("avx2"))) void permute_avx2(FourStates& states) {
  keccak_permute(states);
}
// Twice the registers, a rotation, and any three-way bit operation in one instruction.
__attribute__((target("avx2,avx512f,avx512vl"))) void permute_avx512(FourStates& states) {
  keccak_permute(states);
}
#endif

// Null: one by one.
Permute permutation(KeccakMethod method) {
  switch (method) {
#if defined(__x86_64__)
    case KeccakMethod::avx2:
      return permute_avx2;
    case KeccakMethod::avx512:
      return permute_avx512;
#else
    case KeccakMethod::avx2:
    case KeccakMethod::avx512:
#endif
    case KeccakMethod::one_by_one:
      break;
  }
  return nullptr;
}

class Sponges {
 public:
  Sponges(std::span<const ByteView> messages, std::span<Hash32> hashes)
      : messages_(messages), hashes_(hashes) {}

  void run(Permute permute) {
    for (std::size_t i = 0; i < kSponges; ++i) start(i);
    while (busy_ > 0) {
      for (std::size_t i = 0; i < kSponges; ++i) {
        if (jobs_[i].hash != nullptr) absorb(i);
      }
      permute(states_);
      for (std::size_t i = 0; i < kSponges; ++i) {
        if (jobs_[i].hash != nullptr && jobs_[i].padded) finish(i);
      }
    }
  }

 private:
  struct Job {
    ByteView rest;
    Hash32* hash = nullptr;  // null: idle
    bool padded = false;
  };

  void start(std::size_t i) {
    jobs_[i] = {};
    if (next_ == messages_.size()) return;
    for (FourWords& words : states_) words[i] = 0;
    jobs_[i] = {messages_[next_], &hashes_[next_], false};
    ++next_;
    ++busy_;
  }

  void absorb(std::size_t i) {
    Job& job = jobs_[i];
    const std::size_t whole = std::min(job.rest.size(), kKeccakRateBytes) / 8;
    for (std::size_t lane = 0; lane < whole; ++lane) {
      states_[lane][i] ^= keccak_load_lane(job.rest.data() + 8 * lane);
    }
    if (whole == kKeccakRateBytes / 8) {
      job.rest = job.rest.subspan(kKeccakRateBytes);
      return;
    }
    std::uint64_t last = 0x01;
    for (std::size_t at = job.rest.size(); at-- > 8 * whole;) last = last << 8 | job.rest[at];
    states_[whole][i] ^= last;
    states_[kKeccakRateBytes / 8 - 1][i] ^= std::uint64_t{0x80} << 56;
    job.padded = true;
  }

  void finish(std::size_t i) {
    std::uint8_t* const out = jobs_[i].hash->bytes.data();
    for (std::size_t lane = 0; lane < 4; ++lane) {
      store_be(out + 8 * lane, __builtin_bswap64(std::uint64_t{states_[lane][i]}));
    }
    --busy_;
    start(i);
  }

  FourStates states_{};
  std::array<Job, kSponges> jobs_;
  std::span<const ByteView> messages_;
  std::span<Hash32> hashes_;
  std::size_t next_ = 0;
  std::size_t busy_ = 0;
};

}  // namespace

const char* name(KeccakMethod method) {
  switch (method) {
    case KeccakMethod::one_by_one:
      return "one by one";
    case KeccakMethod::avx2:
      return "AVX2";
    case KeccakMethod::avx512:
      return "AVX-512";
  }
  return "unknown";
}

bool is_supported(KeccakMethod method) {
#if defined(__x86_64__)
  if (method == KeccakMethod::avx2) return __builtin_cpu_supports("avx2");
  if (method == KeccakMethod::avx512) return __builtin_cpu_supports("avx512vl");
#endif
  return method == KeccakMethod::one_by_one;
}

KeccakMethod keccak_method() {
  static const KeccakMethod kChosen = [] {
    for (const KeccakMethod method : {KeccakMethod::avx512, KeccakMethod::avx2}) {
      if (is_supported(method)) return method;
    }
    return KeccakMethod::one_by_one;
  }();
  return kChosen;
}

void keccak256_each(std::span<const ByteView> messages, std::span<Hash32> hashes) {
  keccak256_each(messages, hashes, keccak_method());
}

void keccak256_each(std::span<const ByteView> messages, std::span<Hash32> hashes, KeccakMethod method) {
  RW_ASSERT(messages.size() == hashes.size() && is_supported(method));
  if (const Permute permute = permutation(method); permute != nullptr && messages.size() > 1) {
    Sponges(messages, hashes).run(permute);
    return;
  }
  for (std::size_t i = 0; i < messages.size(); ++i) hashes[i] = keccak256(messages[i]);
}

}  // namespace ringwire::crypto
