// GET /api/history (connections and disconnections of kiosks) and GET /api/audit (who changed what), newest
// first, page by page. Loop thread only.
#pragma once

#include <string>

#include "access/caller.hpp"
#include "access/cursor_seal.hpp"
#include "access/read_shares.hpp"
#include "net/http_server.hpp"
#include "net/slices.hpp"
#include "store/history.hpp"

namespace kgw {

class HistoryApi {
 public:
  HistoryApi(HttpServer& server, History& history, const CursorSeal& seal, ReadShares& reads, Slices& slices)
      : server_(server), history_(history), seal_(seal), reads_(reads), slices_(slices) {}
  void connections(const HttpRequest& request, const Caller& caller);
  void audit(const HttpRequest& request, const Caller& caller);

 private:
  HttpServer& server_;
  History& history_;
  const CursorSeal& seal_;
  ReadShares& reads_;
  Slices& slices_;
};

std::string connection_json(const StoredConnection& connection, bool with_kiosk);
std::string connection_json(const ConnectionRecord& connection, bool with_kiosk);
std::string audit_json(const AuditRecord& line);

}  // namespace kgw
