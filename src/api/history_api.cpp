#include "api/history_api.hpp"

#include "admin/page_answer.hpp"
#include "http/answers.hpp"
#include "http/page_query.hpp"
#include "store/visible_page.hpp"
#include "wire/send_request.hpp"

namespace kgw {
namespace {

constexpr std::size_t kRowsDefault = 100;
constexpr std::size_t kRowsMax = 1000;

// What both lists share: the page, and what the rows are about.
Result<HistoryQuery> query_of(std::string_view text, std::string_view about) {
  const auto limit = page_limit(text, kRowsDefault, kRowsMax);
  if (!limit) return limit.error();
  const auto cursor = page_cursor(text);
  if (!cursor) return cursor.error();
  const auto times = page_times(text);
  if (!times) return times.error();
  HistoryQuery query;
  query.count_max = *limit;
  query.before = *cursor;
  query.from = times->from;
  query.to = times->to;
  query.about = query_value(text, about).value_or("");
  return query;
}

// Of a stored row, or of one that is about to be stored.
std::string json_of(const auto& c, bool with_kiosk) {
  JsonObject json;
  if (with_kiosk) json.text("kiosk_id", c.kiosk_id);
  return json.time("at", c.at).boolean("up", c.up).text("address", c.address).text("reason", c.reason).take();
}

}  // namespace

std::string audit_json(const AuditRecord& line) {
  return JsonObject()
      .time("at", line.at)
      .text("actor", line.actor)
      .text("via", line.via)
      .text_or_null("address", line.address)
      .text("action", line.action)
      .text("target", line.target)
      .text("detail", line.detail)
      .take();
}

std::string connection_json(const StoredConnection& c, bool with_kiosk) { return json_of(c, with_kiosk); }
std::string connection_json(const ConnectionRecord& c, bool with_kiosk) { return json_of(c, with_kiosk); }

void HistoryApi::connections(const HttpRequest& request, const Caller& caller) {
  auto query = query_of(request.head.query, "kiosk_id");
  if (!query) return respond_fault(by_.server, request.call, query.error());
  query->before = seal_.open(caller, query->before);
  auto place = by_.reads.take(caller);
  if (!place) return respond_error(by_.server, request.call, ErrorCode::overloaded, ReadShares::kTooMany);
  auto tell = [this, caller, call = request.call,
               place = std::move(place)](Result<Page<StoredConnection>> found) {
    if (!found) return respond_fault(by_.server, call, found.error());
    found->next = seal_.seal(caller, found->next);
    respond_page(by_.slices, by_.server, {call, caller.holder(), "connections", {}, place}, std::move(*found),
                 [](const StoredConnection& c) { return connection_json(c, true); });
  };
  if (!caller.limited()) return by_.history.find_connections(std::move(*query), std::move(tell));
  query->visible = [caller](const std::string& kiosk_id) { return caller.sees(kiosk_id); };
  VisiblePage<StoredConnection, HistoryQuery>::read(
      std::move(*query),
      [this](HistoryQuery part, History::FoundConnections found) {
        by_.history.find_connections(std::move(part), std::move(found));
      },
      [](const StoredConnection& c) { return c.number; }, std::move(tell));
}

void HistoryApi::audit(const HttpRequest& request, const Caller& caller) {
  auto query = query_of(request.head.query, "target");
  if (!query) return respond_fault(by_.server, request.call, query.error());
  auto place = by_.reads.take(caller);
  if (!place) return respond_error(by_.server, request.call, ErrorCode::overloaded, ReadShares::kTooMany);
  by_.history.find_audit(std::move(*query), [this, call = request.call, holder = caller.holder(),
                                             place = std::move(place)](Result<Page<StoredAudit>> found) {
    if (!found) return respond_fault(by_.server, call, found.error());
    respond_page(by_.slices, by_.server, {call, holder, "entries", {}, place}, std::move(*found),
                 [](const StoredAudit& a) { return audit_json(a.record); });
  });
}

}  // namespace kgw
