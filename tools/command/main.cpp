#include <cstdio>
#include <exception>

#include "tools/command/commands.hpp"

namespace {

int run(int argc, char** argv) {
  using namespace ringwire::command;
  CLI::App app{"ringwire: a peer-to-peer network engine for blockchain validators", "ringwire"};
  app.require_subcommand(1);
  app.set_help_all_flag("--help-all", "Print the help of every command and exit");
  app.footer(
      "Exit status of every command: 0 done, 1 it could not be done, 2 wrong input (nothing was done).\n\n"
      "examples:\n"
      "  ringwire doctor\n"
      "  ringwire key generate node.key\n"
      "  ringwire config default > node.toml");
  int status = kDone;
  add_node(app, status);
  add_load(app, status);
  add_stats(app, status);
  add_why(app, status);
  add_key(app, status);
  add_config(app, status);
  add_sim(app, status);
  add_doctor(app, status);
  add_version(app, status);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kDone : kWrongInput;
  }
  return status;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "ringwire: %s\n", error.what());
    return ringwire::command::kFailed;
  }
}
