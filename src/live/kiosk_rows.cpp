#include "live/kiosk_rows.hpp"

#include "http/json_object.hpp"

namespace kgw {
namespace {

std::string fault_json(const KioskFault& fault) {
  JsonObject json;
  return json.text("code", info(fault.code).name)
      .time("at", fault.at)
      .text_or_null("request_id", fault.request ? fault.request.text() : std::string())
      .take();
}

}  // namespace

std::string KioskRows::json(const Kiosk& kiosk, std::string_view connections) const {
  const KioskSession* const session = door_.session(kiosk.session);
  const KioskFault* const fault = faults_.find(kiosk.record.id);
  JsonObject json;
  json.text("id", kiosk.record.id)
      .text("name", kiosk.record.title)
      .boolean("enabled", kiosk.record.enabled)
      .boolean("online", session != nullptr)
      .time("connected_at", session ? std::optional(session->peer().since) : std::nullopt)
      .text_or_null("address", session ? std::string_view(session->peer().address) : std::string_view())
      .text_or_null("agent_version",
                    session ? std::string_view(session->peer().agent_version) : std::string_view());
  if (session && session->round_trip())
    json.decimal("rtt_ms", std::chrono::duration<double, std::milli>(*session->round_trip()).count());
  else json.null("rtt_ms");
  json.number("in_flight", static_cast<std::int64_t>(kiosk.places.size()))
      .number("waiting", static_cast<std::int64_t>(kiosk.waiting.size()))
      .number_or_null("max_in_flight", kiosk.record.max_in_flight)
      .raw("last_error", fault ? fault_json(*fault) : "null")
      .time("created_at", kiosk.record.created_at)
      .time("token_expires_at", kiosk.record.token_expires_at)
      .time("token_issued_at", kiosk.record.token_issued_at);
  if (!connections.empty()) json.raw("connections", connections);
  return json.take();
}

}  // namespace kgw
