// GET /requests/{id} and GET /api/requests (PROTOCOL.md 1.5): the outcome of requests. Loop thread only.
#pragma once

#include <string>

#include "access/caller.hpp"
#include "admin/reading.hpp"
#include "http/json_object.hpp"

namespace kgw {

class RequestsApi {
 public:
  explicit RequestsApi(const Reading& by) : by_(by) {}
  // `id_text`: what follows /requests/ in the path, decoded. A caller with only scope send sees its owner's
  // requests. ?body=1, for scope admin: includes the request's body.
  void get(const HttpRequest& request, std::string_view id_text, const Caller& caller);
  // GET /api/requests
  void list(const HttpRequest& request, const Caller& caller);

 private:
  void add_body(HttpCallId call, const RequestId& id, JsonObject json);
  const Reading by_;
};

// A row of a list, without the response.
std::string summary_json(const StoredExchange& exchange);
// The answer's JSON, with the kiosk's response byte for byte. `for_people`: card-like numbers in it are
// masked.
JsonObject request_json(const StoredExchange& exchange, bool for_people);

}  // namespace kgw
