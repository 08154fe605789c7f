#include "tools/command/load_config.hpp"

#include <fmt/format.h>
#include <toml++/toml.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "engine/log/line.hpp"

namespace ringwire::command {
namespace {

class Loader {
 public:
  void read_file(const std::filesystem::path& path);
  void read_environment(const std::vector<std::pair<std::string, std::string>>& environment);
  void read_flags(const std::map<const Setting*, Texts>& flags);
  Result<LoadedConfig, Findings> finish();

 private:
  void read_table(const toml::table& table, const std::string& prefix);
  void read_node(const toml::node& node, const std::string& key);
  void assign(const Setting& setting, const Texts& texts, const std::string& place);
  void find(std::string place, std::string_view key, std::string text) {
    findings_.push_back({std::move(place), std::string(key), std::move(text)});
  }
  [[nodiscard]] std::string line(const toml::node& node) const {
    return fmt::format("{}:{}", file_, node.source().begin.line);
  }

  std::string file_;
  LoadedConfig loaded_;
  Findings findings_;
};

void Loader::read_file(const std::filesystem::path& path) {
  file_ = path.string();
  std::ifstream stream(path, std::ios::binary);
  if (!stream || std::filesystem::is_directory(path)) {
    return find(file_, "", "cannot be read: name a TOML file that this user may read");
  }
  const std::string text{std::istreambuf_iterator<char>(stream), {}};
  try {
    read_table(toml::parse(text, file_), "");
  } catch (const toml::parse_error& error) {
    find(fmt::format("{}:{}", file_, error.source().begin.line), "",
         fmt::format("is no TOML: {}", log::printable(error.description())));
  }
}

void Loader::read_table(const toml::table& table, const std::string& prefix) {
  for (const auto& [name, node] : table) {
    const std::string key = prefix + std::string(name.str());
    const bool is_group = std::any_of(settings().begin(), settings().end(),
                                      [&key](const Setting& setting) { return setting.group() == key; });
    if (is_group && node.is_table()) {
      read_table(*node.as_table(), key + ".");
    } else if (is_group) {
      find(line(node), key, fmt::format("is a group; write [{}] and its keys below", key));
    } else {
      read_node(node, key);
    }
  }
}

// The texts of a node whose type suits the setting: numbers are not quoted, and texts are.
std::optional<Texts> texts_of(const toml::node& node, Shape shape) {
  if (shape == Shape::list) {
    const toml::array* array = node.as_array();
    if (array == nullptr || !(array->empty() || array->is_homogeneous<std::string>())) return std::nullopt;
    Texts texts;
    for (const toml::node& each : *array) texts.push_back(each.as_string()->get());
    return texts;
  }
  if (shape == Shape::toggle && node.is_boolean()) return Texts{node.as_boolean()->get() ? "true" : "false"};
  if (shape == Shape::number && node.is_integer()) return Texts{std::to_string(node.as_integer()->get())};
  if (shape == Shape::text && node.is_string()) return Texts{node.as_string()->get()};
  return std::nullopt;
}

std::string describe(const toml::node& node) {
  std::ostringstream text;
  node.visit([&text](const auto& value) { text << value; });
  return text.str();
}

const char* form(Shape shape) {
  switch (shape) {
    case Shape::toggle:
      return "";
    case Shape::number:
      return "";
    case Shape::text:
      return ", in quotes";
    case Shape::list:
      return ", each in quotes, in an array: [\"...\"]";
  }
  return "";
}

void Loader::read_node(const toml::node& node, const std::string& key) {
  const Setting* setting = find_setting(key);
  if (setting == nullptr) {
    std::vector<std::string> keys;
    for (const Setting& each : settings()) keys.emplace_back(each.key);
    const std::string near = nearest(key, keys);
    const std::string advice = near.empty() ? "see: ringwire config default" : "did you mean " + near + "?";
    return find(line(node), key, "no such setting; " + advice);
  }
  const std::optional<Texts> texts = texts_of(node, setting->value.shape);
  if (!texts) {
    return find(line(node), key,
                fmt::format("accepted: {}{}; given: {}", setting->value.accepted, form(setting->value.shape),
                            describe(node)));
  }
  assign(*setting, *texts, line(node));
}

Texts split(const std::string& text) {
  Texts parts;
  for (std::size_t from = 0; !text.empty() && from <= text.size();) {
    const std::size_t comma = std::min(text.find(',', from), text.size());
    parts.push_back(text.substr(from, comma - from));
    from = comma + 1;
  }
  return parts;
}

void Loader::read_environment(const std::vector<std::pair<std::string, std::string>>& environment) {
  std::map<std::string, const Setting*> variables;
  std::vector<std::string> names;
  for (const Setting& setting : settings()) {
    variables[setting.variable_name()] = &setting;
    names.push_back(setting.variable_name());
  }
  for (const auto& [name, value] : environment) {
    if (!name.starts_with("RINGWIRE_")) continue;
    if (const auto found = variables.find(name); found != variables.end()) {
      const bool is_list = found->second->value.shape == Shape::list;
      assign(*found->second, is_list ? split(value) : Texts{value}, "variable " + name);
    } else if (const std::string near = nearest(name, names); !near.empty()) {
      // Other RINGWIRE_ variables may be another program's; one that nearly is a setting's is a typing error.
      find("variable " + name, "", "no such setting; did you mean " + near + "?");
    }
  }
}

void Loader::read_flags(const std::map<const Setting*, Texts>& flags) {
  for (const auto& [setting, texts] : flags) assign(*setting, texts, "flag " + setting->flag_name());
}

void Loader::assign(const Setting& setting, const Texts& texts, const std::string& place) {
  loaded_.places[setting.key] = place;
  if (setting.value.assign(loaded_.config, texts)) return;
  std::string given;
  for (const std::string& text : texts) given += (given.empty() ? "" : ", ") + text;
  find(place, setting.key, fmt::format("accepted: {}; given: {}", setting.value.accepted, given));
}

Result<LoadedConfig, Findings> Loader::finish() {
  if (findings_.empty()) {
    for (const Misfit& misfit : check_together(loaded_.config)) {
      // Whichever of the two was set: a default that does not fit is the fault of the other.
      const bool set = loaded_.places.contains(misfit.key);
      find(loaded_.places[set ? misfit.key : misfit.other], misfit.key,
           fmt::format("accepted: {}; {}: {}", misfit.accepted, set ? "given" : "default",
                       find_setting(misfit.key)->value.literal(loaded_.config)));
    }
  }
  if (!findings_.empty()) return Failure{std::move(findings_)};
  return std::move(loaded_);
}

}  // namespace

std::string Finding::to_string() const {
  return key.empty() ? place + ": " + text : place + ": " + key + ": " + text;
}

Result<LoadedConfig, Findings> load_config(const Sources& sources) {
  Loader loader;
  if (sources.file) loader.read_file(*sources.file);
  loader.read_environment(sources.environment);
  loader.read_flags(sources.flags);
  return loader.finish();
}

std::vector<std::pair<std::string, std::string>> process_environment() {
  std::vector<std::pair<std::string, std::string>> variables;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    const std::size_t equals = text.find('=');
    if (equals != std::string::npos) variables.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  }
  return variables;
}

std::string write_config(const Config& config, const std::map<std::string_view, std::string>* places) {
  std::string text =
      "# Configuration of a ringwire node. A flag overrides a RINGWIRE_* variable, that overrides this file, "
      "and\n"
      "# this file the defaults. Check it with: ringwire config check FILE\n";
  std::string_view group;
  for (const Setting& setting : settings()) {
    if (setting.group() != group) text += fmt::format("\n[{}]\n", group = setting.group());
    text += fmt::format("\n# {} Accepted: {}.\n", setting.help, setting.value.accepted);
    text += fmt::format("# {}  {}\n", setting.flag_name(), setting.variable_name());
    const std::string literal = setting.value.literal(config);
    const std::string shown = setting.value.shape == Shape::list ? fmt::format("[\"{}\"]", setting.example)
                                                                 : toml_quoted(setting.example);
    if (!setting.example.empty()) text += fmt::format("# {} = {}\n", setting.name(), shown);
    if (literal.empty()) continue;
    const bool was_set = places != nullptr && places->contains(setting.key);
    text +=
        fmt::format("{} = {}{}\n", setting.name(), literal, was_set ? "  # " + places->at(setting.key) : "");
  }
  return text;
}

}  // namespace ringwire::command
