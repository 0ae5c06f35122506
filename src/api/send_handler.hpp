// SendHandler: POST /send, a backend's request to a kiosk. Submits it, and answers at once if it is refused
// (PROTOCOL.md 1); HttpTeller answers when it ends. Loop thread only.
#pragma once

#include "access/caller.hpp"
#include "net/http_server.hpp"
#include "shell/intake.hpp"

namespace kgw {

class SendHandler {
 public:
  SendHandler(Intake& intake, HttpServer& server, bool legacy_http_status)
      : intake_(intake), server_(server), legacy_(legacy_http_status) {}
  // Requires a caller with scope send.
  void on_send(const HttpRequest& request, const Caller& caller);
  // Submits a request from another path; `call` is answered in the same way.
  void submit(HttpCallId call, const Submission& asked, const Caller& caller);

 private:
  Intake& intake_;
  HttpServer& server_;
  const bool legacy_;
};

}  // namespace kgw
