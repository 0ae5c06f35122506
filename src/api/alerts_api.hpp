// GET /api/alerts: open and past alerts. Loop thread only.
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
  // Requires a caller with scope read.
  void list(const HttpRequest& request, const Caller& caller) const;

 private:
  HttpServer& server_;
  const AlertBook& book_;
  const CursorSeal& seal_;
  Slices& slices_;
};

// A row of the list, also for the event streams. The number is sealed for a limited `viewer`.
std::string alert_json(const Alert& alert, const CursorSeal& seal, const Caller& viewer);

}  // namespace kgw
