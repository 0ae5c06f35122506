#include "api/waiting_room.hpp"

#include "api/dashboard/pages.hpp"
#include "http/answers.hpp"
#include "http/json_object.hpp"

namespace kgw {
namespace {

constexpr std::string_view kNoStore = "Cache-Control: no-store\r\n";

}  // namespace

void WaitingRoom::on_request(HttpServer& server, const HttpRequest& request) const {
  const std::string_view path = request.head.path;
  const bool reads = request.head.method == "GET" || request.head.method == "HEAD";
  if (path == "/health/live" && reads)
    return respond_json(server, request.call, 200, R"({"status":"live"})", kNoStore);
  if (path == "/health/ready" && reads)
    return respond_json(server, request.call, 503, R"({"status":"not ready"})", kNoStore);
  const std::string message = "The gateway is not ready: " + why_() + ".";
  const bool browses = request.head.find("Accept").value_or("").find("text/html") != std::string_view::npos;
  if (path == "/dashboard" && reads && browses) return respond_dashboard_waits(server, request, message);
  if (path != "/health" || !reads)
    return respond_error(server, request.call, ErrorCode::store_unavailable, message);
  const auto up = std::chrono::duration_cast<std::chrono::seconds>(loop_.now().steady - started_);
  JsonObject json;
  json.text("status", "degraded")
      .text("redis", "disconnected")
      .text("durability", "weak")
      .number("active_kiosks", 0)
      .number("total_kiosks", 0)
      .text("version", KGW_VERSION)
      .text("node", node_)
      .number("uptime_seconds", up.count())
      .text("message", message);
  respond_json(server, request.call, 503, json.take(), kNoStore);
}

}  // namespace kgw
