#include "api/feed/feed_api.hpp"

#include <string>
#include <utility>

#include "admin/page_answer.hpp"
#include "api/requests_api.hpp"
#include "http/answers.hpp"
#include "http/page_query.hpp"

namespace kgw {
namespace {

constexpr std::size_t kListDefault = 100;
constexpr std::size_t kListMax = 1000;
constexpr std::string_view kTooManyWait =
    "Too many readers wait for new answers; ask again shortly, or leave 'wait' out.";

}  // namespace

void FeedApi::read(const HttpRequest& request, const Caller& caller) {
  const HttpCallId call = request.call;
  const std::string_view text = request.head.query;
  if (query_value(text, "final") != "true")
    return respond_error(by_.server, call, ErrorCode::invalid_argument, "'final' must be true.");
  if (query_value(text, "kiosk_id") || query_value(text, "idempotency_key"))
    return respond_error(by_.server, call, ErrorCode::invalid_argument,
                         "Give either 'final', or 'kiosk_id' and 'idempotency_key'.");
  const auto limit = page_limit(text, kListDefault, kListMax);
  if (!limit) return respond_fault(by_.server, call, limit.error());
  const auto cursor = page_cursor(text);
  if (!cursor) return respond_fault(by_.server, call, cursor.error());
  const auto wait = page_wait(text);
  if (!wait) return respond_fault(by_.server, call, wait.error());
  Look asked{call, caller, {}, nullptr};
  asked.query.after = seal_.open(caller, cursor->value_or(0));
  asked.query.count_max = *limit;
  asked.query.view.owner = std::string(caller.owner());
  if (caller.limited())
    asked.query.view.kiosk = [caller](const std::string& kiosk_id) { return caller.sees(kiosk_id); };
  if (wait->count() != 0) {
    asked.listening = polls_.listen(caller.holder(), caller.owner(), loop_.now().steady + *wait);
    if (!asked.listening) return respond_error(by_.server, call, ErrorCode::overloaded, kTooManyWait);
  }
  look(std::move(asked));
}

void FeedApi::look(Look asked) {
  auto place = by_.reads.take(asked.caller);
  if (!place) return respond_error(by_.server, asked.call, ErrorCode::overloaded, ReadShares::kTooMany);
  if (asked.listening) asked.listening->take_news();  // what has ended before is on the page
  FinalsQuery query = asked.query;
  if (query.after > 0) query.unclaimed = unclaimed_.of_owner(asked.caller.owner(), limits::kPassedMax);
  by_.history.find_finals(std::move(query), [this, asked = std::move(asked),
                                             place = std::move(place)](Result<FinalsPage> found) mutable {
    if (!found) return respond_fault(by_.server, asked.call, found.error());
    for (const RequestId& id : found->passed) unclaimed_.claim(id, ClaimedBy::feed);
    if (is_enough(asked, *found)) return answer(asked, std::move(*found));
    place.reset();
    asked.query.after = found->next;
    if (found->more || asked.listening->take_news()) return look(std::move(asked));
    FeedPolls::Listening& listening = *asked.listening;
    listening.wait([this, asked = std::move(asked)] { look(asked); });
  });
}

bool FeedApi::is_enough(const Look& asked, const FinalsPage& page) const {
  return !page.rows.empty() || !asked.listening || loop_.now().steady >= asked.listening->until();
}

void FeedApi::answer(const Look& asked, FinalsPage page) {
  const bool for_people = asked.caller.session != 0;
  respond_page(by_.slices, by_.server, {asked.call, asked.caller.holder(), "requests", kNoStore},
               Page<StoredFinal>{std::move(page.rows), seal_.seal(asked.caller, page.next)},
               [this, for_people](const StoredFinal& row) {
                 return request_json(row.exchange, unclaimed_, for_people).take();
               });
}

}  // namespace kgw
