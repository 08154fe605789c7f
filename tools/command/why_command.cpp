#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "tools/command/commands.hpp"
#include "tools/command/http_client.hpp"
#include "tools/command/why_view.hpp"

namespace ringwire::command {
namespace {

struct Options {
  std::string peer;
  std::string to;
  std::uint32_t timeout_s = kHttpPatience.count();
  bool json = false;
};

int why(const Options& options) {
  const std::optional<Endpoint> node = Endpoint::parse(options.to);
  if (!node || node->port == 0) {
    fmt::print(stderr,
               "flag --to: accepted: IP:PORT or [IP6]:PORT, what the node has as --metrics.addr; given: {}\n",
               options.to);
    return kWrongInput;
  }
  const auto subject = subject_asked(options.peer);
  if (!subject) {
    fmt::print(stderr,
               "PEER: accepted: a node id (64 hexadecimal digits), an enode, or an address; given: {}\n",
               options.peer);
    return kWrongInput;
  }
  const auto document = http_get(*node, "/why?peer=" + *subject, std::chrono::seconds(options.timeout_s));
  if (!document.ok()) {
    fmt::print(stderr, "{}\n", document.error());
    return kFailed;
  }
  try {
    fmt::print("{}", options.json ? *document : why_text(*document));
  } catch (const nlohmann::json::exception&) {
    fmt::print(stderr, "{}: its /why is not what this version of ringwire reads\n", options.to);
    return kFailed;
  }
  return kDone;
}

}  // namespace

void add_why(CLI::App& app, int& status) {
  const auto options = std::make_shared<Options>();
  CLI::App* command =
      app.add_subcommand("why", "Ask a running node what it has against a peer: every change of its score");
  command->add_option("peer", options->peer, "A node id, an enode, or an address (IPv6: its /56)")
      ->type_name("PEER")
      ->required();
  command->add_option("--to", options->to, "The node's metrics address (its --metrics.addr)")
      ->type_name("IP:PORT")
      ->required();
  command->add_flag("--json", options->json, "Print the node's answer as it is");
  command->add_option("--timeout", options->timeout_s, "How long an answer may take")
      ->type_name("SECONDS")
      ->check(CLI::Range(1U, 3'600U))
      ->capture_default_str();
  command->footer(
      "A score begins at 0 and fades with the half-life shown. The reasons and what they weigh:\n"
      "engine/security/README.md.\n\n"
      "status: 0 shown, also where nothing is known; 1 no answer; 2 wrong input\n\n"
      "examples:\n"
      "  ringwire why 192.0.2.1 --to 127.0.0.1:9000\n"
      "  ringwire why 2001:db8::1 --to 127.0.0.1:9000 --json");
  command->callback([&status, options] { status = why(*options); });
}

}  // namespace ringwire::command
