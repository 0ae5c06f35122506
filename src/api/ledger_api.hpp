// POST /api/requests/{id}/resolve (PROTOCOL.md 1.5): somebody says what became of a request whose outcome
// nobody knew. Loop thread only.
#pragma once

#include <string_view>

#include "access/access.hpp"
#include "access/caller.hpp"
#include "admin/resolutions.hpp"
#include "net/http_server.hpp"

namespace kgw {

class LedgerApi {
 public:
  LedgerApi(HttpServer& server, Resolutions& resolutions, const Access& access)
      : server_(server), resolutions_(resolutions), access_(access) {}
  // `id_text`: the path's part, decoded. Answered exactly once, now or later, with the request's row.
  void resolve(const HttpRequest& request, std::string_view id_text, const Caller& caller);

 private:
  HttpServer& server_;
  Resolutions& resolutions_;
  const Access& access_;
};

}  // namespace kgw
