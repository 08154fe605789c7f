// Prints engine/session/connection_table.hpp for session.pml: names, one rule per possible pair, and what is
// done with received bytes in each state.
#include <cstdio>

#include "engine/session/connection_table.hpp"

namespace ringwire::session {
namespace {

template <class Each>
void for_each(std::size_t count, const Each& each) {
  for (std::size_t i = 0; i < count; ++i) each(i);
}

void print_names() {
  for_each(kStates, [](std::size_t i) {
    std::printf("#define s_%s %zu\n", name(static_cast<ConnectionState>(i)), i);
  });
  for_each(kEvents, [](std::size_t i) {
    std::printf("#define e_%s %zu\n", name(static_cast<ConnectionEvent>(i)), i);
  });
  for_each(static_cast<std::size_t>(ConnectionAction::count_), [](std::size_t i) {
    std::printf("#define a_%s %zu\n", name(static_cast<ConnectionAction>(i)), i);
  });
}

void print_rule(ConnectionState state, ConnectionEvent event) {
  const Transition transition = on(state, event);
  if (transition.action == ConnectionAction::impossible) return;
  std::printf(
      "  :: given == s_%s && happened == e_%s -> next_state = s_%s; action = a_%s; returns_claim = %d\n",
      name(state), name(event), name(transition.next), name(transition.action),
      transition.returns_claim ? 1 : 0);
}

// A state that `is` true for, as one condition.
template <class Is>
void print_set(const char* name_of_set, const Is& is) {
  std::printf("#define %s(s) (false", name_of_set);
  for_each(kStates, [&](std::size_t i) {
    const auto state = static_cast<ConnectionState>(i);
    if (is(state)) std::printf(" || s == s_%s", name(state));
  });
  std::printf(")\n");
}

void print_table() {
  std::printf("/* Made by write_table from engine/session/connection_table.hpp. */\n");
  print_names();
  std::printf("inline look_up(given, happened) {\n  if\n");
  for_each(kStates, [](std::size_t state) {
    for_each(kEvents, [&](std::size_t event) {
      print_rule(static_cast<ConnectionState>(state), static_cast<ConnectionEvent>(event));
    });
  });
  std::printf("  :: else -> assert(false) /* impossible */\n  fi\n}\n");
  print_set("secures", [](ConnectionState state) { return reading(state) == Reading::secure; });
  print_set("parses", [](ConnectionState state) { return reading(state) == Reading::parse; });
  print_set("discards", [](ConnectionState state) { return reading(state) == Reading::discard; });
  print_set("pending", [](ConnectionState state) { return pending(state); });
}

}  // namespace
}  // namespace ringwire::session

int main() {
  ringwire::session::print_table();
}
