#include "gateway/requests_api.hpp"

#include <algorithm>

#include "gateway/answers.hpp"
#include "gateway/json_object.hpp"

namespace kgw {

std::string request_json(const StoredExchange& x) {
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
  if (x.response && x.response_valid) json.raw("response", *x.response);
  else json.null("response");
  if (x.response && !x.response_valid) json.text("response_text", *x.response);
  return json.take();
}

void RequestsApi::get(HttpCallId call, std::string_view id_text) {
  std::string lower(id_text.substr(0, RequestId::kTextSize + 1));  // RFC 9562 4: hex digits in either case
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'F' ? static_cast<char>(c + 32) : c; });
  const auto id = RequestId::parse(lower);
  if (!id) return respond_error(server_, call, ErrorCode::request_not_found);
  store_.find_exchange(*id, [this, call](Result<std::optional<StoredExchange>> found) {
    if (!found) return respond_fault(server_, call, found.error());
    if (!*found) return respond_error(server_, call, ErrorCode::request_not_found);
    respond_json(server_, call, 200, request_json(**found), "Cache-Control: no-store\r\n");
  });
}

}  // namespace kgw
