#include "engine/node/node_metrics.hpp"

#include <functional>
#include <string>

#include "engine/driver/clock.hpp"
#include "engine/node/latency_report.hpp"

namespace ringwire::node {
namespace {

using metrics::Registry;
using metrics::Type;

// Adds the series of one shard.
class Series {
 public:
  Series(Registry& registry, ShardId shard)
      : registry_(registry), shard_("shard=\"" + std::to_string(shard) + "\"") {}

  void count(const char* name, const char* help, const Counter& counter) {
    registry_.add(Type::counter, name, help, shard_, counter);
  }
  void gauge(const char* name, const char* help, const Counter& counter) {
    registry_.add(Type::gauge, name, help, shard_, counter);
  }
  void gauge(const char* name, const char* help, const char* label, const char* value,
             const Counter& counter) {
    registry_.add(Type::gauge, name, help, shard_ + "," + label + "=\"" + value + "\"", counter);
  }
  void gauge(const char* name, const char* help, std::function<std::uint64_t()> read) {
    registry_.add(Type::gauge, name, help, shard_, std::move(read));
  }
  void count(const char* name, const char* help, std::function<std::uint64_t()> read) {
    registry_.add(Type::counter, name, help, shard_, std::move(read));
  }
  void count(const char* name, const char* help, const char* label, const char* value,
             const Counter& counter) {
    registry_.add(Type::counter, name, help, shard_ + "," + label + "=\"" + value + "\"", counter);
  }
  void count(const char* name, const char* help, const char* label, const char* value,
             std::function<std::uint64_t()> read) {
    registry_.add(Type::counter, name, help, shard_ + "," + label + "=\"" + value + "\"", std::move(read));
  }
  template <class Reason, class Counters>
  void count_each(const char* name, const char* help, const char* label, const Counters& counters) {
    for (std::size_t i = 0; i < static_cast<std::size_t>(Reason::count_); ++i) {
      const auto reason = static_cast<Reason>(i);
      count(name, help, label, ringwire_name(reason), counters[reason]);
    }
  }
  template <class Reason, std::size_t kCount>
  void count_each(const char* name, const char* help, const char* label,
                  const std::array<Counter, kCount>& counters) {
    for (std::size_t i = 0; i < kCount; ++i)
      count(name, help, label, ringwire_name(static_cast<Reason>(i)), counters[i]);
  }

