#include "settings/tls_files.hpp"

#include <string>
#include <utility>

#include "base/limits.hpp"
#include "base/table.hpp"

namespace kgw {
namespace {

const std::string& file_of(const Config& config, TlsFault::Of of) {
  if (of == TlsFault::Of::certificate) return config.tls_cert_file;
  return of == TlsFault::Of::key ? config.tls_key_file : config.tls_client_ca_file;
}

std::string shown(const std::string& path) { return "'" + printable(path) + "'"; }

}  // namespace

const char* name_of(TlsFault::Of of) {
  if (of == TlsFault::Of::certificate) return "TLS_CERT_FILE";
  return of == TlsFault::Of::key ? "TLS_KEY_FILE" : "TLS_CLIENT_CA_FILE";
}

void read_tls_files(const SettingSources& sources, LoadedConfig& loaded) {
  Config& config = loaded.config;
  const std::string& cert = config.tls_cert_file;
  const std::string& key = config.tls_key_file;
  const std::string& ca = config.tls_client_ca_file;
  const bool certified = config.kiosk_certificates != KioskCertificates::off;
  const auto fault = [&loaded](const char* name, const std::string& text) {
    loaded.faults.push_back({name, text});
  };
  if (certified && ca.empty())
    fault("TLS_CLIENT_CA_FILE", "it is required with KIOSK_CERTIFICATES; give the CA that signs your kiosks'");
  if (certified && cert.empty())
    fault("TLS_CERT_FILE", "it is required with KIOSK_CERTIFICATES: certificates are shown to a TLS port only");
  if (cert.empty() && key.empty()) return;
  if (key.empty())
    return fault("TLS_KEY_FILE",
                 "it is required with TLS_CERT_FILE; give the file with that certificate's key");
  if (cert.empty())
    return fault("TLS_CERT_FILE",
                 "it is required with TLS_KEY_FILE; give the file with that key's certificate");
  bool all = true;
  const auto read = [&](const char* name, const std::string& path, std::string& text) {
    auto got = sources.read_file(path, limits::kTlsFileBytesMax);
    if (got) text = std::move(*got);
    else
      fault(name, shown(path) + " can't be read: " + got.error().message +
                      ". Give the path of a file that the gateway can read");
    all = all && got.has_value();
  };
  TlsTexts texts;
  read("TLS_CERT_FILE", cert, texts.certificate);
  read("TLS_KEY_FILE", key, texts.key);
  if (certified && !ca.empty()) read("TLS_CLIENT_CA_FILE", ca, texts.client_ca);
  if (!all) return;
  TlsFault why;
  if (TlsContext::load(texts, sources.now, why)) config.tls = std::move(texts);
  else fault(name_of(why.of), shown(file_of(config, why.of)) + " " + why.why);
}

}  // namespace kgw
