// GET /api/history (connections and disconnections of kiosks) and GET /api/audit (who changed what), newest
// first, page by page. Loop thread only.
#pragma once

#include <string>

#include "access/caller.hpp"
#include "access/cursor_seal.hpp"
#include "admin/reading.hpp"

namespace kgw {

class HistoryApi {
 public:
  HistoryApi(const Reading& by, const CursorSeal& seal) : by_(by), seal_(seal) {}
  void connections(const HttpRequest& request, const Caller& caller);
  void audit(const HttpRequest& request, const Caller& caller);

 private:
  const Reading by_;
  const CursorSeal& seal_;
};

std::string connection_json(const StoredConnection& connection, bool with_kiosk);
std::string connection_json(const ConnectionRecord& connection, bool with_kiosk);
std::string audit_json(const AuditRecord& line);

}  // namespace kgw
