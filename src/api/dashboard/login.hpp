// DashboardLogin: login to and logout from the dashboard, with an API key or a one-time link, as a session
// whose cookie no script can read. Loop thread only.
#pragma once

#include <string>

#include "access/access.hpp"
#include "access/dashboard_sessions.hpp"
#include "log/log.hpp"
#include "net/http_server.hpp"
#include "net/loop.hpp"
#include "shell/fold.hpp"
#include "store/registry.hpp"

namespace kgw {

class DashboardLogin {
 public:
  DashboardLogin(DashboardSessions& sessions, Access& access, Loop& loop, HttpServer& server,
                 Registry& registry, Log& log)
      : sessions_(sessions), access_(access), loop_(loop), server_(server), registry_(registry), log_(log) {}

  void show(const HttpRequest& request);     // GET /dashboard/session
  void log_in(const HttpRequest& request);   // POST /dashboard/login
  void log_out(const HttpRequest& request);  // POST /dashboard/logout
  // POST /api/dashboard-links. Requires a caller with scope admin.
  void make_link(const HttpRequest& request, const Caller& caller);
  // Writes the audit lines that were folded.
  void on_tick(const Now& now);

 private:
  Result<Caller> who(const HttpRequest& request);
  void welcome(const HttpRequest& request, Caller caller);
  // Writes to the audit trail and the log, without waiting: while the store is down, the dashboard is what
  // one looks at. Repeated logins with one key are folded, so that they displace nothing.
  void note(const HttpRequest& request, const Caller& caller, const std::string& what, std::string detail);

  DashboardSessions& sessions_;
  Access& access_;
  Loop& loop_;
  HttpServer& server_;
  Registry& registry_;
  Log& log_;
  Fold<AuditRecord> trail_{10, std::chrono::minutes(1), limits::kKeysMax};
};

}  // namespace kgw
