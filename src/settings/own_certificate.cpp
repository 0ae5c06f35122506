#include "settings/own_certificate.hpp"

#include <string>

#include "base/clock.hpp"
#include "settings/tls_files.hpp"

namespace kgw {

Result<std::shared_ptr<TlsContext>> OwnCertificate::open(WallTime now) {
  if (shown_.certificate.empty()) return std::shared_ptr<TlsContext>();
  TlsFault fault;
  auto context = TlsContext::load(shown_, now, fault);
  if (!context) return Fault{ErrorCode::invalid_argument, std::string(name_of(fault.of)) + " " + fault.why};
  ends_ = context->certificate_ends();
  return context;
}

// Other names of files, or TLS where there was none, wait for a restart like any other setting of the port.
void OwnCertificate::renew(const Config& read, WallTime now) {
  if (read.tls_cert_file != config_.tls_cert_file || read.tls_key_file != config_.tls_key_file ||
      read.tls_client_ca_file != config_.tls_client_ca_file ||
      read.kiosk_certificates != config_.kiosk_certificates)
    return;
  if (read.tls == shown_ || read.tls.certificate.empty()) return;
  TlsFault fault;
  const auto context = TlsContext::load(read.tls, now, fault);
  if (!context) return;  // it was good a moment ago, when the settings were read: so it has just expired
  shown_ = read.tls;
  ends_ = context->certificate_ends();
  server_.set_tls(context);
  log_.write(LogLevel::info, "certificate_renewed", {{"valid_until", rfc3339(*ends_)}});
}

}  // namespace kgw
