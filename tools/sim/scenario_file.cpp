#include "tools/sim/scenario_file.hpp"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <span>
#include <sstream>

#include "engine/log/line.hpp"
#include "tools/sim/scenario_fields.hpp"
#include "tools/sim/scenario_value.hpp"

namespace ringwire::sim {
namespace {

template <class T>
std::string literal_of(const Field<T>& field, const T& owner) {
  return std::visit([&owner](auto member) { return literal(owner.*member); }, field.member);
}

// --- reading

constexpr std::size_t kShown = 60;

// In quotes and in one line, however long it is.
std::string shortened(const std::string& text) {
  if (text.size() <= kShown) return literal(text);
  std::size_t end = kShown;
  while ((static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;  // no part of a character
  return literal(text.substr(0, end)) + "...";
}

std::string describe_key(std::string_view key) {
  const bool is_bare = std::all_of(key.begin(), key.end(), [](char each) {
    return (each >= 'a' && each <= 'z') || (each >= '0' && each <= '9') || each == '-' || each == '_';
  });
  return is_bare && !key.empty() && key.size() <= kShown ? std::string(key) : shortened(std::string(key));
}

// As it stands in the file.
std::string describe(const toml::node& node) {
  if (node.is_table()) return "a table";
  if (node.is_array()) return fmt::format("a list of {}", node.as_array()->size());
  if (node.is_string()) return shortened(node.as_string()->get());
  std::ostringstream text;
  node.visit([&text](const auto& value) { text << value; });
  return text.str();
}

class Reader {
 public:
  Reader(const toml::table& root, std::string path) : root_(root), path_(std::move(path)) {}
  Result<Scenario, std::vector<std::string>> run();

 private:
  struct Found {
    std::uint32_t line;
    std::string text;
  };

  // `others`: keys of the table that are no fields.
  template <class T>
  void read_table(const toml::table& table, const std::string& prefix, std::span<const Field<T>> fields,
                  T& out, std::initializer_list<const char*> others = {});
  template <class T>
  void read_group(const char* key, std::span<const Field<T>> fields, T& out);
  void read_faults();
  void check_together();
  // Where the key stands; where it does not, the table that lacks it.
  [[nodiscard]] std::uint32_t line_of(std::string key) const;
  void find(std::uint32_t line, const std::string& key, const std::string& text) {
    findings_.push_back({line, fmt::format("{}:{}: {}: {}", path_, line, key, text)});
  }
  static std::uint32_t line(const toml::node& node) { return node.source().begin.line; }

  const toml::table& root_;
  const std::string path_;
  Scenario scenario_;
  std::vector<Found> findings_;
};

template <class T>
void Reader::read_table(const toml::table& table, const std::string& prefix, std::span<const Field<T>> fields,
                        T& out, std::initializer_list<const char*> others) {
  std::string keys;
  for (const Field<T>& field : fields) keys += fmt::format(" {}", field.key);
  for (const char* other : others) keys += fmt::format(" {}", other);
  for (const auto& [key, node] : table) {
    const std::string_view own = key.str();
    const auto field =
        std::find_if(fields.begin(), fields.end(), [&](const auto& f) { return own == f.key; });
    if (field == fields.end()) {
      if (std::find(others.begin(), others.end(), own) != others.end()) continue;
      find(key.source().begin.line, prefix + describe_key(own), "no such key; accepted:" + keys);
      continue;
    }
    const toml::node& value = node;
    if (std::visit([&](auto member) { return assign(out.*member, value); }, field->member)) continue;
    if (field->accepted == nullptr) continue;
    find(line(node), prefix + field->key,
         fmt::format("accepted: {}; given: {}", field->accepted, describe(node)));
  }
}

template <class T>
void Reader::read_group(const char* key, std::span<const Field<T>> fields, T& out) {
  const toml::node* node = root_.get(key);
  if (node == nullptr) return;
  if (const toml::table* table = node->as_table()) {
    return read_table(*table, fmt::format("{}.", key), fields, out);
  }
  find(line(*node), key, fmt::format("accepted: [{}] and its keys below; given: {}", key, describe(*node)));
}

void Reader::read_faults() {
  const toml::node* node = root_.get("fault");
  if (node == nullptr) return;
  const toml::array* faults = node->as_array();
  if (faults == nullptr || !(faults->empty() || faults->is_homogeneous<toml::table>())) {
    return find(line(*node), "fault",
                "accepted: [[fault]] for each, and its keys below; given: " + describe(*node));
  }
  for (const toml::node& each : *faults) {
    Fault fault;
    fault.kind = FaultKind{kFaultKinds};
    read_table<Fault>(*each.as_table(), fmt::format("fault[{}].", scenario_.faults.size()), kFaultFields,
                      fault);
    scenario_.faults.push_back(fault);
  }
}

std::uint32_t Reader::line_of(std::string key) const {
  for (;;) {
    if (const toml::node* node = root_.at_path(key).node()) return line(*node);
    const std::size_t dot = key.rfind('.');
    if (dot == std::string::npos) return line(root_);
    key.resize(dot);
  }
}

void Reader::check_together() {
  constexpr std::string_view kGiven = "; given: ";
  for (const ScenarioFinding& finding : check(scenario_)) {
    const std::size_t given = finding.text.find(kGiven);
    const toml::node* node = root_.at_path(finding.key).node();
    const std::string accepted = finding.text.substr(0, given);
    find(line_of(finding.key), finding.key,
         node != nullptr ? accepted + std::string(kGiven) + describe(*node)
                         : accepted + "; default: " + finding.text.substr(given + kGiven.size()));
  }
}

Result<Scenario, std::vector<std::string>> Reader::run() {
  read_table<Scenario>(root_, "", kScenarioFields, scenario_, {"link", "traffic", "datagrams", "fault"});
  read_group<LinkOptions>("link", kLinkFields, scenario_.link);
  read_group<TrafficOptions>("traffic", kTrafficFields, scenario_.traffic);
  read_group<DatagramOptions>("datagrams", kDatagramFields, scenario_.datagrams);
  read_faults();
  check_together();
  if (findings_.empty()) return std::move(scenario_);
  std::stable_sort(findings_.begin(), findings_.end(),
                   [](const Found& left, const Found& right) { return left.line < right.line; });
  std::vector<std::string> lines;
  for (Found& found : findings_) lines.push_back(std::move(found.text));
  return Failure{std::move(lines)};
}

// --- writing

template <class T>
std::string write_fields(std::span<const Field<T>> fields, const T& owner) {
  std::string text;
  for (const Field<T>& field : fields) {
    text += fmt::format("# {}\n{} = {}\n", field.help, field.key, literal_of(field, owner));
  }
  return text;
}

// Which of the keys a kind looks at.
bool is_looked_at(const FaultShape& shape, std::string_view key) {
  if (key == "lasts") return shape.lasts;
  if (key == "other") return shape.other;
  return key != "amount" || shape.amount;
}

std::string kinds_explained() {
  std::string text =
      "# What befalls it: [[fault]] with kind, at and node, and what else the kind looks at.\n";
  for (std::uint8_t number = 0; number < kFaultKinds; ++number) {
    const FaultShape& shape = shape_of(FaultKind{number});
    std::string keys;
    for (const char* key : {"lasts", "other", "amount"}) {
      if (is_looked_at(shape, key)) keys += fmt::format("{}{}", keys.empty() ? "" : ", ", key);
    }
    text += fmt::format("# {} ({}): {}.\n", name(FaultKind{number}), keys, shape.meaning);
  }
  return text;
}

std::string write_fault(const Fault& fault) {
  const FaultShape& shape = shape_of(fault.kind);
  std::string text = fmt::format("\n[[fault]]  # {}\n", shape.meaning);
  for (const Field<Fault>& field : kFaultFields) {
    if (is_looked_at(shape, field.key)) text += fmt::format("{} = {}\n", field.key, literal_of(field, fault));
  }
  return text;
}

}  // namespace

Result<Scenario, std::vector<std::string>> read_scenario(const std::string& text, const std::string& path) {
  try {
    const toml::table root = toml::parse(text, path);
    return Reader(root, path).run();
  } catch (const toml::parse_error& error) {
    return Failure{std::vector{fmt::format("{}:{}: is no TOML: {}", path, error.source().begin.line,
                                           log::printable(error.description()))}};
  }
}

std::string write_scenario(const Scenario& scenario) {
  std::string text = "# A simulated world. The same file gives the same run.\n";
  text += write_fields<Scenario>(kScenarioFields, scenario);
  text += "\n[link]\n" + write_fields<LinkOptions>(kLinkFields, scenario.link);
  text += "\n[traffic]\n" + write_fields<TrafficOptions>(kTrafficFields, scenario.traffic);
  text += "\n[datagrams]\n" + write_fields<DatagramOptions>(kDatagramFields, scenario.datagrams);
  text += "\n" + kinds_explained();
  for (const Fault& fault : scenario.faults) text += write_fault(fault);
  return text;
}

}  // namespace ringwire::sim
