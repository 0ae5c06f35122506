// AlertSettings: from when on things are alerts, and what nobody wants to hear of. Kept in the store as text,
// one line each ("offline_after 300", "mute kiosk_offline shop-1"). Pure.
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
  std::uint32_t flapping_times = 5;  // connections that ended within kFlappingWindow
  std::uint32_t failing_percent = 30;
  std::uint32_t failing_requests = 5;  // at least so many failures within kFailingWindow
  // Nothing but payments is told between the two, minutes of the day at this distance from UTC; equal: always.
  std::chrono::minutes quiet_from{0};
  std::chrono::minutes quiet_to{0};
  std::chrono::minutes utc_offset{0};
  // Kind and kiosk; an empty kiosk means all of them.
  std::set<std::pair<AlertKind, std::string>> mutes;

  bool muted(AlertKind kind, const std::string& kiosk_id) const {
    return mutes.contains({kind, {}}) || (!kiosk_id.empty() && mutes.contains({kind, kiosk_id}));
  }
  // When the quiet hours in which `at` lies end; nothing: it lies in none.
  std::optional<WallTime> quiet_until(WallTime at) const;

  bool operator==(const AlertSettings&) const = default;
};

std::string text_of(const AlertSettings& settings);
// What can't be read keeps its default: an older program's text, or a newer one's, does no harm.
AlertSettings parse_alert_settings(std::string_view text);

}  // namespace kgw
