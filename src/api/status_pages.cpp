#include "api/status_pages.hpp"

#include <memory>
#include <utility>

#include "api/dashboard/pages.hpp"
#include "core/walk.hpp"
#include "http/answers.hpp"
#include "http/json_object.hpp"

namespace kgw {

StatusPages::StatusPages(About about, const Parts& parts)
    : about_(std::move(about)),
      shell_(parts.shell),
      loop_(parts.loop),
      server_(parts.server),
      journal_(parts.journal),
      metrics_(parts.metrics),
      timeouts_(parts.timeouts),
      slices_(parts.slices),
      started_(parts.loop.now().steady) {}

bool StatusPages::can_serve() const {
  return shell_.relay().store_up() && journal_.accepts() && !shell_.relay().draining();
}

FleetCounts StatusPages::all() const {
  const Relay& relay = shell_.relay();
  return {relay.online(), relay.kiosks().size(), relay.exchanges(), relay.waiting()};
}

std::string StatusPages::health_json(const FleetCounts& fleet) const {
  const Relay& relay = shell_.relay();
  const std::string trouble = journal_.trouble();
  JsonObject json;
  json.text("status", can_serve() && trouble.empty() ? "healthy" : "degraded")
      .text("redis", !about_.in_redis   ? "embedded"
                     : relay.store_up() ? "connected"
                                        : "disconnected")
      .text("durability", name(journal_.durability()))
      .number("active_kiosks", static_cast<std::int64_t>(fleet.online))
      .number("total_kiosks", static_cast<std::int64_t>(fleet.total))
      .text("version", KGW_VERSION)
      .text("node", about_.node)
      .number("uptime_seconds",
              std::chrono::duration_cast<std::chrono::seconds>(loop_.now().steady - started_).count());
  if (relay.draining()) json.text("message", "The gateway is shutting down.");
  else if (!trouble.empty()) json.text("message", without_folder(trouble, about_.data_dir));
  return json.take();
}

void StatusPages::health(HttpCallId call) const {
  respond_json(server_, call, can_serve() ? 200 : 503, health_json(), kNoStore);
}

void StatusPages::live(HttpCallId call) const {
  respond_json(server_, call, 200, R"({"status":"live"})", kNoStore);
}

void StatusPages::ready(HttpCallId call) const {
  respond_json(server_, call, can_serve() ? 200 : 503,
               can_serve() ? R"({"status":"ready"})" : R"({"status":"not ready"})", kNoStore);
}

void StatusPages::root(const HttpRequest& request) const {
  if (asks_for_page(request.head)) return lead_to_dashboard(server_, request.call);
  respond_json(server_, request.call, 200,
               JsonObject()
                   .text("service", "kiosk-gateway")
                   .text("version", KGW_VERSION)
                   .text("status", shell_.relay().draining() ? "draining" : "running")
                   .take(),
               "Vary: Accept\r\n");
}

std::string StatusPages::stats_json() const {
  const Relay& relay = shell_.relay();
  const StoreStats store = journal_.stats();
  const auto count = [](std::size_t n) { return static_cast<std::int64_t>(n); };
  JsonObject errors;
  bool any = false;
  for (std::size_t i = 0; i < kErrorCodeCount; ++i) {
    if (metrics_.errors[i] == 0) continue;
    errors.number(info(static_cast<ErrorCode>(i)).name, count(metrics_.errors[i]));
    any = true;
  }
  JsonObject latency;
  const LatencyHistogram all = metrics_.latency();
  for (const auto& [name, share] : {std::pair("p50", 0.5), std::pair("p95", 0.95), std::pair("p99", 0.99)}) {
    const auto seconds = all.quantile(share);
    if (seconds) latency.decimal(name, *seconds * 1000);
    else latency.null(name);
  }
  JsonObject pushes;
  const std::vector<PushFigures> told = pushes_ ? pushes_() : std::vector<PushFigures>();
  for (const PushFigures& push : told) pushes.boolean(push.to, push.up);
  return JsonObject()
      .number("uptime_seconds",
              std::chrono::duration_cast<std::chrono::seconds>(loop_.now().steady - started_).count())
      .raw("kiosks", JsonObject()
                         .number("online", count(relay.online()))
                         .number("total", count(relay.kiosks().size()))
                         .take())
      .raw("requests", JsonObject()
                           .number("in_flight", count(relay.exchanges()))
                           .number("waiting", count(relay.waiting()))
                           .number("ended", count(metrics_.requests))
                           .number("answered", count(metrics_.answers))
                           .number("refused", count(metrics_.refused))
                           .number("late_answers", count(metrics_.late_answers))
                           .number("unmatched_answers", count(metrics_.unmatched_answers()))
                           .take())
      .raw("errors", any ? errors.take() : "{}")
      .raw("latency_ms", latency.take())
      .raw("store", JsonObject()
                        .text("durability", name(journal_.durability()))
                        .text_or_null("trouble", journal_.trouble())
                        .number("commits", count(store.commits))
                        .number("records", count(store.records))
                        .number("last_commit_us", count(store.last_commit_us))
                        .number("queue_bytes", count(store.queue_bytes))
                        .take())
      .raw("pushes", told.empty() ? "{}" : pushes.take())
      .raw("timeouts", timeouts_.json())
      .take();
}

std::string StatusPages::limited_stats_json(const FleetCounts& fleet) const {
  const auto count = [](std::size_t n) { return static_cast<std::int64_t>(n); };
  JsonObject requests;
  requests.number("in_flight", count(fleet.in_flight)).number("waiting", count(fleet.waiting));
  for (const char* const name : {"ended", "answered", "refused", "late_answers", "unmatched_answers"})
    requests.null(name);
  JsonObject store;
  store.text("durability", name(journal_.durability())).text_or_null("trouble", journal_.trouble());
  for (const char* const name : {"commits", "records", "last_commit_us", "queue_bytes"}) store.null(name);
  return JsonObject()
      .number("uptime_seconds",
              std::chrono::duration_cast<std::chrono::seconds>(loop_.now().steady - started_).count())
      .raw("kiosks",
           JsonObject().number("online", count(fleet.online)).number("total", count(fleet.total)).take())
      .raw("requests", requests.take())
      .null("errors")
      .raw("latency_ms", JsonObject().null("p50").null("p95").null("p99").take())
      .raw("store", store.take())
      .raw("pushes", "{}")
      .null("timeouts")
      .take();
}

void StatusPages::stats(HttpCallId call, const Caller& caller) const {
  if (!caller.limited()) return respond_json(server_, call, 200, stats_json(), kNoStore);
  struct Counting {
    Walk walk;
    FleetCounts own;
  };
  const auto count_some = [this, call, caller, counting = std::make_shared<Counting>()] {
    const auto count = [&](const KioskRef& kiosk) {
      if (caller.sees(kiosk->record.id)) counting->own += counts_of(*kiosk);
    };
    if (!counting->walk.step(shell_.relay().kiosks(), count)) return false;
    respond_json(server_, call, 200, limited_stats_json(counting->own), kNoStore);
    return true;
  };
  if (!slices_.add(caller.holder(), count_some))
    respond_error(server_, call, ErrorCode::overloaded, Slices::kTooMany);
}

}  // namespace kgw
