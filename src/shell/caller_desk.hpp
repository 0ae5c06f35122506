// CallerDesk: where those who wait for an exchange's end are told. Loop thread only.
#pragma once

#include <string_view>

#include "core/effects.hpp"

namespace kgw {

class HttpServer;

class CallerDesk {
 public:
  virtual ~CallerDesk() = default;
  // REQUIRES a caller that waits: told exactly once. One that went away meanwhile hears nothing. `traceparent`:
  // the caller's own, or empty.
  virtual void tell(const Reply& reply, std::string_view traceparent) = 0;
};

// The callers of POST /send: PROTOCOL.md 1 and 1.1.
class HttpCallerDesk final : public CallerDesk {
 public:
  HttpCallerDesk(HttpServer& server, bool legacy_http_status)
      : server_(server), legacy_http_status_(legacy_http_status) {}
  void tell(const Reply& reply, std::string_view traceparent) override;

 private:
  HttpServer& server_;
  const bool legacy_http_status_;
};

}  // namespace kgw
