// HttpTeller: answers the callers of POST /send (PROTOCOL.md 1 and 1.1). Loop thread only.
#pragma once

#include <string_view>

#include "shell/caller_desk.hpp"

namespace kgw {

class HttpServer;

class HttpTeller final : public CallerDesk::Teller {
 public:
  HttpTeller(HttpServer& server, bool legacy_http_status)
      : server_(server), legacy_http_status_(legacy_http_status) {}
  void tell(CallerId caller, const Reply& reply, std::string_view traceparent, bool joined) override;

 private:
  HttpServer& server_;
  const bool legacy_http_status_;
};

}  // namespace kgw
