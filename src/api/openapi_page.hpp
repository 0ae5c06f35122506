// GET /openapi.json: the HTTP contract, generated from openapi.yaml and embedded by the build. Open to all:
// it is the same in every gateway of a version and reveals nothing about this one, and integrators have no
// key yet. Loop thread only.
#pragma once

#include <string_view>

#include "net/http_server.hpp"

namespace kgw {

void respond_openapi(HttpServer& server, HttpCallId call);

// The contract as JSON; tools/openapi writes its definition.
std::string_view openapi_json();

}  // namespace kgw
