// Drives a fuzz target without libFuzzer.
//
//   PROGRAM                          every seed, then mutations of seeds: the test
//   PROGRAM mutate ITERATIONS SEED   the same for longer; a seed repeats a failure
//   PROGRAM run FILE...              these inputs, one after the other
//   PROGRAM seeds FOLDER             writes the seeds there, to start libFuzzer from
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <span>
#include <string>
#include <string_view>

#include "codec/base/prng.hpp"
#include "tests/fuzz/target.hpp"

namespace {

using ringwire::Prng;
using ringwire::fuzz::Input;

constexpr std::uint64_t kIterations = 100'000;
constexpr std::size_t kInputBytesMax = 8 * 1024;

// Bytes at the edges of RLP, lengths and flags are worth more than random ones.
std::uint8_t interesting(Prng& prng) {
  constexpr std::uint8_t kEdges[] = {0x00, 0x01, 0x37, 0x38, 0x7F, 0x80, 0x81, 0xB7,
                                     0xB8, 0xBF, 0xC0, 0xC1, 0xF7, 0xF8, 0xFF};
  return prng.chance_ppm(500'000) ? kEdges[prng.below(std::size(kEdges))]
                                  : static_cast<std::uint8_t>(prng.next());
}

void mutate_once(Prng& prng, const std::vector<Input>& seeds, Input& input) {
  const auto at = static_cast<std::ptrdiff_t>(prng.below(input.size() + 1));
  switch (prng.below(6)) {
    case 0:
      if (!input.empty()) input[prng.below(input.size())] ^= static_cast<std::uint8_t>(1U << prng.below(8));
      break;
    case 1:
      if (!input.empty()) input[prng.below(input.size())] = interesting(prng);
      break;
    case 2:
      input.insert(input.begin() + at, interesting(prng));
      break;
    case 3:
      input.erase(input.begin() + at, input.begin() + at +
                                          static_cast<std::ptrdiff_t>(
                                              prng.below(input.size() - static_cast<std::size_t>(at) + 1)));
      break;
    case 4: {
      const Input& other = seeds[prng.below(seeds.size())];
      const std::size_t from = prng.below(other.size() + 1);
      input.insert(input.begin() + at, other.begin() + static_cast<std::ptrdiff_t>(from), other.end());
      break;
    }
    default:
      input.resize(prng.below(input.size() + 1));
      break;
  }
  input.resize(std::min(input.size(), kInputBytesMax));
}

void run(const Input& input) {
  LLVMFuzzerTestOneInput(input.data(), input.size());
}

int run_files(std::span<char* const> paths) {
  for (const char* path : paths) {
    std::ifstream file(path, std::ios::binary);
    if (!file) {
      std::fprintf(stderr, "cannot read %s\n", path);
      return 2;
    }
    run({std::istreambuf_iterator<char>(file), {}});
  }
  return 0;
}

int write_seeds(const std::string& folder) {
  std::size_t written = 0;
  for (const Input& input : ringwire::fuzz::seeds()) {
    std::ofstream file(folder + "/seed-" + std::to_string(written++), std::ios::binary);
    file.write(reinterpret_cast<const char*>(input.data()), static_cast<std::streamsize>(input.size()));
    if (!file) {
      std::fprintf(stderr, "cannot write to %s\n", folder.c_str());
      return 2;
    }
  }
  return 0;
}

int mutate(std::uint64_t iterations, std::uint64_t seed) {
  const std::vector<Input> seeds = ringwire::fuzz::seeds();
  for (const Input& input : seeds) run(input);
  Prng prng(seed);
  for (std::uint64_t i = 0; i < iterations; ++i) {
    Input input = seeds[prng.below(seeds.size())];
    for (std::uint64_t n = prng.between(1, 4); n > 0; --n) mutate_once(prng, seeds, input);
    run(input);
  }
  std::printf("%zu seeds, %llu mutations from seed %llu\n", seeds.size(),
              static_cast<unsigned long long>(iterations), static_cast<unsigned long long>(seed));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::span<char* const> arguments(argv + 1, static_cast<std::size_t>(argc) - 1);
  const std::string_view command = arguments.empty() ? "" : arguments[0];
  if (command.empty()) return mutate(kIterations, 1);
  if (command == "mutate" && argc == 4) {
    return mutate(std::strtoull(argv[2], nullptr, 10), std::strtoull(argv[3], nullptr, 10));
  }
  if (command == "run") return run_files(arguments.subspan(1));
  if (command == "seeds" && argc == 3) return write_seeds(argv[2]);
  std::fprintf(stderr, "usage: %s [mutate ITERATIONS SEED | run FILE... | seeds FOLDER]\n", argv[0]);
  return 2;
}
