// Alert: something that people should look at, raised once and, where it has a length, ended. Plain data, no
// behaviour; alerts/alert_book decides, /api/alerts, the metrics and the bot tell.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/ids.hpp"

namespace kgw {

enum class AlertKind : std::uint8_t {
  payment_unknown,       // a payment's outcome is unknown
  kiosk_offline,         // away for longer than it may
  kiosk_flapping,        // its connection ends again and again
  kiosk_failing,         // too many of its requests time out or come back unknown
  duplicate_connection,  // a second one came with a living kiosk's token: a clone?
  tokens_expiring,       // in 30, 7 or 1 days; a summary each month
  store_down,            // nothing can be recorded
  durability_weak,       // what is recorded may be lost
  certificate_expiring,  // the one that Redis shows, in 30, 7 or 1 days
};
inline constexpr std::size_t kAlertKindCount = static_cast<std::size_t>(AlertKind::certificate_expiring) + 1;

inline constexpr std::array<std::string_view, kAlertKindCount> kAlertNames{
    "payment_unknown", "kiosk_offline", "kiosk_flapping",  "kiosk_failing",       "duplicate_connection",
    "tokens_expiring", "store_down",    "durability_weak", "certificate_expiring"};
inline std::string_view name(AlertKind kind) { return kAlertNames[static_cast<std::size_t>(kind)]; }
inline std::optional<AlertKind> alert_named(std::string_view text) {
  for (std::size_t i = 0; i < kAlertKindCount; ++i)
    if (kAlertNames[i] == text) return static_cast<AlertKind>(i);
  return std::nullopt;
}

struct Alert {
  std::uint64_t number = 0;  // grows
  AlertKind kind = AlertKind::kiosk_offline;
  std::string kiosk_id{};   // empty: about the gateway, or about several kiosks
  RequestId request_id{};   // of a payment; zero: none
  std::int64_t amount = 0;  // minutes away; times gone in a while; percent of failures; kiosks; days
  std::string detail{};     // an address, a reason, kiosks' ids: data, not a sentence
  WallTime raised_at{};
  std::optional<WallTime> ended_at{};  // nothing: it lasts. What has no length ends as it is raised
  std::int64_t days = 0;               // tokens_, certificate_expiring: in so many days at most
  bool muted = false;                  // told nobody; it stands in the list
};

// What was raised, or ended, and is to be told.
struct AlertNews {
  Alert alert;
  bool ended = false;
};

}  // namespace kgw
