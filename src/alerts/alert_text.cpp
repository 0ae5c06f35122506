// What alerts say in English, for the API and the log; the bot has words of its own. Pure.
// Implements alerts/alert_book.hpp.
#include "alerts/alert_book.hpp"

namespace kgw {

std::string_view severity_of(AlertKind kind) {
  switch (kind) {
    case AlertKind::payment_unknown:
    case AlertKind::store_down: return "critical";
    case AlertKind::kiosk_offline:
    case AlertKind::kiosk_flapping:
    case AlertKind::kiosk_failing:
    case AlertKind::duplicate_connection:
    case AlertKind::durability_weak:
    case AlertKind::certificate_expiring: return "warning";
    case AlertKind::tokens_expiring: return "info";
  }
  return "info";
}

std::string sentence_of(const Alert& alert) {
  const std::string amount = std::to_string(alert.amount);
  switch (alert.kind) {
    case AlertKind::payment_unknown:
      return "Nobody knows whether payment " + alert.request_id.text() + " at " + alert.kiosk_id +
             " went through (" + alert.detail + "): look at the terminal before trying again.";
    case AlertKind::kiosk_offline:
      return "Kiosk " + alert.kiosk_id + " has been offline for " + amount +
             " minutes: check its power and its network.";
    case AlertKind::kiosk_flapping:
      return "The connection of kiosk " + alert.kiosk_id + " ended " + amount +
             " times within 10 minutes: check its network.";
    case AlertKind::kiosk_failing:
      return amount + "% of the requests at kiosk " + alert.kiosk_id +
             " fail: look at its terminal and its printer.";
    case AlertKind::duplicate_connection:
      return "A second connection came with the token of kiosk " + alert.kiosk_id + ", from " + alert.detail +
             ": if that is no device of yours, give the kiosk a new token.";
    case AlertKind::tokens_expiring:
      return "Tokens that end within " + std::to_string(alert.days) + " days: " + amount + " (" + alert.detail +
             "). Give these kiosks new ones.";
    case AlertKind::store_down: return "Nothing can be recorded, so nothing new is sent: " + alert.detail + ".";
    case AlertKind::durability_weak: return "What is recorded may be lost: " + alert.detail + ".";
    case AlertKind::certificate_expiring:
      return "The certificate that Redis shows ends at " + alert.detail +
             ": renew it, or the gateway can't connect to Redis any more.";
  }
  return {};
}

}  // namespace kgw
