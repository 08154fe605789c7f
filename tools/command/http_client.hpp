// Asks a running node over HTTP.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "codec/base/endpoint.hpp"
#include "codec/base/result.hpp"
#include "tools/command/metrics_text.hpp"

namespace ringwire::command {

inline constexpr std::chrono::seconds kHttpPatience{5};  // a node answers in milliseconds
inline constexpr std::uint64_t kHttpBodyMax = 64ULL << 20;

// The body of GET `path`, which begins with '/'. The error is a line for the operator: what is wrong at that
// address and what to look at.
Result<std::string, std::string> http_get(const Endpoint& node, std::string_view path,
                                          std::chrono::milliseconds patience = kHttpPatience);

// /metrics of a ringwire node.
Result<MetricsText, std::string> get_metrics(const Endpoint& node,
                                             std::chrono::milliseconds patience = kHttpPatience);

}  // namespace ringwire::command
