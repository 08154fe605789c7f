#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>
#include <thread>

#include "tools/command/commands.hpp"
#include "tools/command/http_client.hpp"
#include "tools/command/stats_views.hpp"

namespace ringwire::command {
namespace {

struct Options {
  std::string to;
  std::uint32_t watch_s = 0;
  std::uint32_t timeout_s = kHttpPatience.count();
  bool json = false;
};

Result<Answers, std::string> look(const Endpoint& node, const View& view, std::chrono::seconds patience) {
  auto metrics = get_metrics(node, patience);
  if (!metrics.ok()) return Failure{metrics.error()};
  Answers answers{std::move(*metrics), {}};
  if (view.document == nullptr) return answers;
  auto document = http_get(node, view.document, patience);
  if (!document.ok()) return Failure{document.error()};
  answers.document = std::move(*document);
  return answers;
}

void print(const View& view, const Options& options, const Looks& looks, bool is_first) {
  if (options.json) {
    fmt::print("{}\n", view.json(looks).dump());
  } else {
    const bool clears = options.watch_s > 0 && isatty(STDOUT_FILENO) != 0;
    const char* separator = clears ? "\033[H\033[2J" : is_first ? "" : "\n";
    fmt::print("{}{}\n{}", separator, describe_node(looks.now.metrics), view.table(looks));
  }
  std::fflush(stdout);
}

int show(const View& view, const Options& options) {
  const std::optional<Endpoint> node = Endpoint::parse(options.to);
  if (!node || node->port == 0) {
    fmt::print(stderr,
               "flag --to: accepted: IP:PORT or [IP6]:PORT, what the node has as --metrics.addr; given: {}\n",
               options.to);
    return kWrongInput;
  }
  std::optional<Answers> before;
  for (;;) {
    auto answers = look(*node, view, std::chrono::seconds(options.timeout_s));
    if (!answers.ok()) {
      fmt::print(stderr, "{}\n", answers.error());
      return kFailed;
    }
    try {
      print(view, options, {*answers, before ? &*before : nullptr}, !before);
    } catch (const nlohmann::json::exception&) {
      fmt::print(stderr, "{}: its {} is not what this version of ringwire reads\n", options.to,
                 view.document);
      return kFailed;
    }
    if (options.watch_s == 0) return kDone;
    before = std::move(*answers);
    std::this_thread::sleep_for(std::chrono::seconds(options.watch_s));
  }
}

void add_view(CLI::App& stats, const View& view, const std::shared_ptr<Options>& options, int& status) {
  CLI::App* command = stats.add_subcommand(view.name, view.help);
  command->add_option("--to", options->to, "The node's metrics address (its --metrics.addr)")
      ->type_name("IP:PORT")
      ->required();
  command->add_flag("--json", options->json, "Print one JSON object; with --watch one per line");
  command->add_option("--watch", options->watch_s, "Again every so many seconds, until interrupted")
      ->type_name("SECONDS")
      ->check(CLI::Range(1U, 86'400U));
  command->add_option("--timeout", options->timeout_s, "How long an answer may take")
      ->type_name("SECONDS")
      ->check(CLI::Range(1U, 3'600U))
      ->capture_default_str();
  command->footer(
      fmt::format("{}\n\nstatus: 0 shown, 1 no answer, or not from a ringwire node; 2 wrong input\n\n"
                  "examples:\n"
                  "  ringwire stats {} --to 127.0.0.1:9000\n"
                  "  ringwire stats {} --to 127.0.0.1:9000 --watch 2",
                  view.legend, view.name, view.name));
  command->callback([&status, &view, options] { status = show(view, *options); });
}

}  // namespace

void add_stats(CLI::App& app, int& status) {
  CLI::App* stats = app.add_subcommand("stats", "Ask a running node how it does");
  stats->require_subcommand(1);
  stats->footer(
      "The node must serve its metrics: ringwire node --metrics.addr 127.0.0.1:9000 ...\n\n"
      "examples:\n"
      "  ringwire stats peers --to 127.0.0.1:9000\n"
      "  ringwire stats shards --to 127.0.0.1:9000 --watch 2\n"
      "  ringwire stats latency --to 127.0.0.1:9000 --json");
  const auto options = std::make_shared<Options>();
  for (const View* view : {&latency_view(), &peers_view(), &memory_view(), &shards_view()})
    add_view(*stats, *view, options, status);
}

}  // namespace ringwire::command
