// Implements agent/desk/commands.hpp: `kiosk-agent status`.
#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <iostream>

#include "agent/desk/commands.hpp"
#include "agent/desk/local_health.hpp"

namespace kgw {
namespace {

namespace json = boost::json;

std::string span_of(std::int64_t seconds) {
  if (seconds < 120) return std::to_string(seconds) + " s";
  if (seconds < 7200) return std::to_string(seconds / 60) + " min";
  if (seconds < 172'800) return std::to_string(seconds / 3600) + " h";
  return std::to_string(seconds / 86'400) + " days";
}

void show_devices(const json::object& health) {
  const json::value* const devices = health.if_contains("devices");
  if (devices == nullptr || !devices->is_array()) return;
  for (const json::value& one : devices->as_array()) {
    if (!one.is_object()) continue;
    const json::object& device = one.as_object();
    const bool ready = is_true_in(device, "ready");
    const std::string message = text_in(device, "message");
    std::cout << "  " << text_in(device, "operation") << ": " << (ready ? "ready" : "not ready");
    if (!ready && !message.empty()) std::cout << ": " << message;
    std::cout << ", since " << text_in(device, "since") << "\n";
  }
}

}  // namespace

int show_status(const AgentSettings& settings) {
  const auto health = ask_local_agent(settings);
  if (!health) {
    std::cout << health.error().message << "\n";
    return 1;
  }
  const bool connected = is_true_in(*health, "ws_connected");
  std::cout << "Kiosk " << text_in(*health, "kiosk_id") << ", agent " << text_in(*health, "version")
            << ", running for " << span_of(number_in(*health, "uptime_seconds")) << "\n"
            << (connected ? "Connected to " : "NOT connected to ") << text_in(*health, "gateway") << " since "
            << text_in(*health, "ws_since") << "\n"
            << "Requests in work: " << number_in(*health, "queue_size")
            << "; answers waiting for the connection: " << number_in(*health, "answers_unsent") << "\n";
  show_devices(*health);
  const json::value* const error = health->if_contains("last_error");
  if (error != nullptr && error->is_object())
    std::cout << "Last error, " << text_in(error->as_object(), "at") << ": "
              << text_in(error->as_object(), "message") << "\n";
  return text_in(*health, "status") == "ok" ? 0 : 1;
}

}  // namespace kgw
