// `kiosk-gateway import-env`: turns the older service's .env into one of ours. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace kgw {

struct ImportedEnv {
  std::string dotenv;  // a whole .env; it has the secrets of the old one
  // For people: what was renamed, joined or left out, and what to decide. Never a value.
  std::vector<std::string> notes;
  std::vector<std::string> faults;  // lines that can't be read; then `dotenv` lacks them
};

// Values stay as they are and only names change; REDIS_HOST, _PORT, _DB and _PASSWORD become one REDIS_URL.
// If a setting is given under several names, ours wins, then the first in kOlderNames. References (${NAME})
// are replaced as the older service did, from the lines above; what refers to the environment is a fault.
ImportedEnv import_env(std::string_view text);

}  // namespace kgw
