// GET /api/series (the charts' figures) and GET /api/settings (the values in use and their sources; secrets
// masked). Loop thread only.
#pragma once

#include "live/series.hpp"
#include "net/http_server.hpp"
#include "settings/reload.hpp"

namespace kgw {

class InsightApi {
 public:
  InsightApi(const Series& series, const Reload& reload, HttpServer& server)
      : series_(series), reload_(reload), server_(server) {}
  void series(const HttpRequest& request) const;
  // GET /api/settings.
  void settings(HttpCallId call) const;

 private:
  const Series& series_;
  const Reload& reload_;
  HttpServer& server_;
};

}  // namespace kgw
