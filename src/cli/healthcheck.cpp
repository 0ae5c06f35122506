#include "cli/healthcheck.hpp"

#include <boost/json/parse.hpp>
#include <ostream>

#include "cli/admin_api.hpp"
#include "cli/answer_fields.hpp"

namespace kgw {
namespace {

// Both calls together stay below the timeout of a HEALTHCHECK (5 s).
constexpr std::chrono::milliseconds kPatience{2000};

AdminApi::Call get(std::string path) {
  return {.path = std::move(path), .body = {}, .fields = {}, .timeout = kPatience};
}

// Returns why it is not ready, if it says so.
std::string reason(const AdminApi& api) {
  const OutboundAnswer health = api.call(get("/health"));
  boost::system::error_code bad;
  const boost::json::value value = boost::json::parse(health.body, bad);
  return bad ? "" : text(value, "message");
}

}  // namespace

int healthcheck(const std::string& gateway_url, std::ostream& out) {
  try {
    const AdminApi api(gateway_url, "");
    const OutboundAnswer ready = api.call(get("/health/ready"));
    if (ready.status == 200) {
      out << "ready\n";
      return 0;
    }
    if (ready.status != 503) {
      out << "not ready: " << api.complaint(ready) << "\n";
      return 1;
    }
    const std::string why = reason(api);
    out << "not ready" << (why.empty() ? "" : ": " + why) << "\n";
  } catch (const CommandFailed& failed) {
    out << "not ready: " << failed.what() << "\n";
  }
  return 1;
}

}  // namespace kgw
