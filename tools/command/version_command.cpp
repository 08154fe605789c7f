#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "tools/command/build_facts.hpp"
#include "tools/command/commands.hpp"

namespace ringwire::command {
namespace {

constexpr const char* kBuild =
#if defined(RINGWIRE_CHECKED)
    "checked";
#else
    "release";
#endif

int print_version(bool json) {
  if (json) {
    const nlohmann::ordered_json report = {
        {"version", kVersion}, {"compiler", __VERSION__}, {"build", kBuild}};
    fmt::print("{}\n", report.dump());
  } else {
    fmt::print("ringwire {} ({} build, compiled by {})\n", kVersion, kBuild, __VERSION__);
  }
  return kDone;
}

}  // namespace

void add_version(CLI::App& app, int& status) {
  CLI::App* version = app.add_subcommand("version", "Print the version of ringwire and how it was built");
  const auto json = std::make_shared<bool>(false);
  version->add_flag("--json", *json, "Print one JSON object");
  version->footer("examples:\n  ringwire version\n  ringwire version --json");
  version->callback([&status, json] { status = print_version(*json); });
}

}  // namespace ringwire::command
