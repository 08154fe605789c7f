#include <algorithm>

#include "tools/command/commands.hpp"

namespace ringwire::command {
namespace {

std::string placeholder(const Setting& setting) {
  if (setting.value.shape == Shape::number) return "N";
  const std::string& accepted = setting.value.accepted;
  if (!accepted.starts_with("one of ")) return "VALUE";
  std::string words = accepted.substr(7);
  std::replace(words.begin(), words.end(), ' ', '|');
  return words;
}

}  // namespace

void add_setting_flags(CLI::App& command, std::map<const Setting*, Texts>& flags) {
  for (const Setting& setting : settings()) {
    const std::string group = setting.group().empty() ? "node" : std::string(setting.group());
    const std::string help = std::string(setting.help) + " Accepted: " + setting.value.accepted + ".";
    CLI::Option* option = nullptr;
    switch (setting.value.shape) {
      case Shape::toggle:
        option = command.add_flag_function(
            setting.flag_name(),
            [&flags, &setting](std::int64_t count) { flags[&setting] = {count > 0 ? "true" : "false"}; },
            std::string(setting.help));
        option->check(CLI::IsMember({"true", "false"}))->type_name("");
        break;
      case Shape::list:
        option = command.add_option_function<Texts>(
            setting.flag_name(), [&flags, &setting](const Texts& texts) { flags[&setting] = texts; }, help);
        option->allow_extra_args(false)->type_name("VALUE");
        break;
      case Shape::number:
      case Shape::text:
        option = command.add_option_function<std::string>(
            setting.flag_name(), [&flags, &setting](const std::string& text) { flags[&setting] = {text}; },
            help);
        option->type_name(placeholder(setting));
        break;
    }
    option->group(group);
  }
}

}  // namespace ringwire::command
