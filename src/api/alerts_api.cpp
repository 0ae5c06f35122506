#include "api/alerts_api.hpp"

#include "admin/page_answer.hpp"
#include "http/answers.hpp"
#include "http/page_query.hpp"

namespace kgw {
namespace {

constexpr std::size_t kRowsDefault = 100;
constexpr std::size_t kRowsMax = 1000;

}  // namespace

std::string alert_json(const Alert& alert, const CursorSeal& seal, const Caller& viewer) {
  return JsonObject()
      .text("id", std::to_string(seal.seal(viewer, static_cast<std::int64_t>(alert.number))))
      .text("kind", name(alert.kind))
      .text("severity", severity_of(alert.kind))
      .text_or_null("kiosk_id", alert.kiosk_id)
      .text_or_null("operation_type", alert.operation)
      .text_or_null("request_id", alert.request_id ? alert.request_id.text() : std::string())
      .text("message", sentence_of(alert))
      .time("raised_at", alert.raised_at)
      .time("ended_at", alert.ended_at)
      .boolean("muted", alert.muted)
      .take();
}

void AlertsApi::list(const HttpRequest& request, const Caller& caller) const {
  const std::string_view text = request.head.query;
  const auto refuse = [&](const Fault& fault) { respond_fault(server_, request.call, fault); };
  const auto limit = page_limit(text, kRowsDefault, kRowsMax);
  if (!limit) return refuse(limit.error());
  auto before = page_cursor(text);
  if (!before) return refuse(before.error());
  *before = seal_.open(caller, *before);
  const auto times = page_times(text);
  if (!times) return refuse(times.error());
  const auto kind_text = query_value(text, "kind");
  const auto kind = kind_text ? alert_named(*kind_text) : std::nullopt;
  if (kind_text && !kind)
    return refuse(Fault{ErrorCode::invalid_argument, "'kind' must be one of the alert kinds."});
  const auto open = flag_of(text, "open");
  if (!open) return refuse(open.error());
  const std::string kiosk_id = query_value(text, "kiosk_id").value_or("");

  Page<Alert> page;
  for (auto at = book_.alerts().rbegin(); at != book_.alerts().rend(); ++at) {
    if (*before && at->number >= static_cast<std::uint64_t>(**before)) continue;
    if (kind && at->kind != *kind) continue;
    if (*open && **open == at->ended_at.has_value()) continue;
    if (!times->has(at->raised_at)) continue;
    if (!kiosk_id.empty() && at->kiosk_id != kiosk_id) continue;
    if (caller.limited() && (at->kiosk_id.empty() || !caller.sees(at->kiosk_id))) continue;
    if (page.rows.size() == *limit) {
      page.next = seal_.seal(caller, static_cast<std::int64_t>(page.rows.back().number));
      break;
    }
    page.rows.push_back(*at);
  }
  respond_page(slices_, server_, {request.call, caller.holder(), "alerts", kNoStore}, std::move(page),
               [&seal = seal_, caller](const Alert& alert) { return alert_json(alert, seal, caller); });
}

}  // namespace kgw
