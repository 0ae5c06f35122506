// GET /api/alerts: what is to be looked at, and was. Loop thread only.
#pragma once

#include "access/access.hpp"
#include "access/cursor_seal.hpp"
#include "alerts/alert_book.hpp"
#include "net/http_server.hpp"
#include "net/slices.hpp"

namespace kgw {

class AlertsApi {
 public:
  AlertsApi(HttpServer& server, const AlertBook& book, const CursorSeal& seal, Slices& slices)
      : server_(server), book_(book), seal_(seal), slices_(slices) {}
  // The caller has scope read.
  void list(const HttpRequest& request, const Caller& caller) const;

 private:
  HttpServer& server_;
  const AlertBook& book_;
  const CursorSeal& seal_;
  Slices& slices_;
};

// A row of the list, for the dashboard's stream too. The number is sealed for a limited `viewer`.
std::string alert_json(const Alert& alert, const CursorSeal& seal, const Caller& viewer);

}  // namespace kgw
