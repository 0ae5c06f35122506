#include "gateway/requests_api.hpp"

#include <algorithm>

#include "gateway/answers.hpp"
#include "gateway/json_object.hpp"
#include "gateway/page_query.hpp"
#include "wire/send_request.hpp"

namespace kgw {

namespace {

constexpr std::size_t kListDefault = 100;
constexpr std::size_t kListMax = 1000;

JsonObject members_of(const StoredExchange& x) {
  JsonObject json;
  json.text("request_id", x.id.text())
      .text("kiosk_id", x.kiosk_id)
      .text("operation_type", x.operation)
      .text_or_null("order_id", x.order_id)
      .text("state", name(x.state))
      .text_or_null("outcome", x.outcome == Outcome::open ? std::string_view() : name(x.outcome))
      .boolean("late", x.late)
      .time("created_at", x.accepted_at)
      .time("dispatched_at", x.dispatched_at)
      .time("answered_at", x.answered_at)
      .time("deadline_at", x.deadline_at);
  if (x.state == State::rejected && x.why) json.text("error", info(*x.why).name);
  return json;
}

std::string summary_json(const StoredExchange& x) {
  return members_of(x).text_or_null("owner", x.owner).take();
}

// A member of the query that must be one of an enumeration's names, in lower case.
template <class Enum>
Result<std::optional<Enum>> one_of(std::string_view query, std::string_view member,
                                   std::initializer_list<Enum> values) {
  const auto text = query_value(query, member);
  if (!text) return std::optional<Enum>();
  std::string allowed;
  for (const Enum value : values) {
    if (*text == name(value)) return std::optional(value);
    allowed.append(allowed.empty() ? "" : ", ").append(name(value));
  }
  return Fault{ErrorCode::invalid_argument, "'" + std::string(member) + "' must be one of " + allowed + "."};
}

Result<ExchangesQuery> query_of(std::string_view text) {
  ExchangesQuery query;
  const auto limit = page_limit(text, kListDefault, kListMax);
  if (!limit) return limit.error();
  const auto before = page_cursor(text, "before");
  if (!before) return before.error();
  const auto after = page_cursor(text, "after");
  if (!after) return after.error();
  if (*before && *after) return Fault{ErrorCode::invalid_argument, "Give 'before' or 'after', not both."};
  const auto state = one_of(text, "state",
                            {State::accepted, State::dispatched, State::answered, State::timed_out,
                             State::rejected, State::cancelled});
  if (!state) return state.error();
  const auto outcome = one_of(text, "outcome", {Outcome::known, Outcome::unknown, Outcome::not_executed});
  if (!outcome) return outcome.error();
  query.count_max = *limit;
  query.before = *before;
  query.after = *after;
  query.state = *state;
  query.outcome = *outcome;
  query.kiosk_id = query_value(text, "kiosk_id").value_or("");
  query.operation = query_value(text, "operation_type").value_or("");
  query.order_id = query_value(text, "order_id").value_or("");
  return query;
}

}  // namespace

std::string request_json(const StoredExchange& x) {
  JsonObject json = members_of(x);
  if (x.response && x.response_valid) json.raw("response", *x.response);
  else json.null("response");
  if (x.response && !x.response_valid) json.text("response_text", *x.response);
  return json.take();
}

void RequestsApi::get(HttpCallId call, std::string_view id_text, const Caller& caller) {
  std::string lower(id_text.substr(0, RequestId::kTextSize + 1));  // RFC 9562 4: hex digits in either case
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'F' ? static_cast<char>(c + 32) : c; });
  const auto id = RequestId::parse(lower);
  if (!id) return respond_error(server_, call, ErrorCode::request_not_found);
  store_.find_exchange(*id, [this, call, caller](const Result<std::optional<StoredExchange>>& found) {
    if (!found) return respond_fault(server_, call, found.error());
    const auto may_see = [&caller](const StoredExchange& x) {
      return caller.sees(x.kiosk_id) && (caller.has(Scope::read) || x.owner == caller.owner());
    };
    if (!*found || !may_see(**found)) return respond_error(server_, call, ErrorCode::request_not_found);
    respond_json(server_, call, 200, request_json(**found), "Cache-Control: no-store\r\n");
  });
}

void RequestsApi::list(const HttpRequest& request, const Caller& caller) {
  auto query = query_of(request.head.query);
  if (!query) return respond_fault(server_, request.call, query.error());
  if (caller.limited())
    query->visible = [caller](const std::string& kiosk_id) { return caller.sees(kiosk_id); };
  const bool forward = query->after.has_value();
  store_.find_exchanges(std::move(*query),
                        [this, call = request.call, forward](Result<Page<StoredExchange>> found) {
                          if (!found) return respond_fault(server_, call, found.error());
                          // Whoever follows goes on from the last one it saw.
                          if (forward && !found->next && !found->rows.empty())
                            found->next = found->rows.back().id.journal_key();
                          respond_json(server_, call, 200, page_json("requests", *found, summary_json),
                                       "Cache-Control: no-store\r\n");
                        });
}

}  // namespace kgw
