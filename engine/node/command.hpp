// What any thread may ask of the shards, and wait for.
//
// The caller owns the Command and keeps it until every shard it was given to has carried it out. A shard
// carries it out in its own turn, as often as `serve` asks for, and posts a semaphore when it is done: it
// never waits, and does not touch the Command afterwards. `serve` runs on the shards' threads, possibly on
// several at once.
#pragma once

#include <semaphore.h>

#include <cerrno>
#include <functional>

#include "codec/base/check.hpp"
#include "engine/shard/spsc_ring.hpp"

namespace ringwire::node {

class Shard;

class Command {
 public:
  // True when it is done; false: call again in the next turn.
  using Serve = std::function<bool(Shard&)>;

  explicit Command(Serve serve) : serve_(std::move(serve)) { RW_ASSERT(sem_init(&done_, 0, 0) == 0); }
  Command(const Command&) = delete;
  Command& operator=(const Command&) = delete;
  ~Command() { sem_destroy(&done_); }

  [[nodiscard]] bool serve(Shard& shard) { return serve_(shard); }
  // By a shard, once, when serve() said true.
  void finish() { RW_ASSERT(sem_post(&done_) == 0); }

  // By the caller: one shard more has finished.
  void wait_one() {
    while (sem_wait(&done_) != 0) RW_ASSERT(errno == EINTR);
  }
  [[nodiscard]] bool try_wait_one() { return sem_trywait(&done_) == 0; }

 private:
  Serve serve_;
  sem_t done_;
};

using CommandRing = shard::SpscRing<Command*>;

}  // namespace ringwire::node
