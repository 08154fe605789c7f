#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <ctime>
#include <memory>
#include <unordered_map>

#include "codec/crypto/keccak.hpp"
#include "codec/wire/transaction.hpp"
#include "codec/wire/transaction_list.hpp"
#include "tools/command/commands.hpp"
#include "tools/command/delivery_log.hpp"
#include "tools/command/load_report.hpp"
#include "tools/command/swarm.hpp"

namespace ringwire::command {
namespace {

struct Options {
  std::string to;
  std::uint32_t connections = 1;
  std::uint32_t rate = 1000;
  std::uint32_t bytes = 0;
  std::uint32_t seconds = 10;
  std::string kind = "tx";
  std::uint64_t network_id = 1337;
  std::uint64_t chain_id = 1337;
  std::vector<std::string> delivery_logs;
  bool check = false;
  bool json = false;
};

// After the last message was sent, deliveries may still come: as long as some come, and this long after the
// last.
constexpr std::chrono::seconds kQuiet{10};

// Messages between two turns of the generator's own loop: where it cannot keep the rate it is late, and still
// reads, sends and notices what became of its connections.
constexpr int kAtOnce = 64;

std::int64_t unix_ns() {
  timespec time{};
  clock_gettime(CLOCK_REALTIME, &time);
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

void progress(const Options& options, const std::string& text) {
  if (!options.json && isatty(STDERR_FILENO) != 0) fmt::print(stderr, "\r\033[K{}", text);
}

// --- transactions

// Signed transactions of one fresh account, `bytes` long where that is more than they need.
class TransactionMaker {
 public:
  TransactionMaker(std::uint64_t chain_id, std::uint32_t bytes)
      : signer_(entropy_.draw<Hash32>().bytes), key_(draw()) {
    fields_.chain_id = chain_id;
    fields_.max_fee = 1'000'000'000;
    fields_.max_priority_fee = 1'000'000'000;
    fields_.to = Address20{};
    fields_.gas_limit = 21'000;
    const std::size_t bare = wire::sign_transaction(fields_, signer_, key_).size();
    if (bytes <= bare) return;
    data_.resize(bytes - bare);
    fields_.data = data_;
    fields_.gas_limit = 21'000 + 16 * data_.size();
  }

  std::vector<std::uint8_t> next() {
    auto bytes = wire::sign_transaction(fields_, signer_, key_);
    ++fields_.nonce;
    return bytes;
  }

 private:
  crypto::SecretKey draw() {
    for (;;) {
      if (auto key = crypto::SecretKey::from_bytes(entropy_.draw<Hash32>().bytes)) return std::move(*key);
    }
  }
  node::Entropy entropy_;
  crypto::Signer signer_;
  crypto::SecretKey key_;
  wire::TransactionFields fields_;
  std::vector<std::uint8_t> data_;
};

// What was published when, and how often each node delivered it.
class Ledger {
 public:
  explicit Ledger(std::size_t nodes) : nodes_(nodes) {}

  void publish(const Hash32& id) {
    entries_.emplace(id, Entry{unix_ns(), std::vector<std::uint16_t>(nodes_)});
  }

  void deliver(std::size_t node, const Hash32& id, std::int64_t at_unix_ns, LoadReport& report) {
    const auto found = entries_.find(id);
    if (found == entries_.end()) {
      ++report.unknown;
    } else if (++found->second.times[node] == 1) {
      report.latency.record(Duration(at_unix_ns - found->second.published_unix_ns));
      ++deliveries_;
    }
  }
  [[nodiscard]] bool complete() const { return deliveries_ == entries_.size() * nodes_; }
  [[nodiscard]] std::uint64_t deliveries() const { return deliveries_; }

  void settle(LoadReport& report) const {
    for (const auto& [id, entry] : entries_) {
      bool exact = true;
      for (const std::uint16_t times : entry.times) {
        report.lost += times == 0 ? 1 : 0;
        report.duplicated += times > 1 ? times - 1U : 0U;
        exact = exact && times == 1;
      }
      report.delivered += exact ? 1 : 0;
    }
  }

 private:
  struct Entry {
    std::int64_t published_unix_ns;
    std::vector<std::uint16_t> times;  // by node
  };
  struct IdHash {
    std::size_t operator()(const Hash32& id) const { return load_be<std::uint64_t>(id.bytes.data()); }
  };
  const std::size_t nodes_;
  std::unordered_map<Hash32, Entry, IdHash> entries_;
  std::uint64_t deliveries_ = 0;
};

class LogSet {
 public:
  explicit LogSet(const std::vector<std::string>& paths) {
    for (const std::string& path : paths) readers_.emplace_back(path);
  }
  // Empty, or what is wrong with a file.
  std::string read_new(Ledger& ledger, LoadReport& report) {
    for (std::size_t node = 0; node < readers_.size(); ++node) {
      const bool ok = readers_[node].read_new([&](std::string_view kind, const Hash32& id, std::int64_t at) {
        if (kind == "tx") ledger.deliver(node, id, at, report);
      });
      if (!ok) return readers_[node].error();
    }
    return {};
  }

 private:
  std::vector<DeliveryLogReader> readers_;
};

// Calls send() as often as the rate asks for, until the time is over or nobody is connected.
template <class Send>
void pace(const Options& options, Swarm& swarm, LoadReport& report, Send&& send) {
  const Instant start = swarm.now();
  const std::uint64_t total = std::uint64_t{options.rate} * options.seconds;
  const Duration limit = std::chrono::seconds(options.seconds) + 30s;
  while (report.published < total && swarm.established() > 0 && swarm.now() - start < limit) {
    const auto elapsed_us = static_cast<std::uint64_t>((swarm.now() - start) / 1us);
    const std::uint64_t due = std::min(total, elapsed_us * options.rate / 1'000'000 + 1);
    for (int sent = 0; sent < kAtOnce && report.published < due && send(); ++sent) ++report.published;
    swarm.turn(1ms);
    if (report.published % 256 == 0) progress(options, fmt::format("{} of {} sent", report.published, total));
  }
  report.seconds = std::chrono::duration<double>(swarm.now() - start).count();
  progress(options, "");
}

// The next established connection, round robin; size() where there is none.
std::uint32_t choose(const Swarm& swarm, std::uint32_t& cursor) {
  for (std::uint32_t tried = 0; tried < swarm.size(); ++tried) {
    cursor = (cursor + 1) % swarm.size();
    if (swarm.is_established(cursor)) return cursor;
  }
  return swarm.size();
}

std::string send_transactions(const Options& options, Swarm& swarm, LoadReport& report) {
  TransactionMaker maker(options.chain_id, options.bytes);
  Ledger ledger(options.delivery_logs.size());
  LogSet logs(options.delivery_logs);
  std::vector<std::uint8_t> transaction = maker.next();
  std::vector<std::uint8_t> payload;
  std::uint32_t cursor = 0;
  pace(options, swarm, report, [&] {
    const ByteView view = transaction;
    payload.resize(wire::transactions_bytes(std::span(&view, 1)));
    wire::encode_transactions(std::span(&view, 1), payload);
    const std::uint32_t connection = choose(swarm, cursor);
    if (connection == swarm.size() || !swarm.say(connection, wire::MessageType::transactions, payload))
      return false;
    if (options.check) ledger.publish(crypto::keccak256(transaction));
    transaction = maker.next();
    return true;
  });
  if (!options.check) return {};
  auto last_news = std::chrono::steady_clock::now();
  for (std::uint64_t seen = 0; !ledger.complete();) {
    swarm.turn(20ms);
    if (std::string error = logs.read_new(ledger, report); !error.empty()) return error;
    if (ledger.deliveries() != seen) last_news = std::chrono::steady_clock::now();
    seen = ledger.deliveries();
    progress(options, fmt::format("{} deliveries read", seen));
    if (std::chrono::steady_clock::now() - last_news > kQuiet) break;
  }
  // A duplicate would come late: one more look.
  for (int i = 0; i < 25; ++i) swarm.turn(20ms);
  if (std::string error = logs.read_new(ledger, report); !error.empty()) return error;
  progress(options, "");
  ledger.settle(report);
  report.checked = true;
  return {};
}

// --- pings

void send_pings(const Options& options, Swarm& swarm, LoadReport& report,
                std::unordered_map<std::uint64_t, Instant>& waiting) {
  std::vector<std::uint8_t> payload(std::max(options.bytes, wire::kPingBytesMin));
  std::uint32_t cursor = 0;
  std::uint64_t nonce = 0;
  pace(options, swarm, report, [&] {
    const std::uint32_t connection = choose(swarm, cursor);
    if (connection == swarm.size()) return false;
    wire::encode_ping(++nonce, payload);
    if (!swarm.say(connection, wire::MessageType::ping, payload)) return false;
    waiting[nonce] = swarm.now();
    return true;
  });
  for (int i = 0; i < 200 && !waiting.empty() && swarm.established() > 0; ++i) swarm.turn(10ms);
  report.lost = waiting.size();
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
  if (options.check && options.delivery_logs.empty()) {
    found.push_back("flag --check: needs the nodes' delivery logs: --delivery-log FILE, once per node");
  }
  if (options.check && options.kind != "tx")
    found.push_back("flag --check: only --kind tx is delivered to be checked");
  return found;
}

int run(const Options& options) {
  const auto target = discovery::parse_enode(options.to);
  auto wrong = objections(options);
  if (!target.ok()) wrong.push_back(fmt::format("flag --to: {}", discovery::explain(target.error())));
  for (const std::string& line : wrong) fmt::print(stderr, "{}\n", line);
  if (!wrong.empty()) return kWrongInput;

  LoadReport report;
  report.kind = options.kind;
  report.connections = options.connections;
  std::unordered_map<std::uint64_t, Instant> waiting;
  const auto on_pong = [&](std::uint32_t, std::uint64_t nonce, Instant now) {
    const auto found = waiting.find(nonce);
    if (found == waiting.end()) return;
    report.latency.record(now - found->second);
    ++report.delivered;
    waiting.erase(found);
  };
  auto swarm = Swarm::open(*target, options.connections, options.network_id, {on_pong});
  if (!swarm.ok()) {
    fmt::print(stderr, "{}\n", swarm.error());
    return kFailed;
  }
  await_sessions(**swarm);
  std::string error;
  if (options.kind == "ping") {
    send_pings(options, **swarm, report, waiting);
  } else {
    error = send_transactions(options, **swarm, report);
  }
  report.failures = (*swarm)->failures();
  if (!error.empty()) {
    fmt::print(stderr, "{}\n", error);
    return kFailed;
  }
  fmt::print("{}", options.json ? report.to_json() : report.to_table());
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
                   "Bytes of a transaction, or of a ping's payload; 0 = as small as it gets")
      ->type_name("BYTES")
      ->capture_default_str();
  command->add_option("--seconds", options->seconds, "How long to send")
      ->check(CLI::Range(1U, 86'400U))
      ->capture_default_str();
  command->add_option("--kind", options->kind, "tx: signed transactions; ping: session pings")
      ->check(CLI::IsMember({"tx", "ping"}))
      ->capture_default_str();
  command->add_option("--network-id", options->network_id, "As the node's")->capture_default_str();
  command->add_option("--chain-id", options->chain_id, "Of the transactions")->capture_default_str();
  command->add_option("--delivery-log", options->delivery_logs, "A node's delivery log; once per node")
      ->type_name("FILE");
  command->add_flag("--check", options->check,
                    "Verify that every node delivered every transaction exactly once");
  command->add_flag("--json", options->json, "Print one JSON object");
  command->footer(
      "status: 0 all well, 1 something was lost, duplicated or refused, 2 wrong input\n\n"
      "examples:\n"
      "  ringwire load --to enode://...@127.0.0.1:30303 --kind ping --connections 64 --rate 10000 --size "
      "256\n"
      "  ringwire load --to enode://...@127.0.0.1:30303 --rate 2000 --seconds 20 --check --delivery-log "
      "a.log "
      "--delivery-log b.log");
  command->callback([&status, options] { status = run(*options); });
}

}  // namespace ringwire::command
