// GET /requests/{id} and GET /api/requests (PROTOCOL.md 1.5): what became of requests. Loop thread only.
#pragma once

#include <string>

#include "gateway/caller.hpp"
#include "net/http_server.hpp"
#include "store/store.hpp"

namespace kgw {

class RequestsApi {
 public:
  RequestsApi(HttpServer& server, Store& store) : server_(server), store_(store) {}
  // `id_text`: what stands behind /requests/ in the path. Who may only send sees its owner's own.
  void get(HttpCallId call, std::string_view id_text, const Caller& caller);
  // GET /api/requests
  void list(const HttpRequest& request, const Caller& caller);

 private:
  HttpServer& server_;
  Store& store_;
};

// The answer's JSON; the kiosk's response byte for byte.
std::string request_json(const StoredExchange& exchange);

}  // namespace kgw
