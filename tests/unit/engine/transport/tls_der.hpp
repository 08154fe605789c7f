// A certificate as nobody would sign it, for what has to be refused by its looks.
#pragma once

#include <cstddef>
#include <string>

namespace ringwire::transport {

// PEM of a certificate for an RSA key of `bits`, a multiple of 8. Key and signature are no such things.
std::string rsa_certificate(std::size_t bits);

}  // namespace ringwire::transport
