#include "tools/command/why_view.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <chrono>
#include <nlohmann/json.hpp>

#include "codec/base/endpoint.hpp"
#include "codec/wire/enode.hpp"
#include "tools/command/table.hpp"

namespace ringwire::command {
namespace {

using Json = nlohmann::ordered_json;
using Align = Table::Align;

std::string points(double value) {
  return fmt::format("{:+.2f}", value);
}

std::string moment(std::uint64_t unix_ms) {
  const std::chrono::system_clock::time_point at{std::chrono::milliseconds(unix_ms)};
  return fmt::format("{:%Y-%m-%d %H:%M:%S}Z", fmt::gmtime(std::chrono::system_clock::to_time_t(at)));
}

std::string standing(const Json& answer) {
  std::string text;
  const Json& banned = answer.at("banned_for_seconds");
  if (banned.is_number()) text = fmt::format("banned, another {}", format_age(banned.get<double>()));
  if (banned.is_string()) text = "banned until it is lifted";
  if (banned.is_null()) text = "not banned";
  const auto bans = answer.at("bans").get<unsigned>();
  if (bans > 0)
    text += fmt::format("; {} {} count for the length of the next", bans, bans == 1 ? "ban" : "bans");
  if (answer.at("trusted").get<bool>()) text += "; trusted";
  return text;
}

std::string changes_table(const Json& answer) {
  Table table(
      {{"when", Align::left}, {"ago"}, {"reason", Align::left}, {"points"}, {"score"}, {"so", Align::left}});
  for (const Json& change : answer.at("changes")) {
    const auto decision = change.at("decision").get<std::string>();
    table.add({moment(change.at("unix_ms").get<std::uint64_t>()),
               format_age(change.at("seconds_ago").get<double>()), change.at("reason").get<std::string>(),
               points(change.at("points").get<double>()), points(change.at("score").get<double>()),
               decision == "none" ? "" : decision});
  }
  return table.text();
}

}  // namespace

std::optional<std::string> subject_asked(std::string_view peer) {
  if (peer.starts_with("enode://")) {
    const auto enode = wire::parse_enode(peer);
    if (!enode.ok()) return std::nullopt;
    return to_hex(enode->id().view());
  }
  NodeId node;
  if (from_hex(peer, node.span())) return to_hex(node.view());
  const auto address = IpAddress::parse(peer.substr(0, peer.find('/')));
  return address ? std::optional(address->to_string()) : std::nullopt;
}

std::string why_text(const std::string& document) {
  const Json answer = Json::parse(document);
  std::string text =
      fmt::format("{} {}\n", answer.at("kind").get<std::string>(), answer.at("subject").get<std::string>());
  if (!answer.at("known").get<bool>()) return text + "nothing is known of it: never charged, never banned\n";
  text += fmt::format("score now {}, halving in {}; disconnected at {:.0f}, banned at {:.0f}\n",
                      points(answer.at("score").get<double>()),
                      format_age(answer.at("half_life_seconds").get<double>()),
                      answer.at("disconnect_at").get<double>(), answer.at("ban_at").get<double>());
  text += standing(answer) + "\n";
  const auto total = answer.at("changes_total").get<std::uint64_t>();
  const std::size_t shown = answer.at("changes").size();
  if (total > shown) text += fmt::format("the last {} of {} changes:\n", shown, total);
  return text + changes_table(answer);
}

}  // namespace ringwire::command
