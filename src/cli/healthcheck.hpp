// `kiosk-gateway healthcheck`: whether the gateway accepts requests, for whatever starts and stops it
// (Docker's HEALTHCHECK, scripts). Needs no key.
#pragma once

#include <iosfwd>
#include <string>

namespace kgw {

// Prints one line. Returns 0 if it accepts requests; 1 if not, or if it can't be reached.
int healthcheck(const std::string& gateway_url, std::ostream& out);

}  // namespace kgw
