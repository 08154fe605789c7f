// wolfSSL as a library of the process: set up once, and what its errors mean to us.
//
// Thread: any; prepare_wolfssl() may be called often and returns when it was set up. It is never torn
// down, since the process may end in any order.
#pragma once

#include "engine/transport/tls_failure.hpp"

namespace ringwire::transport {

void prepare_wolfssl();

// Of an error code of a handshake that failed.
TlsFailure failure_of_wolfssl(int error);

}  // namespace ringwire::transport
