// wolfSSL as a library of the process: set up once, and what its errors mean to us.
//
// Thread: any; prepare_wolfssl() may be called often and returns when it was set up. It is never torn
// down, since the process may end in any order.
#pragma once

#include <cstdint>

#include "engine/transport/tls_failure.hpp"

namespace ringwire::transport {

void prepare_wolfssl();

// What the library keeps for a thread that signs or verifies: of the last kCurveTablesMax points that it met
// twice, its own generator among them, a table of multiples. It frees them when that thread asks for it, else
// never; so each thread that makes certificates, contexts or handshakes has one of these meanwhile.
//
// Attack: servers with keys of their own, each of which is dialled twice, fill all places; no peer gets more.
class CurveTables {
 public:
  CurveTables() = default;
  CurveTables(const CurveTables&) = delete;
  CurveTables& operator=(const CurveTables&) = delete;
  ~CurveTables();
};
// As Debian builds it (FP_ECC with FP_ENTRIES and FP_LUT as they come; 5.5.4): 256 multiples and the point.
inline constexpr std::uint32_t kCurveTablesMax = 15;
inline constexpr std::uint32_t kCurveTableBytes = 257 * 3216;

// Of an error code of a handshake that failed.
TlsFailure failure_of_wolfssl(int error);

}  // namespace ringwire::transport
