// GET /requests/{id}: what became of a request, as the store has it (PROTOCOL.md 1.5).
#pragma once

#include <string>

#include "gateway/access.hpp"
#include "net/http_server.hpp"
#include "store/store.hpp"

namespace kgw {

class RequestsApi {
 public:
  RequestsApi(HttpServer& server, Store& store) : server_(server), store_(store) {}
  // `id_text`: what stands behind /requests/ in the path.
  void get(HttpCallId call, std::string_view id_text);

 private:
  HttpServer& server_;
  Store& store_;
};

// The answer's JSON; the kiosk's response byte for byte.
std::string request_json(const StoredExchange& exchange);

}  // namespace kgw
