// GET /openapi.json: the HTTP contract, which the build makes of openapi.yaml and embeds. Open to all: it is
// the same in every gateway of a version and tells nothing of this one, and who integrates has no key yet. Loop
// thread only.
#pragma once

#include <string_view>

#include "net/http_server.hpp"

namespace kgw {

void respond_openapi(HttpServer& server, HttpCallId call);

// The contract as JSON; tools/openapi makes its definition.
std::string_view openapi_json();

}  // namespace kgw
