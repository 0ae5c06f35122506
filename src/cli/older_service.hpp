// The older service's kiosks in its Redis: the hashes kiosk:<id>:info (id, name, enabled "true" or "false",
// created_at as ISO 8601 in UTC without a zone), the strings kiosk:<id>:token (the JWT as issued), the set
// all_kiosks. Read-only, blocking.
#pragma once

#include <string>
#include <vector>

namespace kgw {

struct OlderKiosk {
  std::string id;     // as in that Redis
  std::string line;   // for POST /api/import; empty: it can't be imported
  std::string fault;  // why, and what to do
};

// Returns them ordered by id. Throws CommandFailed if that Redis can't be read. `url`: redis://, rediss:// or
// redis+sentinel://.
std::vector<OlderKiosk> read_older_service(const std::string& url, const std::string& ca_file);

}  // namespace kgw
