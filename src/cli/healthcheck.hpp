// `kiosk-gateway healthcheck`: whether the gateway takes requests, for those who start and stop it (Docker's
// HEALTHCHECK, scripts). Needs no key.
#pragma once

#include <iosfwd>
#include <string>

namespace kgw {

// One line to `out`. 0: it takes requests; 1: it does not, or is not there.
int healthcheck(const std::string& gateway_url, std::ostream& out);

}  // namespace kgw
