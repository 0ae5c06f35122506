// The metric names of the older service (METRICS_LEGACY_NAMES), in addition to our own.
// Implements telemetry/collect.hpp.
#include <utility>

#include "telemetry/collect.hpp"

namespace kgw {

// As in the older service; kiosks_total was a gauge there, which its name forbids: untyped.
void add_legacy_names(Families& families, const Snapshot& now) {
  const Metrics& m = now.metrics;
  const auto one = [&](std::string_view name, MetricType type, std::string_view help, double value) {
    families.push_back({name, type, help, {{"", {}, value}}});
  };
  one("ws_active_connections", MetricType::gauge, "Kiosks that are connected now.",
      static_cast<double>(now.kiosks_online));
  one("ws_messages_sent_total", MetricType::counter, "Messages sent to kiosks.",
      static_cast<double>(m.messages_to_kiosks));
  one("ws_messages_received_total", MetricType::counter, "Messages received from kiosks.",
      static_cast<double>(m.messages_from_kiosks));
  add_histogram(families.emplace_back(Family{"ws_message_latency_seconds", MetricType::histogram,
                                             "Time from a request to the kiosk's answer."}),
                m.latency());
  Family errors{"ws_errors_total", MetricType::counter, "Errors, by type."};
  for (std::size_t i = 0; i < m.errors.size(); ++i)
    if (m.errors[i] != 0)
      errors.samples.push_back({"",
                                {{"error_type", std::string(info(static_cast<ErrorCode>(i)).name)}},
                                static_cast<double>(m.errors[i])});
  families.push_back(std::move(errors));
  one("kiosks_online", MetricType::gauge, "Kiosks that are connected now.",
      static_cast<double>(now.kiosks_online));
  one("kiosks_total", MetricType::untyped, "Registered kiosks.", static_cast<double>(now.kiosks_total));
  one("server_uptime_seconds", MetricType::gauge, "Seconds since the gateway started.", now.uptime_seconds);
}

}  // namespace kgw
