#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <memory>
#include <optional>
#include <unordered_map>

#include "codec/crypto/keccak.hpp"
#include "codec/wire/enode.hpp"
#include "codec/wire/transaction_list.hpp"
#include "engine/node/credentials.hpp"
#include "engine/node/swarm.hpp"
#include "tools/command/commands.hpp"
#include "tools/command/delivery_check.hpp"
#include "tools/command/load_report.hpp"
#include "tools/command/progress.hpp"
#include "tools/command/relay_costs.hpp"
#include "tools/command/request_tally.hpp"
#include "tools/sim/transaction_maker.hpp"

namespace ringwire::command {
namespace {

using node::Swarm;

struct Options {
  std::string to;
  std::uint32_t connections = 1;
  std::uint32_t rate = 1000;
  std::uint32_t bytes = 0;
  std::uint32_t seconds = 10;
  std::string kind = "tx";
  Config node;  // as the nodes': whether there is TLS, and with what
  std::uint64_t chain_id = 1337;
  std::vector<std::string> delivery_logs;
  std::vector<std::string> metrics;
  bool check = false;
  bool json = false;
};

// After the last message was sent, deliveries may still come: as long as some come, and this long after the
// last.
constexpr std::chrono::seconds kQuiet{10};

// A duplicate takes another way than the first copy: it comes within this time, or not at all.
constexpr std::chrono::milliseconds kLastLook{500};

// Messages between two turns of the generator's own loop: where it cannot keep the rate it is late, and still
// reads, sends and notices what became of its connections.
constexpr int kAtOnce = 64;

std::int64_t unix_ns() {
  timespec time{};
  clock_gettime(CLOCK_REALTIME, &time);
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

// Calls send() as often as the rate asks for, until the time is over or nobody is connected.
template <class Send>
void pace(const Options& options, Swarm& swarm, LoadReport& report, Progress& progress, Send&& send) {
  const Instant start = swarm.now();
  const std::uint64_t total = std::uint64_t{options.rate} * options.seconds;
  const Duration limit = std::chrono::seconds(options.seconds) + 30s;
  while (report.published < total && swarm.established() > 0 && swarm.now() - start < limit) {
    const auto elapsed_us = static_cast<std::uint64_t>((swarm.now() - start) / 1us);
    const std::uint64_t due = std::min(total, elapsed_us * options.rate / 1'000'000 + 1);
    for (int sent = 0; sent < kAtOnce && report.published < due && send(); ++sent) ++report.published;
    swarm.turn(1ms);
    progress.tell(fmt::format("{} of {} sent", report.published, total));
  }
  report.seconds = std::chrono::duration<double>(swarm.now() - start).count();
  progress.clear();
}

// The next established connection, round robin; size() where there is none.
std::uint32_t choose(const Swarm& swarm, std::uint32_t& cursor) {
  for (std::uint32_t tried = 0; tried < swarm.size(); ++tried) {
    cursor = (cursor + 1) % swarm.size();
    if (swarm.is_established(cursor)) return cursor;
  }
  return swarm.size();
}

// Until every delivery was seen, or none comes any more. Empty, or what is wrong with a delivery log.
std::string await_deliveries(DeliveryCheck& check, Swarm& swarm, LoadReport& report, Progress& progress) {
  auto last_news = std::chrono::steady_clock::now();
  for (std::uint64_t seen = 0; check.deliveries() < check.expected();) {
    swarm.turn(20ms);
    if (std::string error = check.read_new(report); !error.empty()) return error;
    if (check.deliveries() != seen) last_news = std::chrono::steady_clock::now();
    seen = check.deliveries();
    progress.tell(fmt::format("{} of {} deliveries seen", seen, check.expected()));
    if (std::chrono::steady_clock::now() - last_news > kQuiet) break;
  }
  // A duplicate would come late: one more look.
  for (const Instant until = swarm.now() + kLastLook; swarm.now() < until;) swarm.turn(20ms);
  if (std::string error = check.read_new(report); !error.empty()) return error;
  progress.clear();
  check.settle(report);
  return {};
}

std::string send_transactions(const Options& options, Swarm& swarm, LoadReport& report, Progress& progress) {
  sim::TransactionMaker maker(options.chain_id, options.bytes);
  DeliveryCheck check(options.delivery_logs);
  std::vector<std::uint8_t> transaction = maker.next();
  std::vector<std::uint8_t> payload;
  std::uint32_t cursor = 0;
  pace(options, swarm, report, progress, [&] {
    const ByteView view = transaction;
    payload.resize(wire::transactions_bytes(std::span(&view, 1)));
    wire::encode_transactions(std::span(&view, 1), payload);
    const std::uint32_t connection = choose(swarm, cursor);
    if (connection == swarm.size() || !swarm.say(connection, wire::MessageType::transactions, payload))
      return false;
    if (options.check) check.publish(crypto::keccak256(transaction), unix_ns());
    transaction = maker.next();
    return true;
  });
  return options.check ? await_deliveries(check, swarm, report, progress) : std::string();
}

// Until none is waited for, nobody is connected, or no news came for kQuiet: by the clock, since what the
// node relays to us meanwhile makes turns short. How many are left.
template <class Waiting>
std::size_t await_answers(Swarm& swarm, Waiting&& waiting) {
  Instant last_news = swarm.now();
  std::size_t left = waiting();
  while (left > 0 && swarm.established() > 0 && swarm.now() - last_news < kQuiet) {
    swarm.turn(10ms);
    if (waiting() != left) last_news = swarm.now();
    left = waiting();
  }
  return left;
}

// --- pings

void send_pings(const Options& options, Swarm& swarm, LoadReport& report, Progress& progress,
                std::unordered_map<std::uint64_t, Instant>& waiting) {
  std::vector<std::uint8_t> payload(std::max(options.bytes, wire::kPingBytesMin));
  std::uint32_t cursor = 0;
  std::uint64_t nonce = 0;
  pace(options, swarm, report, progress, [&] {
    const std::uint32_t connection = choose(swarm, cursor);
    if (connection == swarm.size()) return false;
    wire::encode_ping(++nonce, payload);
    if (!swarm.say(connection, wire::MessageType::ping, payload)) return false;
    waiting[nonce] = swarm.now();
    return true;
  });
  report.lost = await_answers(swarm, [&] { return waiting.size(); });
}

// --- requests

void send_requests(const Options& options, Swarm& swarm, LoadReport& report, Progress& progress,
                   RequestTally& tally) {
  std::uint32_t cursor = 0;
  // A connection that has as many open as it may is passed over; where all have, nothing is sent for now.
  const auto choose_free = [&] {
    for (std::uint32_t tried = 0; tried < swarm.size(); ++tried) {
      const std::uint32_t connection = choose(swarm, cursor);
      if (connection == swarm.size() || tally.may_ask(connection)) return connection;
    }
    return swarm.size();
  };
  pace(options, swarm, report, progress, [&] {
    const std::uint32_t connection = choose_free();
    if (connection == swarm.size()) return false;
    if (!swarm.say(connection, wire::MessageType::app_request, tally.next())) return false;
    tally.asked(connection, swarm.now());
    return true;
  });
  report.lost = await_answers(swarm, [&] { return tally.waiting(); });
  // A second answer to the last ones.
  for (const Instant until = swarm.now() + kLastLook; options.check && swarm.now() < until;) swarm.turn(20ms);
}

// --- the command

// Until every connection is a session or has failed, or nothing has happened for kQuiet.
void await_sessions(Swarm& swarm) {
  const auto settled = [&] { return swarm.established() + swarm.ended(); };
  Instant last_news = swarm.now();
  for (std::uint32_t seen = settled(); seen < swarm.size() && swarm.now() - last_news < kQuiet;) {
    swarm.turn(10ms);
    if (settled() != seen) last_news = swarm.now();
    seen = settled();
  }
}

std::vector<std::string> objections(const Options& options) {
  std::vector<std::string> found;
  if (options.kind == "ping" && options.bytes > wire::kPingBytesMax) {
    found.push_back(fmt::format("flag --size: a ping has at most {} bytes", wire::kPingBytesMax));
  }
  if (options.bytes > 128 * 1024) found.push_back("flag --size: at most 131072");
  if (options.check && options.kind == "tx" && options.delivery_logs.empty()) {
    found.push_back("flag --check: needs the nodes' delivery logs: --delivery-log FILE, once per node");
  }
  if (options.check && options.kind == "ping")
    found.push_back("flag --check: of a ping there is nothing to check; accepted: --kind tx or request");
  return found;
}

// The nodes named by --metrics; what is not an address joins `wrong`.
std::vector<Endpoint> metrics_addresses(const Options& options, std::vector<std::string>& wrong) {
  std::vector<Endpoint> nodes;
  for (const std::string& text : options.metrics) {
    const std::optional<Endpoint> node = Endpoint::parse(text);
    if (node && node->port != 0) {
      nodes.push_back(*node);
    } else {
      wrong.push_back(fmt::format("flag --metrics: accepted: IP:PORT or [IP6]:PORT; given: {}", text));
    }
  }
  return nodes;
}

// Sends and measures. Empty, or why there is nothing to report.
std::string generate(const Options& options, const wire::Enode& target,
                     const transport::TlsCredentials* credentials, LoadReport& report) {
  std::unordered_map<std::uint64_t, Instant> waiting;
  const auto on_pong = [&](std::uint32_t, std::uint64_t nonce, Instant now) {
    const auto found = waiting.find(nonce);
    if (found == waiting.end()) return;
    report.latency.record(now - found->second);
    ++report.delivered;
    waiting.erase(found);
  };
  RequestTally tally(options.connections, options.bytes, options.check);
  const auto on_message = [&](std::uint32_t connection, wire::MessageType type, const SliceChain& record,
                              Instant now) {
    if (type == wire::MessageType::app_response) tally.on_answer(connection, record, now, report);
  };
  auto swarm = Swarm::open({target.endpoint, target.id(), options.node.network_id, credentials},
                           options.connections, {on_pong, on_message});
  if (!swarm.ok()) return swarm.error();
  await_sessions(**swarm);
  std::string error;
  Progress progress;
  if (options.kind == "ping") {
    send_pings(options, **swarm, report, progress, waiting);
  } else if (options.kind == "request") {
    report.checked = options.check;
    send_requests(options, **swarm, report, progress, tally);
  } else {
    error = send_transactions(options, **swarm, report, progress);
  }
  report.failures = (*swarm)->failures();
  return error;
}

int fail(const std::string& line) {
  fmt::print(stderr, "{}\n", line);
  return kFailed;
}

int run(const Options& options) {
  const auto target = wire::parse_enode(options.to);
  auto wrong = objections(options);
  if (!target.ok()) wrong.push_back(fmt::format("flag --to: {}", wire::explain(target.error())));
  const std::vector<Endpoint> nodes = metrics_addresses(options, wrong);
  std::optional<transport::TlsCredentials> credentials;
  if (!options.node.insecure_plaintext) {
    auto obtained = node::obtain_credentials(options.node);
    if (obtained.ok()) credentials = std::move(obtained).value();
    if (!obtained.ok()) wrong.push_back("flag --" + obtained.error().findings.front());
  }
  for (const std::string& line : wrong) fmt::print(stderr, "{}\n", line);
  if (!wrong.empty()) return kWrongInput;

  const auto costs = RelayCosts::begin(nodes);
  if (!costs.ok()) return fail(costs.error());
  LoadReport report;
  report.kind = options.kind;
  report.connections = options.connections;
  const auto* const shown = credentials ? &*credentials : nullptr;
  if (const std::string error = generate(options, *target, shown, report); !error.empty()) return fail(error);
  // A node that is gone has taken its counters with it; what was seen is reported all the same.
  const auto copied = costs->end();
  if (copied.ok()) report.copied_per_relayed = *copied;
  fmt::print("{}", options.json ? report.to_json() : report.to_table());
  if (!copied.ok()) return fail(copied.error());
  return report.good() ? kDone : kFailed;
}

}  // namespace

void add_load(CLI::App& app, int& status) {
  CLI::App* command = app.add_subcommand("load", "Generate traffic for a node and report what became of it");
  const auto options = std::make_shared<Options>();
  command->add_option("--to", options->to, "The node to send to")->type_name("ENODE")->required();
  command->add_option("--connections", options->connections, "Sessions, each with an identity of its own")
      ->check(CLI::Range(1U, 100'000U))
      ->capture_default_str();
  command->add_option("--rate", options->rate, "Messages per second, over all connections")
      ->check(CLI::Range(1U, 10'000'000U))
      ->capture_default_str();
  command
      ->add_option("--size", options->bytes,
                   "Bytes of a transaction, of a ping's payload, or of a request; 0 = as small as it gets")
      ->type_name("BYTES")
      ->capture_default_str();
  command->add_option("--seconds", options->seconds, "How long to send")
      ->check(CLI::Range(1U, 86'400U))
      ->capture_default_str();
  command
      ->add_option(
          "--kind", options->kind,
          "tx: signed transactions; ping: session pings; request: application requests, which a node "
          "with app.echo answers")
      ->check(CLI::IsMember({"tx", "ping", "request"}))
      ->capture_default_str();
  command->add_option("--network-id", options->node.network_id, "As the node's")->capture_default_str();
  auto* const plaintext =
      command->add_flag("--insecure-plaintext", options->node.insecure_plaintext, "As the node's: no TLS");
  auto* const certificate =
      command
          ->add_option("--tls.certificate", options->node.tls.certificate, "What a closed network asks for")
          ->type_name("FILE")
          ->excludes(plaintext);
  auto* const key = command->add_option("--tls.key", options->node.tls.key, "Its key")
                        ->type_name("FILE")
                        ->needs(certificate);
  certificate->needs(key);
  command->add_option("--tls.authorities", options->node.tls.authorities, "Who signs in that network")
      ->type_name("FILE")
      ->needs(certificate);
  command->add_option("--chain-id", options->chain_id, "Of the transactions")->capture_default_str();
  command->add_option("--delivery-log", options->delivery_logs, "A node's delivery log; once per node")
      ->type_name("FILE");
  command
      ->add_option(
          "--metrics", options->metrics,
          "A node's metrics address; once per node. Adds the bytes they copied per byte they relayed")
      ->type_name("IP:PORT");
  command->add_flag("--check", options->check,
                    "Verify that every node delivered every transaction exactly once, or that every request "
                    "was answered once and with its own bytes");
  command->add_flag("--json", options->json, "Print one JSON object");
  command->footer(
      "status: 0 all well, 1 something was lost, duplicated or refused, 2 wrong input\n\n"
      "examples:\n"
      "  ringwire load --to enode://...@127.0.0.1:30303 --kind ping --connections 64 --rate 10000 --size "
      "256\n"
      "  ringwire load --to enode://...@127.0.0.1:30303 --kind request --connections 8 --rate 5000 --size "
      "1000 "
      "--check\n"
      "  ringwire load --to enode://...@127.0.0.1:30303 --rate 2000 --seconds 20 --check --delivery-log "
      "a.log "
      "--delivery-log b.log");
  command->callback([&status, options] { status = run(*options); });
}

}  // namespace ringwire::command
