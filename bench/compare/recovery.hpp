// What signatures cost, apart from every ratio: recovering a sender takes longer than all else that happens
// to a transaction, in every engine alike, and would drown what is compared.
#pragma once

#include <string>

namespace ringwire::compare {

struct Recovery {
  double microseconds = 0;             // of one signature recovery
  double transactions_per_second = 0;  // judged by the default policy, all of it, on one core
};

// Takes about half a second. Medians of batches of one thread on one core.
Recovery measure_recovery();
std::string describe(const Recovery& recovery);

}  // namespace ringwire::compare
