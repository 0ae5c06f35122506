// What the gateway reads: its agents' messages (PROTOCOL.md 4). No state.
// Implements wire/kiosk_v2/read.hpp.
#include <algorithm>

#include "wire/kiosk_v2/bounds.hpp"
#include "wire/kiosk_v2/json_elements.hpp"
#include "wire/kiosk_v2/read_message.hpp"
#include "wire/kiosk_v2/words.hpp"

namespace kgw::kiosk_v2 {
namespace {

// The usual ones first.
constexpr std::array<std::string_view, 22> kNames{
    "type",     "request_id", "response", "how",           "stage",         "message", "reason", "operation",
    "ready",    "since_ms",   "event_id", "name",          "data",          "id",      "report", "outbox_id",
    "accepted", "executing",  "finished", "max_in_flight", "agent_version", "routes",
};

FromAgent read_result(Members& members) {
  KioskResult result;
  result.request_id = members.request_id();
  result.how = static_cast<ResultHow>(members.word("how", kResultHows, 0));
  result.response = members.object("response", limits::kFrameBytesMax);
  return result;
}

FromAgent read_accepted(Members& members) { return Accepted{members.request_id()}; }

FromAgent read_declined(Members& members) {
  Declined declined;
  declined.request_id = members.request_id();
  declined.reason = static_cast<DeclineReason>(
      members.word("reason", kDeclineReasons, static_cast<std::size_t>(DeclineReason::other)));
  declined.operation = members.name_or_none("operation");
  declined.message = members.text("message", kTextBytesMax);
  return declined;
}

FromAgent read_progress(Members& members) {
  Progress progress;
  progress.request_id = members.request_id();
  progress.stage = members.text("stage", kLabelBytesMax);
  progress.message = members.text("message", kTextBytesMax);
  return progress;
}

FromAgent read_still_unknown(Members& members) {
  StillUnknown unknown;
  unknown.request_id = members.request_id();
  unknown.message = members.text("message", kTextBytesMax);
  return unknown;
}

FromAgent read_device(Members& members) {
  DeviceState device;
  device.operation = members.name("operation");
  device.ready = members.flag("ready");
  device.message = members.text("message", kTextBytesMax);
  device.since = time_of(members, "since_ms", Milliseconds(0));
  return device;
}

FromAgent read_diagnosis(Members& members) {
  Diagnosis diagnosis;
  diagnosis.id = members.name("id");
  diagnosis.report = members.object("report", kReportBytesMax);
  return diagnosis;
}

FromAgent read_event(Members& members) {
  Event event;
  event.event_id = members.name("event_id");
  event.name = members.name("name");
  event.data = members.object("data", kEventBytesMax);
  return event;
}

// ---------------------------------------------------------------- resume

std::vector<RequestId> read_ids(std::string_view array) {
  std::vector<RequestId> ids;
  for (JsonElements elements(array); ids.size() < kResumeIdsMax && elements.next();)
    if (const auto id = request_id_of(elements.value())) ids.push_back(*id);
  return ids;
}

constexpr std::array<std::string_view, 5> kRouteNames{"operation", "concurrency", "timeout_ms", "ready", "can"};

// Returns nullopt if the element makes no sense as a route.
std::optional<AgentRoute> read_route(std::string_view element) {
  auto found = members_named(kRouteNames);
  if (!json_scan(element, found).is_object) return std::nullopt;
  Members members(found);
  AgentRoute route;
  route.operation = members.name("operation");
  route.concurrency = std::max(1U, static_cast<std::uint32_t>(members.whole("concurrency", kCountMax, 1)));
  route.timeout = time_of(members, "timeout_ms", Milliseconds(0));
  route.ready = members.flag("ready", true);
  for (JsonElements can(members.array("can")); can.next();) {
    route.lookup = route.lookup || json_equals(can.value(), "lookup");
    route.cancel = route.cancel || json_equals(can.value(), "cancel");
    route.health = route.health || json_equals(can.value(), "health");
  }
  if (!members.why().empty()) return std::nullopt;
  return route;
}

std::vector<AgentRoute> read_routes(std::string_view array) {
  std::vector<AgentRoute> routes;
  for (JsonElements elements(array); routes.size() < kRoutesMax && elements.next();) {
    auto route = read_route(elements.value());
    if (!route) continue;
    const bool known = std::any_of(routes.begin(), routes.end(), [&](const AgentRoute& other) {
      return other.operation == route->operation;
    });
    if (!known) routes.push_back(*std::move(route));
  }
  return routes;
}

FromAgent read_resume(Members& members) {
  Resume resume;
  resume.outbox_id = members.name("outbox_id");
  resume.accepted = read_ids(members.array("accepted"));
  resume.executing = read_ids(members.array("executing"));
  resume.finished = read_ids(members.array("finished"));
  resume.max_in_flight = static_cast<std::uint32_t>(members.whole("max_in_flight", kCountMax, 0));
  resume.agent_version = members.text("agent_version", kLabelBytesMax);
  resume.routes = read_routes(members.array("routes"));
  return resume;
}

constexpr std::array<TypeReader<FromAgent>, 9> kTypes{{
    {"result", read_result},
    {"accepted", read_accepted},
    {"progress", read_progress},
    {"declined", read_declined},
    {"still_unknown", read_still_unknown},
    {"device", read_device},
    {"event", read_event},
    {"diagnosis", read_diagnosis},
    {"resume", read_resume},
}};

}  // namespace

ReadFromAgent read_from_agent(std::string_view text) {
  return read_message<FromAgent>(text, kNames, std::span(kTypes));
}

}  // namespace kgw::kiosk_v2
