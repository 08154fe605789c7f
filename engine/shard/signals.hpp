// Signals belong to the embedder's threads: ours take none.
//
// Problem: a signal meant for the process is handled on any thread that does not block it, in the middle of a
// turn; and SIGPIPE, for a write to somebody who is gone, ends the process. A thread inherits what is blocked
// where it is started.
#pragma once

#include <signal.h>

namespace ringwire::shard {

// All are blocked on this thread for as long as this lives: start threads meanwhile.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t before_;
};

}  // namespace ringwire::shard
