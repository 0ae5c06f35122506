// `kiosk-gateway doctor`: checks everything that a gateway needs from its machine, and says what is wrong and
// what to do. Changes nothing; may run beside the gateway. Blocks for a few seconds.
#pragma once

#include <cstdint>
#include <filesystem>
#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"

namespace kgw {

enum class Verdict : std::uint8_t { ok, warn, bad };
std::string_view name(Verdict verdict);

struct Finding {
  std::string what;  // one word: port, disk, ...
  Verdict verdict = Verdict::ok;
  std::string text;
  std::string hint;  // what to do; empty if all is well
};

struct DoctorSettings {
  std::string host;
  std::uint16_t port = 0;
  std::string gateway_url;
  std::string key;  // for that gateway; empty: none
  std::filesystem::path data_dir;
  std::string redis_url;  // empty: the embedded store
  std::string redis_ca_file;
  int redis_wait_replicas = 0;
};

std::vector<Finding> examine(const DoctorSettings& settings, const Clock& clock);

// Prints for people or, with `json`, one object for programs. Returns 1 if any finding is bad, else 0.
int print_findings(const std::vector<Finding>& findings, bool json, std::ostream& out);

}  // namespace kgw
