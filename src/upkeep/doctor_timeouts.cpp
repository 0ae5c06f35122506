// Whether the timeouts of backends, gateway and devices fit together (PROTOCOL.md 1.7): the gateway has learned
// that from what happened. Implements upkeep/doctor_checks.hpp.
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <string>
#include <vector>

#include "alerts/misfit_timeouts.hpp"
#include "cli/admin_api.hpp"
#include "cli/answer_fields.hpp"
#include "upkeep/doctor_checks.hpp"

namespace kgw {
namespace {

namespace json = boost::json;

constexpr const char* kWhat = "timeouts";

std::string seconds_of(const json::value& pair, const char* name) {
  const json::value* const ms = pair.as_object().if_contains(name);
  return ms && ms->is_int64() ? shown_seconds(Milliseconds(ms->get_int64())) : "?";
}

Finding slow_device(const json::value& pair) {
  return {kWhat, Verdict::warn,
          "kiosks take up to " + seconds_of(pair, "took_ms") + " s for " + text(pair, "operation_type") +
              " and answer after the 504 (seen " + text(pair, "times") + " times), because the gateway waits " +
              seconds_of(pair, "gateway_waits_ms") + " s",
          "set KIOSK_RESPONSE_TIMEOUT (or the backend's Header-Timeout) to " + text(pair, "set_seconds") +
              ", and the backend's timeout higher"};
}

Finding hang_up(const json::value& pair) {
  const std::string owner = text(pair, "owner");
  const std::string shorter = text(pair, "header_timeout_seconds");
  return {kWhat, Verdict::warn,
          (owner.empty() ? "callers without a key hang up" : "the backend " + owner + " hangs up") + " after " +
              seconds_of(pair, "took_ms") + " s (seen " + text(pair, "times") +
              " times), but the gateway waits " + seconds_of(pair, "gateway_waits_ms") +
              " s for the kiosk, which may charge the card meanwhile",
          "set the backend's timeout to " + text(pair, "set_seconds") + " s" +
              (shorter.empty() ? "" : ", or let it send Header-Timeout: " + shorter)};
}

Finding not_looked(const std::string& why, const std::string& hint) {
  return {kWhat, Verdict::ok, "not looked at: " + why, hint};
}

}  // namespace

// Nothing without a gateway that runs: only it knows.
std::vector<Finding> check_timeouts(const DoctorSettings& settings, const GatewayFacts& facts) {
  if (!facts.answers) return {};
  OutboundAnswer answer;
  try {
    const AdminApi api(settings.gateway_url, settings.key);
    answer = api.call({.path = "/api/stats", .body = {}, .fields = {}, .timeout = kPatience});
  } catch (const CommandFailed& failed) {
    return {not_looked(failed.what(), "")};
  }
  if (answer.status == 401 || answer.status == 403)
    return {not_looked(settings.key.empty() ? "that needs a key" : "the gateway does not accept the key",
                       "set GATEWAY_KEY to a key with scope read")};
  boost::system::error_code bad;
  const json::value stats = json::parse(answer.body, bad);
  const json::value* const pairs =
      !bad && stats.is_object() ? stats.get_object().if_contains("timeouts") : nullptr;
  if (answer.status != 200 || pairs == nullptr) return {not_looked("the gateway does not say", "")};
  if (!pairs->is_array())
    return {not_looked("the key is limited to some kiosks", "set GATEWAY_KEY to a key without that limit")};
  std::vector<Finding> findings;
  for (const json::value& pair : pairs->get_array()) {
    if (!pair.is_object()) continue;
    findings.push_back(text(pair, "kind") == name(MisfitKind::caller_hangs_up) ? hang_up(pair)
                                                                               : slow_device(pair));
  }
  if (findings.empty())
    findings.push_back(
        {kWhat, Verdict::ok, "none was seen to be the wrong way round since the gateway's start", ""});
  return findings;
}

}  // namespace kgw