 private:
  template <class Reason>
  static const char* ringwire_name(Reason reason) {
    return name(reason);  // by argument-dependent look-up, in the namespace of the reason
  }
  Registry& registry_;
  const std::string shard_;
};

void register_datagrams(Series& series, const driver::DriverCounters& c) {
  series.count("ringwire_datagrams_received_total", "Datagrams received.", c.datagrams_received);
  series.count("ringwire_datagram_received_bytes_total", "Bytes of datagrams received.",
               c.datagram_bytes_received);
  series.count("ringwire_datagrams_oversize_total", "Datagrams dropped: too long.", c.datagrams_oversize);
  series.count("ringwire_datagrams_overflowed_total",
               "Datagrams dropped by the kernel: the socket's receive buffer was full.",
               c.datagrams_overflowed);
  series.count("ringwire_datagram_receive_errors_total", "Receives of datagrams that failed.",
               c.datagram_receive_errors);
  series.count("ringwire_datagram_pool_exhausted_total", "Times every buffer of a datagram socket was held.",
               c.datagram_pool_exhausted);
  series.count("ringwire_datagrams_sent_total", "Datagrams the kernel took.", c.datagrams_sent);
  series.count("ringwire_datagram_sent_bytes_total", "Bytes of datagrams the kernel took.",
               c.datagram_bytes_sent);
  series.count("ringwire_datagrams_unsent_full_total",
               "Datagrams dropped instead of sent: a send buffer or a device's queue was full.",
               c.datagrams_unsent_full);
  series.count("ringwire_datagrams_unsent_refused_total",
               "Datagrams dropped instead of sent: no route, or an address that cannot be sent to.",
               c.datagrams_unsent_refused);
}

void register_driver(Series& series, const driver::Driver& driver) {
  const driver::DriverCounters& c = driver.counters();
  series.count("ringwire_driver_turns_total", "Times the shard asked its driver for events.", c.turns);
  series.count("ringwire_driver_system_calls_total", "System calls of the driver.", c.system_calls);
  series.count("ringwire_driver_accepted_total", "Connections accepted.", c.accepted);
  series.count("ringwire_driver_accept_refused_total", "Connections closed at once: no slot.",
               c.accept_refused);
  series.count("ringwire_driver_accept_gone_total",
               "Connections closed at once: their peers had reset them before they were accepted.",
               c.accept_gone);
  series.count("ringwire_driver_accept_pauses_total", "Pauses of accepting: out of descriptors or memory.",
               c.accept_pauses);
  series.count("ringwire_driver_connects_total", "Connections dialled.", c.connects);
  series.count("ringwire_driver_receives_total", "Receives that brought bytes.", c.receives);
  series.count("ringwire_driver_received_bytes_total", "Bytes received.", c.received_bytes);
  series.count("ringwire_driver_sends_total", "Sends that reached the kernel.", c.sends);
  series.count("ringwire_driver_sent_bytes_total", "Bytes the kernel took.", c.sent_bytes);
  series.count("ringwire_driver_short_sends_total", "Sends not wholly taken.", c.short_sends);
  series.count("ringwire_driver_rest_sends_total", "Sends of what was left over.", c.rest_sends);
  series.count("ringwire_driver_pool_exhausted_total", "Receives that found no buffer.", c.pool_exhausted);
  series.count("ringwire_driver_stale_completions_total", "Completions of something already closed.",
               c.stale_completions);
  series.count("ringwire_driver_completion_overflows_total", "Times the completion queue was full.",
               c.completion_overflows);
  series.count("ringwire_driver_submission_full_total", "Times the submission queue was full.",
               c.submission_full);
  series.count("ringwire_driver_closed_total", "Connections closed.", c.closed);
  register_datagrams(series, c);
}

void register_sessions(Series& series, const ShardCounters& c) {
  const session::SessionCounters& s = c.sessions;
  series.gauge("ringwire_connections", "Sockets of peers.", c.connections);
  series.gauge("ringwire_sessions", "Established sessions.", c.established);
  series.count("ringwire_sessions_established_total", "Sessions established.", s.established);
  series.count_each<wire::FrameError>("ringwire_frames_refused_total", "Frames refused.", "reason",
                                      s.frame_errors);
  series.count("ringwire_frames_cut_total", "Connections whose stream ended within a frame.", c.frames_cut);
  series.count("ringwire_frames_slow_total", "Sessions ended: a frame was not whole in time.", c.frames_slow);
  series.count_each<wire::Malformed>("ringwire_messages_malformed_total",
                                     "Messages in good frames that are no record of their type.", "reason",
                                     c.malformed);
  series.count_each<session::HandshakeFailure>("ringwire_handshakes_failed_total", "Handshakes that failed.",
                                               "reason", s.handshake_failures);
  series.count_each<wire::DisconnectReason>("ringwire_disconnects_sent_total", "Disconnects we sent.",
                                            "reason", s.disconnects_sent);
  series.count_each<wire::DisconnectReason>("ringwire_disconnects_received_total", "Disconnects we received.",
                                            "reason", s.disconnects_received);
  series.count("ringwire_disconnects_received_unknown_total", "Disconnects received with an unknown reason.",
               s.disconnects_received_unknown);
  series.count("ringwire_pings_sent_total", "Pings sent.", s.liveness.pings_sent);
  series.count("ringwire_pings_received_total", "Pings received.", s.liveness.pings_received);
  series.count("ringwire_pings_unanswered_total", "Pings replaced by a newer one before their pong came.",
               s.liveness.pings_unanswered);
  series.count("ringwire_pongs_matched_total", "Pongs that answered a ping of ours.",
               s.liveness.pongs_matched);
  series.count("ringwire_pongs_unknown_total", "Pongs that answered nothing.", s.liveness.pongs_unknown);
  series.count("ringwire_pongs_withheld_total", "Pings not answered: the peer does not read.",
               s.liveness.pongs_withheld);
  series.count("ringwire_idle_timeouts_total", "Sessions ended by silence.", s.liveness.idle_timeouts);
}

void register_assembly(Series& series, const session::AssemblyCounters& c) {
  series.count("ringwire_messages_assembled_total", "Messages put together from fragments.", c.assembled);
  series.count("ringwire_messages_aborted_total", "Messages in fragments that their sender gave up.",
               c.aborted);
  series.count_each<session::FragmentError>(
      "ringwire_fragments_refused_total", "Peers disconnected: a fragment was refused.", "reason", c.refused);
}

void register_sources(Series& series, const SourceDesk& sources) {
  series.count_each<security::Level>("ringwire_connections_over_rate_total",
                                     "Connections reset: their source connects too often.", "level",
                                     sources.connections_refused());
  series.count_each<security::Level>("ringwire_handshakes_over_rate_total",
                                     "Connections ended: their source shakes hands too often.", "level",
                                     sources.handshakes_refused());
  series.count_each<security::Scope>("ringwire_connections_over_places_total",
                                     "Connections ended: their source holds as many as it may.", "scope",
                                     sources.denied());
  const char* leases = "Questions about addresses that another shard owns, by what became of them.";
  series.count("ringwire_leases_total", leases, "outcome", "granted", sources.lender().granted);
  series.count("ringwire_leases_total", leases, "outcome", "refused", sources.lender().refused);
  series.count("ringwire_leases_total", leases, "outcome", "crowded", sources.borrower().crowded);
  series.count("ringwire_leases_total", leases, "outcome", "late", sources.lender().late);
}

void register_rates(Series& series, const RateDesk& rates) {
  series.count_each<security::Level>("ringwire_messages_over_rate_total",
                                     "Times that a session was not read: it is over its limits.", "level",
                                     rates.refused());
}

void register_credit(Series& series, const CreditCounters& c) {
  series.count("ringwire_credit_granted_bytes_total", "Credit for fragments that peers were granted.",
               c.granted_bytes);
  series.count("ringwire_credit_withheld_total", "Grants put off: memory was short.", c.withheld);
  series.count("ringwire_credit_exceeded_total", "Peers disconnected: they sent more than they were granted.",
               c.exceeded);
}

void register_refusals(Series& series, const ShardCounters& c) {
  const auto refusal = [&](const char* reason, const Counter& counter) {
    series.count("ringwire_refusals_total", "What this shard refused or dropped, by reason.", "reason",
                 reason, counter);
  };
  refusal("banned_address", c.banned_address);
  refusal("admission_crowded", c.admission_crowded);
  refusal("banned_node", c.banned_node);
  refusal("adopt_failed", c.adopt_failed);
  refusal("connect_failed", c.connect_failed);
  refusal("unhandled_frame", c.unhandled_frames);
  refusal("malformed_message", c.malformed_messages);
  refusal("blamed", c.blamed);
  refusal("punished", c.punished);
  refusal("too_slow", c.too_slow);
  refusal("shed", c.shed);
  refusal("stalled", c.stalled);
  refusal("out_of_heap", c.out_of_heap);
  refusal("unfinished", c.unfinished);
  refusal("http_refused", c.http_refused);
  refusal("undelivered", c.undelivered);
  refusal("relay_dropped", c.relay_dropped);
  series.count("ringwire_connections_handed_on_total", "Accepted here, given to a shard with room.",
               c.handed_on);
  series.count("ringwire_connections_adopted_total", "Taken over from a shard without room.", c.adopted);
  series.count("ringwire_pauses_total", "Connections paused: what they brought had nowhere to go.", c.pauses);
  series.gauge("ringwire_bans", "Nodes and networks that are banned; every shard holds all of them.", c.bans);
  series.gauge("ringwire_paused", "Connections paused now.", c.paused);
  const char* held = "Receive buffers that hold bytes still needed.";
  series.gauge("ringwire_receive_buffers_held", held, "pool", "small", c.buffers_held[0]);
  series.gauge("ringwire_receive_buffers_held", held, "pool", "bulk", c.buffers_held[1]);
  series.count("ringwire_pool_low_turns_total", "Turns in which receive buffers were scarce.",
               c.pool_low_turns);
  series.count("ringwire_http_requests_total", "HTTP requests served.", c.http_requests);
}

void register_tls(Series& series, const ShardContext& context) {
  if (context.tls == nullptr) return;
  const transport::TlsCounters& tls = context.tls->counters();
  const session::RecordCounters& records = context.records.counters;
  const ShardCounters& c = context.counters;
  const char* handshakes = "TLS handshakes, by how far they came.";
  series.count("ringwire_tls_handshakes_total", handshakes, "stage", "begun", tls.begun);
  series.count("ringwire_tls_handshakes_total", handshakes, "stage", "completed", tls.completed);
  series.count_each<transport::TlsFailure>("ringwire_tls_failures_total", "TLS handshakes that failed.",
                                           "reason", tls.failed);
  series.count("ringwire_tls_ended_total", "Connections that ended while keys were being agreed on.",
               c.tls_ended);
  series.gauge("ringwire_tls_waiting", "Connections that wait for a TLS handshake to be begun.",
               c.tls_waiting);
  series.count("ringwire_tls_pushed_out_total", "TLS handshakes given up for others, who had waited.",
               c.tls_pushed_out);
  series.count("ringwire_tls_overdue_total",
               "TLS handshakes given up for others, who waited: their clients were silent.", c.tls_overdue);
  series.count("ringwire_tls_redials_total", "Sessions ended because their keys had sealed what they may.",
               c.tls_redials);
  series.count_each<session::RecordError>("ringwire_tls_records_refused_total",
                                          "Sessions ended by a record of TLS, or by the want of one.",
                                          "reason", records.refused);
  series.count("ringwire_tls_tickets_ignored_total", "Tickets of TLS servers: nothing is resumed.",
               records.tickets_ignored);
  series.count("ringwire_tls_empty_records_total", "Records of TLS that said nothing.",
               records.empty_records);
}

void register_ledger(Series& series, const security::LedgerCounters& c) {
  series.count_each<security::Reason>("ringwire_ledger_charges_total",
                                      "What peers and addresses were charged with.", "reason", c.charged);
  series.count("ringwire_ledger_bans_total", "Bans by score.", c.bans);
  series.count("ringwire_ledger_disconnects_total", "Connections ended by score.", c.disconnects);
  series.count("ringwire_ledger_exempt_total", "Charges of local addresses, which count for nothing.",
               c.exempt);
  series.count("ringwire_ledger_spared_total", "Charges that trust made smaller.", c.spared);
  const char* evicted = "Subjects forgotten because the ledger was full.";
  series.count("ringwire_ledger_evicted_total", evicted, c.evicted);
  series.count("ringwire_ledger_evicted_bans_total", "Of those, banned ones.", c.evicted_bans);
  series.count("ringwire_ledger_unrecorded_total", "Charges judged alone: the ledger was full of worse.",
               c.unrecorded);
}

void register_connections(Series& series, const transport::ConnectionCounters& c) {
  series.count("ringwire_connections_admitted_total", "Inbound connections given a place.", c.admitted);
  series.count("ringwire_connections_refused_full_total", "Inbound connections refused: no place.",
               c.refused_full);
  series.count("ringwire_connections_refused_proven_total",
               "Inbound strangers refused once proven: the places left are those of trusted peers.",
               c.refused_proven);
  series.count("ringwire_connections_pushed_out_total", "Pending connections that lost their place.",
               "reason", "share", c.pushed_out_share);
  series.count("ringwire_connections_pushed_out_total", "Pending connections that lost their place.",
               "reason", "full", c.pushed_out_full);
  const char* help = "Connections ended by a deadline.";
  series.count("ringwire_connection_timeouts_total", help, "phase", "connect", c.connect_timeouts);
  series.count("ringwire_connection_timeouts_total", help, "phase", "handshake", c.handshake_timeouts);
  series.count("ringwire_connection_timeouts_total", help, "phase", "leaving", c.leaving_timeouts);
}

void register_claims(Series& series, const session::ClaimCounters& c) {
  const char* help = "Claims to be the session with a node, by answer.";
  series.count("ringwire_claims_total", help, "answer", "granted", c.granted);
  series.count("ringwire_claims_total", help, "answer", "denied_duplicate", c.denied_duplicate);
  series.count("ringwire_claims_total", help, "answer", "denied_full", c.denied_full);
  series.count("ringwire_claims_revoked_total", "Sessions that lost their claim.", "reason", "simultaneous",
               c.revoked_simultaneous);
  series.count("ringwire_claims_revoked_total", "Sessions that lost their claim.", "reason", "unresponsive",
               c.revoked_unresponsive);
  series.gauge("ringwire_claims", "Nodes whose session this shard vouches for.", c.held);
  series.count("ringwire_claim_probes_total", "Sessions asked to prove that they live.", c.probes);
  series.count("ringwire_claim_stale_releases_total", "Claims given back that were no longer held.",
               c.stale_releases);
}

void register_egress(Series& series, const session::EgressCounters& c) {
  series.count("ringwire_egress_records_total", "Messages appended to the outbound logs.", c.records);
  series.count("ringwire_egress_sends_total", "Sends built: one per peer and turn.", c.sends);
  series.count("ringwire_egress_sent_bytes_total", "Bytes in them.", c.sent_bytes);
  series.count("ringwire_egress_pieces_total", "Pieces in them.", c.pieces);
  series.count("ringwire_egress_compacted_total", "Sends copied together instead of gathered.", c.compacted);
  series.count("ringwire_egress_cut_sends_total", "Sends the kernel did not take whole.", c.cut_sends);
  series.count("ringwire_egress_queued_frames_total", "Frames that waited in a peer's queue.",
               c.queued_frames);
  const char* overflows = "Peers given up: what they should have been told could not be kept.";
  series.count("ringwire_egress_overflows_total", overflows, "queue", "peer", c.overflow_peer_queue);
  series.count("ringwire_egress_overflows_total", overflows, "queue", "heap", c.overflow_heap);
  series.count("ringwire_egress_turn_full_total", "Turns ended early: the logs were full.", c.turn_full);
  series.count("ringwire_egress_heap_full_total", "Large messages refused: no heap for their headers.",
               c.heap_full);
  series.count("ringwire_egress_scratch_full_total", "Sends put off: no memory to copy them together.",
               c.scratch_full);
  series.count_each<wire::TrafficClass>("ringwire_egress_expired_total", "Messages dropped: deadline passed.",
                                        "class", c.expired);
  series.count_each<wire::TrafficClass>("ringwire_egress_starved_total",
                                        "Commits that stopped a class: the peer has given no credit for it.",
                                        "class", c.starved);
  series.count_each<wire::TrafficClass>("ringwire_egress_shed_total",
                                        "Messages dropped from the longest queue: the heap was full.",
                                        "class", c.shed);
}

void register_pool_losses(Series& series, const gossip::PoolCounters& c) {
  const auto lost = [&](const char* reason, const Counter& counter) {
    series.count("ringwire_pool_lost_total", "Transactions that left the pool, by reason.", "reason", reason,
                 counter);
  };
  lost("fee", c.evicted_fee);
  lost("loan", c.evicted_loan);
  lost("own", c.evicted_own);
  lost("expired", c.expired);
}

void register_gossip(Series& series, const GossipDesk& gossip, const ShardCounters& c) {
  const gossip::IntakeCounters& intake = gossip.intake().counters();
  series.count_each<gossip::Offered>("ringwire_gossip_offered_total", "Messages offered to their owner.",
                                     "found", intake.offered);
  series.count_each<gossip::Outcome>("ringwire_gossip_decided_total", "Decisions.", "outcome",
                                     intake.decided);
  series.count("ringwire_late_verdicts_total", "Verdicts of the application on what awaits none.",
               intake.late_verdicts);
  series.count("ringwire_gossip_penalised_total", "Messages that count against who brought them.",
               intake.penalised);
  const char* help = "Signed topic messages refused by their owner.";
  series.count("ringwire_gossip_refused_total", help, "reason", "bad_signature", intake.bad_signatures);
  series.count("ringwire_gossip_refused_total", help, "reason", "repeated_number", intake.repeated_numbers);
  series.count("ringwire_gossip_co_sources_unnamed_total",
               "Copies of undecided messages whose senders were too many to remember.",
               intake.co_sources_unnamed);
  series.gauge("ringwire_gossip_queued", "Messages waiting for a decision.", intake.queued);
  series.gauge("ringwire_gossip_awaiting", "Messages waiting for the application.", intake.awaiting);
  for (std::size_t i = 0; i < gossip::kRefusals; ++i) {
    const auto refusal = static_cast<gossip::Refusal>(i);
    if (refusal == gossip::Refusal::none) continue;
    series.count("ringwire_transactions_refused_total", "Transactions the policy refused.", "reason",
                 name(refusal), gossip.policy().count(refusal));
  }
  series.count_each<gossip::PoolResult>("ringwire_pool_results_total", "Transactions offered to the pool.",
                                        "result", gossip.pool().counters().results);
  register_pool_losses(series, gossip.pool().counters());
  series.gauge("ringwire_pool_transactions", "Transactions in the pool.", gossip.pool().counters().count);
  series.gauge("ringwire_pool_bytes", "Bytes the pool holds.", gossip.pool().counters().bytes);
  series.count("ringwire_seen_cut_short_total", "Ids forgotten before their window was over.",
               gossip.intake().seen_counters().cut_short);
  series.count("ringwire_filter_hits_total", "Copies dropped on the shard they arrived on.",
               gossip.filter().counters().hits);
  series.count("ringwire_deliveries_total", "Messages given to the application.", c.deliveries);
  series.count("ringwire_published_total", "Messages taken from the application.", c.published);
  series.count("ringwire_forwarded_total", "Messages given to their owner on another shard.", c.forwarded);
  series.count("ringwire_relayed_total", "Messages relayed to this shard's peers.", c.relayed);
  series.count("ringwire_relayed_bytes_total", "Their payload bytes, times the peers.", c.relayed_bytes);
}

void register_app(Series& series, const AppCounters& c) {
  const char* received = "Messages of peers given to the application.";
  series.count("ringwire_app_received_total", received, "type", "data", c.data_received);
  series.count("ringwire_app_received_total", received, "type", "request", c.requests_received);
  series.count("ringwire_app_received_total", received, "type", "answer", c.answers_received);
  const char* sent = "Messages of the application to one peer.";
  series.count("ringwire_app_sent_total", sent, "type", "data", c.data_sent);
  series.count("ringwire_app_sent_total", sent, "type", "request", c.requests_sent);
  series.count("ringwire_app_sent_total", sent, "type", "answer", c.answers_sent);
  const char* unanswered = "The application's requests that ended without an answer.";
  series.count("ringwire_app_requests_failed_total", unanswered, "how", "timed_out", c.timed_out);
  series.count("ringwire_app_requests_failed_total", unanswered, "how", "cancelled", c.cancelled);
  series.count("ringwire_app_requests_failed_total", unanswered, "how", "gone", c.gone);
  series.count("ringwire_app_unanswered_total",
               "Peers' requests that the application did not answer in time.", c.unanswered);
  series.gauge("ringwire_app_asked", "The application's requests that are open.", c.asked);
  series.gauge("ringwire_app_owed", "Peers' requests that the application has not answered yet.", c.owed);
  series.count_each<AppDrop>("ringwire_app_dropped_total", "The embedder's messages dropped.", "reason",
                             c.dropped);
}

void register_latencies(Registry& registry, const Shard& shard) {
  for (std::size_t i = 0; i < kDelays; ++i) {
    const auto delay = static_cast<Delay>(i);
    registry.add(kLatencyMetric, kLatencyHelp,
                 "shard=\"" + std::to_string(shard.context().id) + "\",subsystem=\"" + name(delay) + "\"",
                 shard.context().latencies[delay]);
  }
}

void register_loop(Series& series, const Shard& shard, const log::Logger& logger) {
  series.count("ringwire_shard_cpu_seconds_total", "CPU time of the shard's thread.",
               [&shard] { return shard.vitals().cpu_ns(); });
  series.count("ringwire_memory_given_back_total",
               "Times the allocator was asked to give back what a crowd had left.", shard.thrift().times());
  series.gauge("ringwire_shard_busy_poll", "1 where the shard never sleeps, by configuration.",
               [&shard] { return std::uint64_t{shard.context().settings.wait.busy_poll}; });
  series.gauge("ringwire_shard_events_per_second", "Rate that the wait policy goes by.",
               [&shard] { return shard.wait_policy().events_per_second(); });
  series.gauge("ringwire_shard_gathering", "1 while waiting for batches of completions.",
               [&shard] { return std::uint64_t{shard.wait_policy().gathering()}; });
  const char* switched = "Times the wait policy began or ended to wait for batches.";
  series.count("ringwire_shard_gather_switches_total", switched, "to", "on",
               shard.wait_policy().counters().gather_on);
  series.count("ringwire_shard_gather_switches_total", switched, "to", "off",
               shard.wait_policy().counters().gather_off);
  series.count("ringwire_shard_sleeps_total", "Waits that may have slept.",
               shard.wait_policy().counters().sleeps);
  series.count("ringwire_shard_looks_total", "Waits that only looked.", shard.wait_policy().counters().looks);
  series.count("ringwire_shard_budget_exhausted_total", "Turns that had signature work left over.",
               shard.budget().exhausted_turns());
  series.gauge("ringwire_timers", "Timers armed.", shard.timers().armed());
  series.gauge("ringwire_heap_used_bytes", "Heap in use.",
               [&shard] { return shard.context().heap.used_bytes(); });
  series.count("ringwire_heap_refused_total", "Requests the heap refused at its limit.",
               shard.context().heap.refused());
  series.count("ringwire_links_control_waited_total", "Control messages that waited for room.",
               shard.links().counters().control_waited);
  const char* refused = "Messages that found no room on their way to another shard; sent again later.";
  series.count("ringwire_lanes_refused_total", refused, "lane", "forward",
               [&shard] { return shard.links().forwards_refused(); });
  series.count("ringwire_lanes_refused_total", refused, "lane", "relay",
               [&shard] { return shard.links().relays_refused(); });
  series.count("ringwire_bans_evicted_total", "Bans that ended early: the list was full.",
               [&shard] { return shard.admission().bans().evicted(); });
  series.count("ringwire_log_dropped_total", "Log lines dropped: the ring was full.",
               logger.counters().dropped);
  series.count("ringwire_log_suppressed_total", "Log lines held back by their limit.",
               logger.counters().suppressed);
  for (std::size_t i = 0; i < kCopyReasons; ++i) {
    series.count("ringwire_copied_bytes_total", "Message bytes copied, by reason.", "reason",
                 name(static_cast<CopyReason>(i)), shard.context().copies.bytes[i]);
  }
}

}  // namespace

void register_process(Registry& registry, const NodeFacts& facts, const log::Log& log) {
  const std::string labels = "version=\"" + std::string(facts.version) + "\",driver=\"" + facts.driver +
                             "\",id=\"" + facts.id + "\"";
  registry.add(Type::gauge, "ringwire_node_info", "Always 1: who this is.", labels,
               [] { return std::uint64_t{1}; });
  registry.add(Type::gauge, "ringwire_uptime_seconds", "Since the node started.", "",
               [started = driver::read_monotonic()] {
                 return static_cast<std::uint64_t>((driver::read_monotonic() - started).count());
               });
  registry.add(Type::counter, "ringwire_log_lines_total", "Log lines written.", "", log.counters().lines);
  const char* help = "Log lines lost on their way to the file, beyond those of the shards.";
  registry.add(Type::counter, "ringwire_log_lost_total", help, "reason=\"over_budget\"",
               log.counters().over_budget);
  registry.add(Type::counter, "ringwire_log_lost_total", help, "reason=\"write_failed\"",
               log.counters().write_failed);
}

void register_ban_keeper(Registry& registry, const BanKeeper& keeper) {
  registry.add(Type::counter, "ringwire_ban_file_saved_total", "Times the bans were stored.", "",
               keeper.counters().saved);
  registry.add(Type::counter, "ringwire_ban_file_failed_total", "Times the bans could not be stored.", "",
               keeper.counters().failed);
  registry.add(Type::counter, "ringwire_ban_file_passed_over_total",
               "Copies of the bans found at the start that were not good.", "",
               keeper.counters().passed_over);
}

void register_metrics(Registry& registry, const Shard& shard, const driver::Driver& driver,
                      const log::Logger& logger) {
  Series series(registry, shard.context().id);
  register_sessions(series, shard.context().counters);
  register_assembly(series, shard.context().assembly.counters);
  register_refusals(series, shard.context().counters);
  register_tls(series, shard.context());
  register_connections(series, shard.connections().manager().counters());
  register_sources(series, shard.sources());
  register_rates(series, shard.rates());
  register_credit(series, shard.credits().counters());
  register_ledger(series, shard.ledger().ledger().counters());
  register_claims(series, shard.claims().counters());
  register_egress(series, shard.outbox().counters());
  register_gossip(series, shard.gossip(), shard.context().counters);
  register_app(series, shard.app().counters());
  register_loop(series, shard, logger);
  register_latencies(registry, shard);
  register_driver(series, driver);
}

}  // namespace ringwire::node
