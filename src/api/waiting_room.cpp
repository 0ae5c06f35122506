#include "api/waiting_room.hpp"

#include "api/dashboard/pages.hpp"
#include "http/answers.hpp"
#include "http/json_object.hpp"

namespace kgw {

std::string WaitingRoom::message() const { return "The gateway is not ready: " + why_() + "."; }

void WaitingRoom::refuse(HttpServer& server, const HttpRequest& request) const {
  respond_error(server, request.call, ErrorCode::store_unavailable, message());
}

void WaitingRoom::live(HttpServer& server, const HttpRequest& request) const {
  respond_json(server, request.call, 200, R"({"status":"live"})", kNoStore);
}

void WaitingRoom::ready(HttpServer& server, const HttpRequest& request) const {
  respond_json(server, request.call, 503, R"({"status":"not ready"})", kNoStore);
}

void WaitingRoom::dashboard(HttpServer& server, const HttpRequest& request) const {
  if (asks_for_page(request.head)) respond_dashboard_waits(server, request, message());
  else refuse(server, request);
}

void WaitingRoom::health(HttpServer& server, const HttpRequest& request) const {
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
      .text("message", message());
  respond_json(server, request.call, 503, json.take(), kNoStore);
}

}  // namespace kgw
