#include "agent/desk/local_health.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <chrono>
#include <utility>

#include "agent/local/local_client.hpp"
#include "base/table.hpp"

namespace kgw {

namespace json = boost::json;

Result<json::object> ask_local_agent(const AgentSettings& settings) {
  const auto none = [](const std::string& sentence) { return Fault{ErrorCode::not_found, sentence}; };
  if (!settings.health_port || *settings.health_port == 0)
    return none("The port of the agent's health page is not known; set HEALTH_CHECK_PORT.");
  const std::string url = "http://127.0.0.1:" + std::to_string(*settings.health_port) + "/health";
  OutboundRequest request{.url = url};
  request.connect_timeout = std::chrono::seconds(2);
  request.timeout = std::chrono::seconds(5);
  const OutboundAnswer answer = LocalClient::run(std::move(request));
  if (answer.trouble == OutboundAnswer::Trouble::refused)
    return none("No agent runs on this machine, or its health page is on another port than " +
                std::to_string(*settings.health_port) + " (HEALTH_CHECK_PORT).");
  if (answer.trouble != OutboundAnswer::Trouble::none)
    return none("The agent on this machine does not answer (" + answer.why + ").");
  boost::system::error_code failed;
  json::value parsed = json::parse(answer.body, failed);
  if (failed || !parsed.is_object() || !parsed.as_object().contains("ws_connected"))
    return none("What answers at " + url + " is not a kiosk agent.");
  return std::move(parsed.as_object());
}

std::string text_in(const json::object& object, const char* name) {
  const json::value* const found = object.if_contains(name);
  if (found == nullptr || !found->is_string()) return {};
  return printable(std::string_view(found->as_string().data(), found->as_string().size()));
}

std::int64_t number_in(const json::object& object, const char* name) {
  const json::value* const found = object.if_contains(name);
  return found != nullptr && found->is_int64() ? found->as_int64() : 0;
}

bool is_true_in(const json::object& object, const char* name) {
  const json::value* const found = object.if_contains(name);
  return found != nullptr && found->is_bool() && found->as_bool();
}

}  // namespace kgw
