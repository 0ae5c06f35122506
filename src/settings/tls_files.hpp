// The files that TLS_CERT_FILE and TLS_KEY_FILE name. Whether they fit together is known when the settings are
// read, so that check-config and a reload find every fault before anything changes.
#pragma once

#include "settings/config.hpp"

namespace kgw {

// Reads and checks both files, if they are set: into `loaded.config.tls`, or as a fault.
void read_tls_files(const SettingSources& sources, LoadedConfig& loaded);

}  // namespace kgw
