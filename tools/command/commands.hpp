// The commands of `ringwire`. Each function adds one to the command line; running it sets `status`, the exit
// status of the process: 0 done, 1 it could not be done, 2 the input was wrong (a flag, a file, a key) and
// nothing was done.
//
// What a command reports goes to standard output, everything else to standard error.
#pragma once

#include <CLI/CLI.hpp>
#include <map>

#include "tools/command/settings.hpp"

namespace ringwire::command {

inline constexpr int kDone = 0;
inline constexpr int kFailed = 1;
inline constexpr int kWrongInput = 2;

void add_key(CLI::App& app, int& status);
void add_config(CLI::App& app, int& status);
void add_node(CLI::App& app, int& status);
void add_load(CLI::App& app, int& status);
void add_stats(CLI::App& app, int& status);
void add_why(CLI::App& app, int& status);
void add_sim(CLI::App& app, int& status);
void add_doctor(CLI::App& app, int& status);
void add_version(CLI::App& app, int& status);

// One flag per setting, grouped as the configuration file is. `flags` receives the ones given and must
// outlive the parsing.
void add_setting_flags(CLI::App& command, std::map<const Setting*, Texts>& flags);

}  // namespace ringwire::command
