#include "api/openapi_page.hpp"

#include "http/answers.hpp"

namespace kgw {

void respond_openapi(HttpServer& server, HttpCallId call) {
  // It only changes with the gateway's version; after an upgrade a cached one does not last long.
  static const SharedBytes page = share(std::string(openapi_json()));
  HttpResponse response;
  response.extra_fields = "Cache-Control: max-age=300\r\n";
  server.respond_fixed(call, response, page);
}

}  // namespace kgw
