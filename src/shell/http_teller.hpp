// HttpTeller: answers the callers of POST /send (PROTOCOL.md 1 and 1.1). Loop thread only.
#pragma once

#include <string_view>

#include "shell/caller_desk.hpp"

namespace kgw {

class HttpServer;

// PROTOCOL.md 1.3: a line for who hears of another call's request.
inline constexpr std::string_view kReplayed = "Idempotency-Replayed: true\r\n";

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
