// POST /send: a backend's call to a kiosk, handed in, and told at once when it is refused (PROTOCOL.md 1). Its
// end is told by HttpCallerDesk. Loop thread only.
#pragma once

#include "access/caller.hpp"
#include "net/http_server.hpp"
#include "shell/intake.hpp"

namespace kgw {

class SendHandler {
 public:
  SendHandler(Intake& intake, HttpServer& server, bool legacy_http_status)
      : intake_(intake), server_(server), legacy_(legacy_http_status) {}
  // The caller has scope send.
  void on_send(const HttpRequest& request, const Caller& caller);
  // What another path has for a kiosk, for `call` to be answered in the same way.
  void submit(HttpCallId call, const Submission& asked, const Caller& caller);

 private:
  Intake& intake_;
  HttpServer& server_;
  const bool legacy_;
};

}  // namespace kgw
