// The doctor's checks, and what they learn for one another. Internal to upkeep/.
#pragma once

#include <chrono>
#include <optional>
#include <vector>

#include "upkeep/doctor.hpp"

namespace kgw {

inline constexpr std::chrono::milliseconds kPatience{3000};  // for the gateway to answer

// What the state contains, as far as it can be read.
struct StateFacts {
  std::optional<WallTime> newest;  // the latest time stamp in it
  std::int64_t kiosks = 0;
  std::int64_t expired_tokens = 0;
};

struct GatewayFacts {
  bool answers = false;
  std::optional<WallTime> clock;  // its Date field, to the second
  std::int64_t kiosks = 0;
};

// upkeep/doctor.cpp
Finding check_gateway(const DoctorSettings& settings, GatewayFacts& facts);
Finding check_clock(const StateFacts& state, const GatewayFacts& gateway, WallTime now);
Finding check_file_limit(const DoctorSettings& settings, const StateFacts& state);
// upkeep/doctor_sandbox.cpp
Finding check_sandbox(const DoctorSettings& settings);
// upkeep/doctor_timeouts.cpp
std::vector<Finding> check_timeouts(const DoctorSettings& settings, const GatewayFacts& facts);
// upkeep/doctor_disk.cpp
Finding check_space(const std::filesystem::path& data_dir);
Finding check_commits(const std::filesystem::path& data_dir, const Clock& clock);
Finding check_rights(const std::filesystem::path& data_dir);
// upkeep/doctor_store.cpp
Finding check_journal(const std::filesystem::path& data_dir, WallTime now, StateFacts& facts);
Finding check_redis(const DoctorSettings& settings, const Clock& clock);

}  // namespace kgw
