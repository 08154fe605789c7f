#include <fmt/format.h>
#include <sys/random.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "codec/crypto/identity.hpp"
#include "codec/wire/enode.hpp"
#include "engine/storage/key_file.hpp"
#include "tools/command/commands.hpp"

namespace ringwire::command {
namespace {

struct Options {
  std::string file;
  std::string address = "127.0.0.1:30303";
  bool json = false;
};

int report(const storage::KeyFileError& error) {
  fmt::print(stderr, "{}\n", error.message);
  return error.fault == storage::KeyFileFault::disk ? kFailed : kWrongInput;
}

int print_identity(const crypto::SecretKey& key, const Endpoint& endpoint, bool json) {
  std::array<std::uint8_t, 32> blinding{};
  if (getrandom(blinding.data(), blinding.size(), 0) != static_cast<ssize_t>(blinding.size())) {
    fmt::print(stderr, "the system has no randomness to give\n");
    return kFailed;
  }
  const PublicKey public_key = crypto::Signer(blinding).public_key(key);
  const std::string id = to_hex(crypto::node_id(public_key).view());
  const std::string enode = wire::Enode{public_key, endpoint, endpoint.port}.to_string();
  if (json) {
    fmt::print("{}\n", nlohmann::ordered_json{{"id", id}, {"enode", enode}}.dump());
  } else {
    fmt::print("id    {}\nenode {}\n", id, enode);
  }
  return kDone;
}

using KeySource = Result<crypto::SecretKey, storage::KeyFileError> (*)(const std::filesystem::path&);

// The address is checked first: with wrong input nothing is done.
int obtain_and_print(KeySource obtain, const Options& options) {
  const std::optional<Endpoint> endpoint = Endpoint::parse(options.address);
  if (!endpoint || endpoint->port == 0) {
    fmt::print(stderr, "flag --at: accepted: IP:PORT or [IP6]:PORT, port not 0; given: {}\n",
               options.address);
    return kWrongInput;
  }
  const auto key = obtain(options.file);
  return key ? print_identity(*key, *endpoint, options.json) : report(key.error());
}

CLI::App* add(CLI::App& key, const std::string& name, const std::string& help, Options& options) {
  CLI::App* command = key.add_subcommand(name, help);
  command->add_option("FILE", options.file, "Key file")->required();
  command->add_option("--at", options.address, "The address in the enode")
      ->type_name("IP:PORT")
      ->capture_default_str();
  command->add_flag("--json", options.json, "Print one JSON object");
  return command;
}

}  // namespace

void add_key(CLI::App& app, int& status) {
  CLI::App* key = app.add_subcommand("key", "Make and show node keys");
  key->require_subcommand(1);
  key->footer(
      "examples:\n  ringwire key generate node.key\n  ringwire key show node.key --at 203.0.113.7:30303");
  const auto options = std::make_shared<Options>();

  CLI::App* make = add(*key, "generate", "Make a new key in FILE (mode 0600); never overwrites", *options);
  make->footer(
      "status: 0 made, 1 the disk refused, 2 the file exists\n\nexample:\n  ringwire key generate node.key");
  make->callback([&status, options] { status = obtain_and_print(storage::create_key_file, *options); });

  CLI::App* print = add(*key, "show", "Print id and enode of the key in FILE", *options);
  print->footer(
      "status: 0 printed, 2 no key, or one that others may read\n\n"
      "example:\n  ringwire key show node.key --at 203.0.113.7:30303");
  print->callback([&status, options] { status = obtain_and_print(storage::read_key_file, *options); });
}

}  // namespace ringwire::command
