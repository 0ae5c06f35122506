// The files that TLS_CERT_FILE, TLS_KEY_FILE and TLS_CLIENT_CA_FILE name. Whether they fit together is known
// when the settings are read, so that check-config and a reload find every fault before anything changes.
#pragma once

#include "settings/config.hpp"

namespace kgw {

// The setting that names such a file.
const char* name_of(TlsFault::Of of);
// Reads and checks all files, if they are set: into `loaded.config.tls`, or as a fault.
void read_tls_files(const SettingSources& sources, LoadedConfig& loaded);

}  // namespace kgw
