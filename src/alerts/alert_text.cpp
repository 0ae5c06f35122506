// The English text of alerts, for the API and the log; the bot has its own. Pure.
// Implements alerts/alert_book.hpp.
#include "alerts/alert_book.hpp"

namespace kgw {

std::string_view severity_of(AlertKind kind) {
  switch (kind) {
    case AlertKind::payment_unknown:
    case AlertKind::unclaimed_answer:
    case AlertKind::device_failing:
    case AlertKind::store_down: return "critical";
    case AlertKind::kiosk_offline:
    case AlertKind::kiosk_flapping:
    case AlertKind::kiosk_failing:
    case AlertKind::duplicate_connection:
    case AlertKind::durability_weak:
    case AlertKind::certificate_expiring:
    case AlertKind::callbacks_failing: return "warning";
    case AlertKind::tokens_expiring: return "info";
  }
  return "info";
}

std::string sentence_of(const Alert& alert) {
  const std::string amount = std::to_string(alert.amount);
  switch (alert.kind) {
    case AlertKind::payment_unknown:
      return "Nobody knows whether payment " + alert.request_id.text() + " at " + alert.kiosk_id +
             " went through (" + alert.detail + "): check the terminal before trying again.";
    case AlertKind::kiosk_offline:
      return "Kiosk " + alert.kiosk_id + " has been offline for " + amount +
             " minutes: check its power and network.";
    case AlertKind::kiosk_flapping:
      return "Kiosk " + alert.kiosk_id + " lost its connection " + amount +
             " times within 10 minutes: check its network.";
    case AlertKind::kiosk_failing:
      return amount + "% of the requests to kiosk " + alert.kiosk_id + " fail: check its terminal and printer.";
    case AlertKind::duplicate_connection:
      return "A second connection used the token of kiosk " + alert.kiosk_id + ", from " + alert.detail +
             ": if that is not your device, give the kiosk a new token.";
    case AlertKind::tokens_expiring:
      return "Kiosk tokens that expire within " + std::to_string(alert.days) + " days: " + amount + " (" +
             alert.detail + "). Give these kiosks new tokens.";
    case AlertKind::store_down:
      return "The journal can't be written, so no new requests are sent: " + alert.detail + ".";
    case AlertKind::durability_weak: return "Saved records may be lost: " + alert.detail + ".";
    case AlertKind::certificate_expiring:
      if (alert.amount == 1)
        return "The gateway's own certificate (TLS_CERT_FILE) expires at " + alert.detail +
               ": renew it and send the gateway SIGHUP, or kiosks and backends will no longer connect.";
      return "Redis' certificate expires at " + alert.detail +
             ": renew it, or the gateway will no longer be able to connect to Redis.";
    case AlertKind::callbacks_failing:
      return "Callbacks have failed for an hour: " + alert.detail +
             ". They are tried again for 72 hours: check the receiver.";
    case AlertKind::unclaimed_answer:
      return "Answers of success that their caller may not have received: " + amount + " (" + alert.detail +
             "). Make sure that the backend knows of them: it can read them from GET /requests?final=true, or "
             "confirm each with POST /requests/{request_id}/ack.";
    case AlertKind::device_failing:
      return "The device for '" + alert.operation + "' at kiosk " + alert.kiosk_id +
             " fails, errors in a row: " + amount + " (" + alert.detail +
             "). Check that it is on and connected to the kiosk.";
  }
  return {};
}

}  // namespace kgw
