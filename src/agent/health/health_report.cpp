#include "agent/health/health_report.hpp"

#include <algorithm>
#include <utility>

#include "base/json_text.hpp"
#include "telemetry/families.hpp"

namespace kgw {
namespace {

double ms_of(std::chrono::nanoseconds time) { return std::chrono::duration<double, std::milli>(time).count(); }

void add_text(std::string& out, std::string_view name, std::string_view value) {
  out += ",\"" + std::string(name) + "\":";
  append_json_string(out, value);
}

void add_number(std::string& out, std::string_view name, std::uint64_t value) {
  out += ",\"" + std::string(name) + "\":" + std::to_string(value);
}

std::string device_json(const DeviceState& device) {
  std::string out = "{\"operation\":";
  append_json_string(out, device.operation);
  out += device.ready ? ",\"ready\":true" : ",\"ready\":false";
  add_text(out, "message", device.message);
  add_text(out, "since", rfc3339(device.since));
  return out + "}";
}

std::string stats_json(const HealthReport::Stats& stats) {
  std::string out = "\"requests_answered\":" + std::to_string(stats.answered);
  add_number(out, "requests_failed", stats.failed);
  add_number(out, "requests_declined", stats.declined);
  add_number(out, "requests_repeated", stats.repeated);
  add_number(out, "requests_interrupted", stats.interrupted);
  add_number(out, "connections_lost", stats.links_lost);
  add_number(out, "connections_failed", stats.attempts_failed);
  return "{" + out + "}";
}

template <class List, class One>
std::string array(const List& list, One one) {
  std::string out = "[";
  for (const auto& entry : list) out += (out.size() == 1 ? "" : ",") + one(entry);
  return out + "]";
}

std::string quoted(const std::string& text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

}  // namespace

bool HealthReport::all_well() const {
  return connected &&
         std::all_of(devices.begin(), devices.end(), [](const auto& device) { return device.ready; });
}

std::string health_json(const HealthReport& report) {
  std::string out = report.all_well() ? R"({"status":"ok")" : R"({"status":"degraded")";
  add_text(out, "version", report.version);
  add_text(out, "kiosk_id", report.kiosk);
  add_text(out, "gateway", report.gateway);
  out += report.connected ? ",\"ws_connected\":true" : ",\"ws_connected\":false";
  add_text(out, "ws_since", rfc3339(report.link_since));
  add_number(out, "uptime_seconds", static_cast<std::uint64_t>(report.uptime.count()));
  out += ",\"round_trip_ms\":";
  if (report.round_trip) append_number(out, ms_of(*report.round_trip));
  else out += "null";
  add_number(out, "queue_size", report.queue_size);
  add_number(out, "answers_unsent", report.unsent);
  add_number(out, "routes_configured", report.routes.size());
  out += ",\"routes\":" + array(report.routes, quoted);
  out += ",\"devices\":" + array(report.devices, device_json);
  out += ",\"stats\":" + stats_json(report.stats);
  out += ",\"last_error\":";
  if (report.last_error) {
    std::string error = "{\"message\":" + quoted(report.last_error->text);
    add_text(error, "at", rfc3339(report.last_error->at));
    out += error + "}";
  } else {
    out += "null";
  }
  return out + "}\n";
}

std::string health_metrics(const HealthReport& report) {
  Families families;
  const auto add = [&](std::string_view name, MetricType type, std::string_view help, double value) {
    families.push_back({name, type, help, {{.value = value}}});
  };
  const auto number = [](std::uint64_t value) { return static_cast<double>(value); };
  add("kiosk_agent_connected", MetricType::gauge, "1 while the agent is connected to the gateway.",
      report.connected ? 1 : 0);
  add("kiosk_agent_uptime_seconds", MetricType::gauge, "Since the agent's start.",
      static_cast<double>(report.uptime.count()));
  if (report.round_trip)
    add("kiosk_agent_round_trip_seconds", MetricType::gauge, "From a ping to the gateway's pong.",
        ms_of(*report.round_trip) / 1000);
  add("kiosk_agent_queue_size", MetricType::gauge, "Requests that wait or run.", number(report.queue_size));
  add("kiosk_agent_answers_unsent", MetricType::gauge, "Answers that wait for the connection.",
      number(report.unsent));
  const auto count = [&](std::string_view name, std::string_view help, std::uint64_t value) {
    add(name, MetricType::counter, help, number(value));
  };
  const HealthReport::Stats& stats = report.stats;
  Family requests{"kiosk_agent_requests_total", MetricType::counter, "Requests, by what came of them."};
  const std::pair<std::string, std::uint64_t> results[] = {{"answered", stats.answered},
                                                           {"failed", stats.failed},
                                                           {"declined", stats.declined},
                                                           {"repeated", stats.repeated},
                                                           {"interrupted", stats.interrupted}};
  for (const auto& [result, times] : results)
    requests.samples.push_back({.labels = {{"result", result}}, .value = number(times)});
  families.push_back(std::move(requests));
  count("kiosk_agent_connections_lost_total", "Connections that ended.", stats.links_lost);
  count("kiosk_agent_connections_failed_total", "Attempts that failed.", stats.attempts_failed);
  Family devices{"kiosk_agent_device_ready", MetricType::gauge, "1 while the device says that it is ready."};
  for (const DeviceState& device : report.devices)
    devices.samples.push_back({.labels = {{"operation", device.operation}}, .value = device.ready ? 1.0 : 0.0});
  if (!devices.samples.empty()) families.push_back(std::move(devices));
  return exposition(families);
}

}  // namespace kgw
