// What the library keeps for a thread: bounded as the plan says, and gone with its CurveTables.
#include "engine/transport/tls_library.hpp"

#include <gtest/gtest.h>

// First, because it says how the others were compiled.
#include <wolfssl/options.h>

#include <malloc.h>
#include <wolfssl/ssl.h>
#include <wolfssl/wolfcrypt/memory.h>

#include <atomic>
#include <cstdlib>
#include <optional>
#include <thread>

#include "tests/unit/engine/transport/tls_ends.hpp"

namespace ringwire::transport {
namespace {

std::atomic<std::int64_t> held{0};

void* counted_malloc(std::size_t bytes) {
  void* block = std::malloc(bytes);
  held += static_cast<std::int64_t>(malloc_usable_size(block));
  return block;
}
void counted_free(void* block) {
  held -= static_cast<std::int64_t>(malloc_usable_size(block));
  std::free(block);
}
void* counted_realloc(void* block, std::size_t bytes) {
  held -= static_cast<std::int64_t>(malloc_usable_size(block));
  block = std::realloc(block, bytes);
  held += static_cast<std::int64_t>(malloc_usable_size(block));
  return block;
}

void shake_hands(TlsContext& client, TlsContext& server) {
  OurEnd one(client, wire::Role::initiator);
  OurEnd other(server, wire::Role::responder);
  converse(one, other);
  ASSERT_TRUE(one.done() && other.done());
}

// More servers, each with a key of its own, than there are places, and each of them twice.
TEST(CurveTables, OfAThreadAreWithinThePlanAndGoWhereItSaysSo) {
  prepare_wolfssl();
  wolfSSL_Malloc_cb malloc_before = nullptr;
  wolfSSL_Free_cb free_before = nullptr;
  wolfSSL_Realloc_cb realloc_before = nullptr;
  ASSERT_EQ(wolfSSL_GetAllocators(&malloc_before, &free_before, &realloc_before), 0);
  ASSERT_EQ(wolfSSL_SetAllocators(counted_malloc, counted_free, counted_realloc), 0);
  std::int64_t kept = 0;
  std::int64_t left = 0;
  std::thread([&] {
    std::optional<CurveTables> tables;
    tables.emplace();
    const std::int64_t before = held;
    {
      const std::unique_ptr<TlsContext> client = context_of(own_credentials());
      for (std::uint32_t server = 0; server < kCurveTablesMax + 5; ++server) {
        const std::unique_ptr<TlsContext> context = context_of(*make_certificate());
        for (int dial = 0; dial < 2; ++dial) shake_hands(*client, *context);
      }
    }
    kept = held - before;
    tables.reset();
    left = held - before;
  }).join();
  wolfSSL_SetAllocators(malloc_before, free_before, realloc_before);
#ifdef FP_ECC
  EXPECT_GT(kept, std::int64_t{2} * kCurveTableBytes);
#endif
  // A block has up to 16 bytes more than were asked for, and each point is one.
  EXPECT_LE(kept, std::int64_t{kCurveTablesMax} * kCurveTableBytes * 101 / 100);
  EXPECT_EQ(left, 0);
}

}  // namespace
}  // namespace ringwire::transport
