#include <fmt/format.h>

#include <memory>

#include "tools/command/commands.hpp"
#include "tools/command/load_config.hpp"

namespace ringwire::command {
namespace {

struct Options {
  std::string file;
  std::map<const Setting*, Texts> flags;
};

int report(const Findings& findings) {
  for (const Finding& finding : findings) fmt::print(stderr, "{}\n", finding.to_string());
  return kWrongInput;
}

int check(const Options& options) {
  Sources sources;
  sources.file = options.file;
  const auto loaded = load_config(sources);
  if (!loaded) return report(loaded.error());
  fmt::print("{}: in order\n", options.file);
  return kDone;
}

int show(const Options& options) {
  Sources sources;
  if (!options.file.empty()) sources.file = options.file;
  sources.environment = process_environment();
  sources.flags = options.flags;
  const auto loaded = load_config(sources);
  if (!loaded) return report(loaded.error());
  fmt::print("{}", write_config(loaded->config, &loaded->places));
  return kDone;
}

}  // namespace

void add_config(CLI::App& app, int& status) {
  CLI::App* config = app.add_subcommand("config", "Print, check and explain the configuration of a node");
  config->require_subcommand(1);
  config->footer(
      "examples:\n"
      "  ringwire config default > node.toml\n"
      "  ringwire config check node.toml");
  const auto options = std::make_shared<Options>();

  CLI::App* print =
      config->add_subcommand("default", "Print the default configuration, with a comment per key");
  print->footer("example:\n  ringwire config default > node.toml");
  print->callback([&status] {
    fmt::print("{}", write_config(Config{}));
    status = kDone;
  });

  CLI::App* verify =
      config->add_subcommand("check", "Check a configuration file; prints every finding at once");
  verify->add_option("FILE", options->file, "TOML file")->required();
  verify->footer("status: 0 in order, 2 not\n\nexample:\n  ringwire config check node.toml");
  verify->callback([&status, options] { status = check(*options); });

  CLI::App* effective = config->add_subcommand(
      "show",
      "Print the configuration that a node would have with this file, these flags and this environment");
  effective->add_option("--config", options->file, "TOML file")->type_name("FILE");
  add_setting_flags(*effective, options->flags);
  effective->footer(
      "Defaults < file < RINGWIRE_* variables < flags; what set a value is noted behind it.\n"
      "status: 0 in order, 2 not\n\n"
      "example:\n  RINGWIRE_LOG_LEVEL=debug ringwire config show --config node.toml --shards 2");
  effective->callback([&status, options] { status = show(*options); });
}

}  // namespace ringwire::command
