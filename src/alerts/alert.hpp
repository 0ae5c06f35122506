// Alert: something that people should look at; raised once and, if it is a condition that lasts, ended. Plain
// data, no behaviour: alerts/alert_book decides; /api/alerts, the metrics and the bot publish.
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
  kiosk_offline,         // offline for longer than allowed
  kiosk_flapping,        // its connection is lost again and again
  kiosk_failing,         // too many of its requests time out or end unknown
  duplicate_connection,  // a second connection with an online kiosk's token: a clone?
  tokens_expiring,       // in 30, 7 or 1 days; and a monthly summary
  store_down,            // nothing can be recorded
  durability_weak,       // what is recorded may be lost
  certificate_expiring,  // the gateway's own or the Redis server's, in 30, 7 or 1 days
  callbacks_failing,     // an owner's receiver of callbacks has failed for an hour
  unclaimed_answer,      // something was done and the caller may not know
  device_failing,        // a kiosk's answers for one operation are errors, again and again
};
inline constexpr std::size_t kAlertKindCount = static_cast<std::size_t>(AlertKind::device_failing) + 1;

inline constexpr std::array<std::string_view, kAlertKindCount> kAlertNames{
    "payment_unknown",      "kiosk_offline",     "kiosk_flapping",   "kiosk_failing",
    "duplicate_connection", "tokens_expiring",   "store_down",       "durability_weak",
    "certificate_expiring", "callbacks_failing", "unclaimed_answer", "device_failing"};
inline std::string_view name(AlertKind kind) { return kAlertNames[static_cast<std::size_t>(kind)]; }
inline std::optional<AlertKind> alert_named(std::string_view text) {
  for (std::size_t i = 0; i < kAlertKindCount; ++i)
    if (kAlertNames[i] == text) return static_cast<AlertKind>(i);
  return std::nullopt;
}

struct Alert {
  std::uint64_t number = 0;  // increasing
  AlertKind kind = AlertKind::kiosk_offline;
  std::string kiosk_id{};  // empty: about the gateway or several kiosks
  RequestId request_id{};  // of a payment; zero: none
  // By kind: 1 for the gateway's own certificate, minutes offline, disconnections, percent of failures, number
  // of kiosks, of answers, of errors.
  std::int64_t amount = 0;
  std::string detail{};  // an address, a reason, kiosk ids, last words: data, not a sentence
  WallTime raised_at{};
  std::optional<WallTime> ended_at{};  // nullopt while it lasts; an event without duration ends when raised
  std::int64_t days = 0;               // tokens_expiring, certificate_expiring: within so many days
  bool muted = false;                  // never published, but in the list
  bool told_before = false;            // by an earlier run of the gateway: not published again
  std::string operation{};             // device_failing: whose device; else empty
};

// An alert that was raised or has ended, to be published.
struct AlertNews {
  Alert alert;
  bool ended = false;
};

}  // namespace kgw
