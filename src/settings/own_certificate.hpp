// OwnCertificate: the certificate that the gateway's own port shows, and its renewal while the gateway runs:
// who is connected keeps the old one. Loop thread only.
#pragma once

#include <memory>
#include <optional>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "log/log.hpp"
#include "net/http_server.hpp"
#include "net/tls_context.hpp"
#include "settings/config.hpp"

namespace kgw {

class OwnCertificate {
 public:
  OwnCertificate(const Config& config, HttpServer& server, Log& log)
      : config_(config), server_(server), log_(log), shown_(config.tls) {}

  // For HttpServer::listen(); nullptr: plain HTTP. Error: a sentence for the operator.
  Result<std::shared_ptr<TlsContext>> open(WallTime now);
  // The settings were read again, without a fault: shows the new certificate, if it is another one.
  void renew(const Config& read, WallTime now);
  // nullopt: plain HTTP.
  std::optional<WallTime> ends() const { return ends_; }

 private:
  const Config& config_;
  HttpServer& server_;
  Log& log_;
  TlsTexts shown_;
  std::optional<WallTime> ends_;
};

}  // namespace kgw
