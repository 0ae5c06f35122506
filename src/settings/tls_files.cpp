#include "settings/tls_files.hpp"

#include <string>
#include <utility>

#include "base/limits.hpp"
#include "base/table.hpp"

namespace kgw {
namespace {

std::string shown(const std::string& path) { return "'" + printable(path) + "'"; }

}  // namespace

void read_tls_files(const SettingSources& sources, LoadedConfig& loaded) {
  Config& config = loaded.config;
  const std::string& cert = config.tls_cert_file;
  const std::string& key = config.tls_key_file;
  const auto fault = [&loaded](const char* name, const std::string& text) {
    loaded.faults.push_back({name, text});
  };
  if (cert.empty() && key.empty()) return;
  if (key.empty())
    return fault("TLS_KEY_FILE",
                 "it is required with TLS_CERT_FILE; give the file with that certificate's key");
  if (cert.empty())
    return fault("TLS_CERT_FILE",
                 "it is required with TLS_KEY_FILE; give the file with that key's certificate");
  const auto read = [&](const char* name, const std::string& path, std::string& text) {
    auto got = sources.read_file(path, limits::kTlsFileBytesMax);
    if (got) text = std::move(*got);
    else
      fault(name, shown(path) + " can't be read: " + got.error().message +
                      ". Give the path of a file that the gateway can read");
    return got.has_value();
  };
  TlsTexts texts;
  const bool have_cert = read("TLS_CERT_FILE", cert, texts.certificate);
  if (!read("TLS_KEY_FILE", key, texts.key) || !have_cert) return;
  TlsFault why;
  const auto checked = TlsContext::load(texts, sources.now, why);
  const bool of_key = why.of == TlsFault::Of::key;
  if (!checked)
    return fault(of_key ? "TLS_KEY_FILE" : "TLS_CERT_FILE", shown(of_key ? key : cert) + " " + why.why);
  config.tls = std::move(texts);
}

}  // namespace kgw
