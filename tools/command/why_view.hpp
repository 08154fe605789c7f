// What `ringwire why` shows, made from a node's answer to GET /why. Pure: a document in, text out.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace ringwire::command {

// What to ask a node about: a node id, an enode (its id), or an address. Nothing for anything else.
std::optional<std::string> subject_asked(std::string_view peer);

// For people. Throws nlohmann::json::exception where the document is none of this version's.
std::string why_text(const std::string& document);

}  // namespace ringwire::command
