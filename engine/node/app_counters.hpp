// What a shard counts of the embedder's own messages.
#pragma once

#include "engine/session/counter_per.hpp"

namespace ringwire::node {

// Why one was dropped.
enum class AppDrop : std::uint8_t {
  unsubscribed,       // from a peer, likewise the next five: no port subscribed to peers
  zero_request,       // a request without an id
  repeated_request,   // a request whose id is open already
  too_many_requests,  // one more than kOpenRequestsMax
  late_answer,        // our request had been given up
  unasked_answer,     // to no request of ours; the peer is charged
  answer_not_owed,    // from the port, likewise the next two: answered already, or the time for it is over
  session_over,       // the session ended while it was on its way to the shard
  out_of_heap,        // the port is gone, and nobody waits for room
  count_,
};
const char* name(AppDrop drop);

struct AppCounters {
  Counter data_received;  // given to the port, likewise the next two
  Counter requests_received;
  Counter answers_received;
  Counter data_sent;
  Counter requests_sent;
  Counter answers_sent;
  Counter timed_out;  // requests of ours, likewise the next two
  Counter cancelled;
  Counter gone;
  Counter unanswered;  // requests of peers whose time passed
  Counter asked;       // gauge: requests of ours that are open
  Counter owed;        // gauge: requests of peers that are open
  session::CounterPer<AppDrop> dropped;
};

}  // namespace ringwire::node
