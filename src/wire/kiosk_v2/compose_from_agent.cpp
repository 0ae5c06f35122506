// What an agent says to the gateway (PROTOCOL.md 4). No state.
// Implements wire/kiosk_v2/compose.hpp.
#include <algorithm>
#include <span>
#include <utility>
#include <variant>

#include "base/json_text.hpp"
#include "wire/json_scan.hpp"
#include "wire/kiosk_v2/bounds.hpp"
#include "wire/kiosk_v2/compose.hpp"
#include "wire/kiosk_v2/composer.hpp"
#include "wire/kiosk_v2/words.hpp"

namespace kgw::kiosk_v2 {
namespace {

// Ends a message with a value of a local service's or a device's own. The gateway reads no message that is
// nested more deeply than json_scan goes, and would take the whole of it for broken.
Result<std::string> end_carrying(Composer&& composer) {
  auto text = std::move(composer).end();
  if (!text || json_scan(*text).is_object) return text;
  return Fault{ErrorCode::invalid_response, "It is no JSON object, or it is nested too deeply to be sent."};
}

Fault too_large(std::string_view what, std::size_t bytes_max) {
  return Fault{ErrorCode::payload_too_large,
               std::string(what) + " is larger than " + std::to_string(bytes_max / 1024) + " KiB."};
}

Result<std::string> compose_one(const KioskResult& result) {
  Composer composer("result", result.response.size());
  composer.id(result.request_id);
  composer.text("how", word_of(result.how));
  composer.carry("response", result.response);
  return end_carrying(std::move(composer));
}

Result<std::string> compose_one(const Accepted& accepted) {
  Composer composer("accepted");
  composer.id(accepted.request_id);
  return std::move(composer).end();
}

Result<std::string> compose_one(const Declined& declined) {
  Composer composer("declined");
  composer.id(declined.request_id);
  composer.text("reason", word_of(declined.reason));
  if (!declined.operation.empty()) composer.text("operation", declined.operation);
  composer.text("message", declined.message, kTextBytesMax);
  return std::move(composer).end();
}

Result<std::string> compose_one(const Progress& progress) {
  Composer composer("progress");
  composer.id(progress.request_id);
  composer.text("stage", progress.stage, kLabelBytesMax);
  composer.text("message", progress.message, kTextBytesMax);
  return std::move(composer).end();
}

Result<std::string> compose_one(const StillUnknown& unknown) {
  Composer composer("still_unknown");
  composer.id(unknown.request_id);
  composer.text("message", unknown.message, kTextBytesMax);
  return std::move(composer).end();
}

Result<std::string> compose_one(const DeviceState& device) {
  Composer composer("device");
  composer.text("operation", device.operation);
  composer.flag("ready", device.ready);
  composer.text("message", device.message, kTextBytesMax);
  composer.time("since_ms", device.since);
  return std::move(composer).end();
}

Result<std::string> compose_one(const Diagnosis& diagnosis) {
  if (diagnosis.report.size() > kReportBytesMax) return too_large("The report", kReportBytesMax);
  Composer composer("diagnosis", diagnosis.report.size());
  composer.text("id", diagnosis.id);
  composer.carry("report", diagnosis.report);
  return end_carrying(std::move(composer));
}

Result<std::string> compose_one(const Event& event) {
  if (event.data.size() > kEventBytesMax) return too_large("The event", kEventBytesMax);
  Composer composer("event", event.data.size());
  composer.text("event_id", event.event_id);
  composer.text("name", event.name);
  composer.carry("data", event.data);
  return end_carrying(std::move(composer));
}

// ---------------------------------------------------------------- resume

void append_route(std::string& out, const AgentRoute& route) {
  out += R"({"operation":)";
  append_json_string(out, route.operation);
  out += R"(,"concurrency":)";
  append_whole(out, route.concurrency);
  out += R"(,"timeout_ms":)";
  append_whole(out, static_cast<std::uint64_t>(std::max(route.timeout, Milliseconds(0)).count()));
  out += R"(,"ready":)";
  out += route.ready ? "true" : "false";
  out += R"(,"can":[)";
  if (route.lookup) out += R"("lookup",)";
  if (route.cancel) out += R"("cancel",)";
  if (route.health) out += R"("health",)";
  if (out.back() == ',') out.pop_back();
  out += "]}";
}

std::span<const RequestId> first(std::span<const RequestId> ids) {
  return ids.first(std::min(ids.size(), kResumeIdsMax));
}

Result<std::string> compose_one(const Resume& resume) {
  const std::size_t ids = resume.accepted.size() + resume.executing.size() + resume.finished.size();
  Composer composer("resume", std::min(ids, 3 * kResumeIdsMax) * (RequestId::kTextSize + 3));
  composer.text("outbox_id", resume.outbox_id);
  composer.ids("accepted", first(resume.accepted));
  composer.ids("executing", first(resume.executing));
  composer.ids("finished", first(resume.finished));
  if (resume.max_in_flight != 0) composer.whole("max_in_flight", resume.max_in_flight);
  composer.text("agent_version", resume.agent_version, kLabelBytesMax);
  std::string& out = composer.member("routes");
  out += '[';
  for (const AgentRoute& route : std::span(resume.routes).first(std::min(resume.routes.size(), kRoutesMax))) {
    if (out.back() != '[') out += ',';
    append_route(out, route);
  }
  out += ']';
  return std::move(composer).end();
}

}  // namespace

Result<std::string> compose(const FromAgent& message) {
  return std::visit([](const auto& one) { return compose_one(one); }, message);
}

}  // namespace kgw::kiosk_v2
