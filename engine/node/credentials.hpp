// The certificate and key that a node shows, from its configuration: the operator's files, else one of
// its own, kept under the data directory, else one for this run only.
//
// Errors: the operator's to correct; each names the file. Thread: any, before the shards start; it waits for
// the disk.
#pragma once

#include <string>

#include "engine/api/ringwire.hpp"
#include "engine/transport/tls_certificate.hpp"

namespace ringwire::node {

// `config` has passed validate() and does not ask for plaintext.
Result<transport::TlsCredentials, StartError> obtain_credentials(const Config& config);

// One line for the log: how sessions are secured.
std::string describe_security(const Config& config);

}  // namespace ringwire::node
