#include "engine/metrics/registry.hpp"

#include <algorithm>

#include "codec/base/check.hpp"

namespace ringwire::metrics {

Registry::Family& Registry::family(Type type, std::string_view name, std::string_view help) {
  const auto found =
      std::find_if(families_.begin(), families_.end(), [&](const Family& f) { return f.name == name; });
  if (found != families_.end()) {
    RW_ASSERT(found->type == type && found->help == help);
    return *found;
  }
  return families_.emplace_back(Family{type, std::string(name), std::string(help), {}});
}

void Registry::add(Type type, std::string_view name, std::string_view help, std::string labels,
                   const Counter& counter) {
  family(type, name, help).series.push_back({std::move(labels), &counter, {}});
}

void Registry::add(Type type, std::string_view name, std::string_view help, std::string labels,
                   std::function<std::uint64_t()> read) {
  family(type, name, help).series.push_back({std::move(labels), nullptr, std::move(read)});
}

std::string Registry::render() const {
  std::string text;
  for (const Family& family : families_) {
    text += "# HELP " + family.name + " " + family.help + "\n# TYPE " + family.name;
    text += family.type == Type::counter ? " counter\n" : " gauge\n";
    for (const Series& series : family.series) {
      text += family.name;
      if (!series.labels.empty()) text += "{" + series.labels + "}";
      text += " " + std::to_string(series.value()) + "\n";
    }
  }
  return text;
}

std::vector<Registry::Value> Registry::values() const {
  std::vector<Value> all;
  for (const Family& family : families_) {
    for (const Series& series : family.series) all.push_back({family.name, series.labels, series.value()});
  }
  return all;
}

}  // namespace ringwire::metrics
