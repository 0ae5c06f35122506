// POST /send: a backend's call to a kiosk, checked and handed to the Relay (PROTOCOL.md 1).
#pragma once

#include "access/access.hpp"
#include "base/ids.hpp"
#include "net/http_server.hpp"
#include "net/loop.hpp"
#include "settings/config.hpp"
#include "shell/relay_shell.hpp"
#include "wire/send_request.hpp"

namespace kgw {

class SendHandler {
 public:
  SendHandler(const Config& config, RelayShell& shell, RequestIdGenerator& ids, Loop& loop, HttpServer& server,
              Store& store, Log& log, Metrics& metrics);
  // The caller has scope send.
  void on_send(const HttpRequest& request, const Caller& caller);
  // The same for someone inside the gateway: `told` hears the end, later, exactly once. A fault: nothing was
  // sent and nothing will be.
  Result<RequestId> send_own(std::string_view kiosk_id, std::string_view operation, std::string_view body,
                             std::string_view owner, std::function<void(const Reply&)> told);

 private:
  void refuse(const HttpRequest& request, const Fault& fault, std::string_view operation);

  SendSettings settings_;
  bool legacy_;
  std::string data_dir_;  // callers learn no path of this machine
  RelayShell& shell_;
  RequestIdGenerator& ids_;
  Loop& loop_;
  HttpServer& server_;
  Store& store_;
  Log& log_;
  Metrics& metrics_;
};

}  // namespace kgw
