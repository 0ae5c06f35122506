// AlertSettings: the thresholds for alerts, and what to keep quiet. Stored as text, one item per line
// ("offline_after 300", "mute kiosk_offline shop-1"). Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "alerts/alert.hpp"

namespace kgw {

struct AlertSettings {
  static constexpr std::size_t kMutesMax = 500;

  std::chrono::minutes offline_after{5};
  std::uint32_t flapping_times = 5;  // disconnections within kFlappingWindow
  std::uint32_t failing_percent = 30;
  std::uint32_t failing_requests = 5;  // and at least this many failures within kFailingWindow
  std::uint32_t device_errors = 3;     // answers in a row that say that the device fails
  // Between the two (minutes of the day at this UTC offset) only payments are published; equal: no quiet
  // hours.
  std::chrono::minutes quiet_from{0};
  std::chrono::minutes quiet_to{0};
  std::chrono::minutes utc_offset{0};
  // Kind and kiosk; an empty kiosk stands for all.
  std::set<std::pair<AlertKind, std::string>> mutes;

  bool muted(AlertKind kind, const std::string& kiosk_id) const {
    return mutes.contains({kind, {}}) || (!kiosk_id.empty() && mutes.contains({kind, kiosk_id}));
  }
  // Returns the end of the quiet hours that `at` is in, or nullopt.
  std::optional<WallTime> quiet_until(WallTime at) const;

  bool operator==(const AlertSettings&) const = default;
};

std::string text_of(const AlertSettings& settings);
// What can't be parsed keeps its default, so that an older or newer version's text does no harm.
AlertSettings parse_alert_settings(std::string_view text);

}  // namespace kgw
