// One shard: its parts, and the turn that runs them (README.md, one turn).
//
// Timers served at the end of the events: the wheel (sessions), the connection manager, leases, the claim
// table, intake and pool, and on shard 0 the dial planner and the HTTP desk. Thread: made and destroyed by
// the node's thread; turn() and everything below it belong to the shard's own.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/log/logger.hpp"
#include "engine/node/admission.hpp"
#include "engine/node/app_desk.hpp"
#include "engine/node/claims_desk.hpp"
#include "engine/node/command.hpp"
#include "engine/node/dial_desk.hpp"
#include "engine/node/gossip_desk.hpp"
#include "engine/node/http_desk.hpp"
#include "engine/node/inbox.hpp"
#include "engine/node/ledger_desk.hpp"
#include "engine/node/proofs.hpp"
#include "engine/node/relief.hpp"
#include "engine/node/securing.hpp"
#include "engine/node/source_desk.hpp"
#include "engine/node/thrift.hpp"
#include "engine/node/vitals.hpp"
#include "engine/shard/sleeper.hpp"
#include "engine/shard/timer_wheel.hpp"
#include "engine/shard/turn_budget.hpp"
#include "engine/shard/wait_policy.hpp"

namespace ringwire::node {

// What a shard is made of that it shares with others or with the node.
struct ShardParts {
  ShardId id = 0;
  const Config& config;
  Settings settings;
  const session::LocalNode& local;
  driver::Driver& driver;
  Mesh& mesh;
  const std::vector<std::unique_ptr<shard::Sleeper>>& sleepers;
  std::vector<ShardLoad>& loads;
  const metrics::Registry& registry;
  GossipKeys keys;
  log::Logger& logger;
  transport::TlsContext* tls = nullptr;  // null: plaintext; outlives the shard
  Entropy entropy{};
  gossip::TransactionPolicy* policy = nullptr;  // null: the default one; outlives the shard
};

class Shard {
 public:
  explicit Shard(const ShardParts& parts);
  Shard(const Shard&) = delete;
  Shard& operator=(const Shard&) = delete;

  // --- before it runs, by the node's thread
  void add_peer_listener(driver::ListenerId listener) { peer_listeners_.push_back(listener); }
  void set_http_listener(driver::ListenerId listener) { http_listener_ = listener; }

  // --- any thread
  [[nodiscard]] CommandRing& commands() { return commands_; }
  [[nodiscard]] const ShardContext& context() const { return context_; }

  // --- its own thread
  // Turns until a stop has been carried through.
  void run();
  // wait() and work(). False when the shard has stopped.
  bool turn() {
    wait();
    return work();
  }
  // The halves of a turn, for who gives turns to several shards over a driver whose wait() never blocks
  // (engine/sim): wait() once, then work() and wait() whenever the driver is ready, so that the plan for the
  // time between two turns is made last, and who sleeps in it can be rung.
  void wait();
  bool work();
  void stop() { stopping_ = true; }
  void serve_commands();
  // run() has returned.
  [[nodiscard]] bool ended() const { return ended_; }

  [[nodiscard]] Connections& connections() { return connections_; }
  [[nodiscard]] Admission& admission() { return admission_; }
  [[nodiscard]] SessionTable& sessions() { return sessions_; }
  [[nodiscard]] LedgerDesk& ledger() { return ledger_; }
  [[nodiscard]] Outbox& outbox() { return outbox_; }
  [[nodiscard]] GossipDesk& gossip() { return gossip_; }
  [[nodiscard]] AppDesk& app() { return app_; }
  [[nodiscard]] DialDesk& dials() { return *dials_; }  // shard 0 only
  // The operator's: here and, where this shard owns it, in its ledger. False where it was not banned.
  void ban(const security::Subject& subject, Duration duration);
  bool unban(const security::Subject& subject);
  // Of an earlier run, before this one began.
  void restore(const security::Ban& ban);
  [[nodiscard]] Instant time() const { return context_.time(); }
  [[nodiscard]] Links& links() { return links_; }
  void list_peers(std::vector<PeerInfo>& out);

  // --- after it ended: see bring_references_home()
  void drop_everything();

  [[nodiscard]] const Outbox& outbox() const { return outbox_; }
  [[nodiscard]] const GossipDesk& gossip() const { return gossip_; }
  [[nodiscard]] const AppDesk& app() const { return app_; }
  [[nodiscard]] const Connections& connections() const { return connections_; }
  [[nodiscard]] const Admission& admission() const { return admission_; }
  [[nodiscard]] const SourceDesk& sources() const { return sources_; }
  [[nodiscard]] const RateDesk& rates() const { return rates_; }
  [[nodiscard]] const CreditDesk& credits() const { return credits_; }
  [[nodiscard]] const ClaimsDesk& claims() const { return claims_; }
  [[nodiscard]] const LedgerDesk& ledger() const { return ledger_; }
  [[nodiscard]] const shard::WaitPolicy& wait_policy() const { return wait_policy_; }
  [[nodiscard]] const shard::TurnBudget& budget() const { return budget_; }
  [[nodiscard]] const shard::TimerWheel& timers() const { return timers_; }
  [[nodiscard]] const Vitals& vitals() const { return vitals_; }
  [[nodiscard]] const Thrift& thrift() const { return thrift_; }
  [[nodiscard]] const Links& links() const { return links_; }

 private:
  [[nodiscard]] bool has_work();
  // Whether due dials are made at all: by shard 0, until it stops.
  [[nodiscard]] bool may_dial() const { return dials_ != nullptr && !stopping_; }
  [[nodiscard]] Instant next_deadline();
  std::uint32_t run_events();
  void on_event(driver::Event& event);
  void on_peer_event(Session& session, driver::Event& event);
  void on_http_event(driver::Event& event);
  void on_control(const ControlMessage& message);
  void on_adopt(int descriptor);
  void write_report(const ControlMessage& message);
  void run_deadlines();
  void advance_stop();
  void begin_stop();
  void end_http();
  [[nodiscard]] bool stopped() const;

  Links links_;
  ShardContext context_;
  shard::Sleeper& sleeper_;
  shard::TimerWheel timers_;
  shard::WaitPolicy wait_policy_;
  Vitals vitals_;
  Thrift thrift_;
  shard::TurnBudget budget_;
  SessionTable sessions_;
  Relief relief_;
  Outbox outbox_;
  LedgerDesk ledger_;
  SourceDesk sources_;
  security::BanList bans_;
  AppDesk app_;
  Connections connections_;
  Admission admission_;
  Securing securing_;
  Proofs proofs_;
  ClaimsDesk claims_;
  GossipDesk gossip_;
  RateDesk rates_;
  CreditDesk credits_;
  Unfinished unfinished_;
  Inbox inbox_;
  std::unique_ptr<DialDesk> dials_;
  std::unique_ptr<HttpDesk> http_;
  CommandRing commands_{kCommandDepth};
  std::vector<Command*> unfinished_commands_;
  std::vector<driver::ListenerId> peer_listeners_;
  driver::ListenerId http_listener_;
  bool asleep_ = false;  // as the sleeper was told
  bool stopping_ = false;
  bool ended_ = false;
  bool said_goodbye_ = false;
  bool http_ended_ = false;
  bool gave_up_ = false;  // on who had not said goodbye in time
  Instant stop_deadline_ = kNever;
};

// After all of them ended, by the thread that destroys them: drops what they hold, and slices that one lent
// another, still on their way or held to the last, go back to where they are from. Then they may go, and
// after them the mesh.
void bring_references_home(const std::vector<std::unique_ptr<Shard>>& shards);

}  // namespace ringwire::node
