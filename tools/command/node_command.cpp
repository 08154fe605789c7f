#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>

#include "engine/api/ringwire.hpp"
#include "engine/driver/clock.hpp"
#include "tools/command/commands.hpp"
#include "tools/command/delivery_log.hpp"
#include "tools/command/echo.hpp"
#include "tools/command/load_config.hpp"

namespace ringwire::command {
namespace {

struct Options {
  std::string config_file;
  std::string datadir;
  std::string delivery_log;
  bool explain_memory = false;
  std::map<const Setting*, Texts> flags;
};

// Readable when SIGTERM or SIGINT came; both stay blocked, so that no thread of the node is interrupted.
class Termination {
 public:
  Termination() {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    descriptor_ = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
  }
  ~Termination() { close(descriptor_); }
  Termination(const Termination&) = delete;
  Termination& operator=(const Termination&) = delete;
  [[nodiscard]] int descriptor() const { return descriptor_; }
  [[nodiscard]] bool requested() const {
    pollfd watched{descriptor_, POLLIN, 0};
    return poll(&watched, 1, 0) > 0;
  }

 private:
  int descriptor_;
};

// Deliveries written between two looks at whether to end: under load there is always another one.
constexpr int kDeliveriesAtOnce = 1024;

// An answer that found no room is tried again this soon.
constexpr int kStuckMs = 1;

// Where nobody reads it, that is no reason to end.
void say(const std::string& line) {
  std::fputs((line + "\n").c_str(), stderr);
}

int report(const std::vector<std::string>& lines, int status) {
  for (const std::string& line : lines) say(line);
  return status;
}

// A finding of the node begins with the key; here it is known where that key was set.
std::vector<std::string> placed(const std::vector<std::string>& findings, const LoadedConfig& loaded) {
  std::vector<std::string> lines;
  for (const std::string& finding : findings) {
    const auto place = loaded.places.find(std::string_view(finding).substr(0, finding.find(':')));
    lines.push_back(place == loaded.places.end() ? finding : place->second + ": " + finding);
  }
  return lines;
}

Result<LoadedConfig, int> configure(const Options& options) {
  Sources sources;
  if (!options.config_file.empty()) sources.file = options.config_file;
  sources.environment = process_environment();
  sources.flags = options.flags;
  auto loaded = load_config(sources);
  if (!loaded.ok()) {
    for (const Finding& finding : loaded.error()) say(finding.to_string());
    return Failure<int>{kWrongInput};
  }
  if (options.datadir.empty()) return std::move(*loaded);
  Config& config = loaded->config;
  std::error_code error;
  std::filesystem::create_directories(options.datadir, error);
  if (error) {
    say(fmt::format("flag --datadir: {}: {}; name a folder that this user may write", options.datadir,
                    error.message()));
    return Failure<int>{kFailed};
  }
  config.datadir = options.datadir;
  if (config.key_file.empty())
    config.key_file = (std::filesystem::path(options.datadir) / "node.key").string();
  return std::move(*loaded);
}

// Who waits for this line would wait for ever.
Status<std::string> say_ready(const std::string& enode) {
  const std::string line = "ready " + enode + "\n";
  if (std::fwrite(line.data(), 1, line.size(), stdout) == line.size() && std::fflush(stdout) == 0)
    return Done{};
  return Failure<std::string>{
      fmt::format("standard output: cannot say ready: {}; give it somewhere to go", std::strerror(errno))};
}

// Takes deliveries and answers requests until a signal comes. The error is of the delivery log.
Status<std::string> serve(Port& port, std::optional<DeliveryLog>& log, std::optional<Echo>& echo,
                          const Termination& termination) {
  while (!termination.requested()) {
    int taken = 0;
    for (; taken < kDeliveriesAtOnce; ++taken) {
      const auto delivery = port.next_delivery();
      if (!delivery) break;
      if (log) log->write(*delivery);
    }
    if (taken > 0 && log) {
      if (auto flushed = log->flush(); !flushed.ok()) return flushed;
    }
    const int echoed = echo ? echo->run(kDeliveriesAtOnce, driver::read_monotonic()) : 0;
    if (taken == kDeliveriesAtOnce || echoed == kDeliveriesAtOnce) continue;
    pollfd watched[] = {{termination.descriptor(), POLLIN, 0}, {port.descriptor(), POLLIN, 0}};
    // While an answer waits, requests do too, and the port says so all the time.
    const bool stuck = echo && echo->stuck();
    poll(watched, stuck ? 1 : 2, stuck ? kStuckMs : -1);
  }
  return Done{};
}

int run(const Options& options) {
  // Before anything that takes time: whoever asks for the end while the node starts is heard too.
  const Termination termination;
  // Whoever reads our output may leave before us.
  signal(SIGPIPE, SIG_IGN);
  const auto loaded = configure(options);
  if (!loaded.ok()) return loaded.error();
  if (options.explain_memory) {
    fmt::print("{}", explain_memory(loaded->config));
    return kDone;
  }
  std::optional<DeliveryLog> log;
  if (!options.delivery_log.empty()) {
    auto opened = DeliveryLog::open(options.delivery_log);
    if (!opened.ok()) return report({opened.error()}, kFailed);
    log = std::move(*opened);
  }
  auto node = Node::start(loaded->config);
  if (!node.ok()) {
    const int status = node.error().configuration ? kWrongInput : kFailed;
    return report(placed(node.error().findings, *loaded), status);
  }
  if (termination.requested()) return kDone;
  auto port = (*node)->open_port();
  // Topics have no log of their own kind to fall behind: without a subscriber they are relayed all the same.
  if (!port->subscribe(MessageKind::transaction) || !port->subscribe(MessageKind::topic)) {
    return report({"the node refused its own subscriber"}, kFailed);
  }
  std::optional<Echo> echo;
  if (loaded->config.app.echo) {
    if (!port->subscribe_to_peers()) return report({"the node refused its own subscriber"}, kFailed);
    echo.emplace(*port);
  }
  say(fmt::format("driver: {}", (*node)->driver()));
  if (const auto metrics = (*node)->metrics())
    say(fmt::format("metrics: http://{}/metrics", metrics->to_string()));
  auto served = say_ready((*node)->enode());
  if (served.ok()) served = serve(*port, log, echo, termination);
  echo.reset();
  port.reset();
  (*node)->stop();
  return served.ok() ? kDone : report({served.error()}, kFailed);
}

}  // namespace

void add_node(CLI::App& app, int& status) {
  CLI::App* command = app.add_subcommand("node", "Run a node until SIGTERM or SIGINT");
  const auto options = std::make_shared<Options>();
  command->add_option("--config", options->config_file, "TOML file; see: ringwire config default")
      ->type_name("FILE");
  command
      ->add_option("--datadir", options->datadir,
                   "What survives a restart: node.key and tls.pem (made where absent), bans")
      ->type_name("DIR");
  command
      ->add_option("--delivery-log", options->delivery_log,
                   "Append one line per message given to the application: kind, id, nanoseconds")
      ->type_name("FILE");
  command->add_flag("--explain-memory", options->explain_memory,
                    "Print what this configuration needs, and exit");
  add_setting_flags(*command, options->flags);
  command->footer(
      "When ready it prints one line on standard output: ready enode://ID@IP:PORT\n"
      "status: 0 ended by a signal, 1 the machine refused (one line says what to change), 2 wrong input\n\n"
      "examples:\n"
      "  ringwire node --listen 127.0.0.1:30303 --datadir /tmp/a\n"
      "  ringwire node --config node.toml --explain-memory");
  command->callback([&status, options] { status = run(*options); });
}

}  // namespace ringwire::command
