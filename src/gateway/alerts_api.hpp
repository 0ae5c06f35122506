// GET /api/alerts: what is to be looked at, and was. Loop thread only.
#pragma once

#include "gateway/access.hpp"
#include "gateway/alert_book.hpp"
#include "net/http_server.hpp"

namespace kgw {

class AlertsApi {
 public:
  AlertsApi(HttpServer& server, const AlertBook& book) : server_(server), book_(book) {}
  // The caller has scope read.
  void list(const HttpRequest& request, const Caller& caller) const;

 private:
  HttpServer& server_;
  const AlertBook& book_;
};

// A row of the list, for the dashboard's stream too.
std::string alert_json(const Alert& alert);

}  // namespace kgw
