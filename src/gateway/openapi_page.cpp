#include "gateway/openapi_page.hpp"

#include "gateway/answers.hpp"

namespace kgw {

void respond_openapi(HttpServer& server, HttpCallId call) {
  // It changes with the gateway's version only; after an upgrade nobody sees the old one for long.
  respond_json(server, call, 200, openapi_json(), "Cache-Control: max-age=300\r\n");
}

}  // namespace kgw
