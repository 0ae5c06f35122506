#include "api/requests_api.hpp"

#include "admin/page_answer.hpp"
#include "admin/requests_query.hpp"
#include "api/callbacks/callbacks_api.hpp"
#include "base/ascii.hpp"
#include "http/answers.hpp"
#include "http/json_object.hpp"
#include "http/page_query.hpp"
#include "store/visible_page.hpp"
#include "wire/json_scan.hpp"
#include "wire/send_request.hpp"
#include "wire/shown/card_mask.hpp"

namespace kgw {

namespace {

constexpr std::string_view kTooManyWait =
    "Too many calls wait for requests to end; ask again shortly, or leave 'wait' out.";
constexpr std::string_view kNoSuchKey =
    "No request of yours at this kiosk has this Idempotency-Key: none was accepted with it, or it was refused, "
    "or "
    "it ended longer ago than IDEMPOTENCY_TTL.";

// For its end to become durable.
constexpr auto kCancelTime = std::chrono::seconds(10);
constexpr std::string_view kWasSent =
    "This request was sent to the kiosk, whose agent cannot cancel what runs; wait for its answer.";
constexpr std::string_view kNotYet =
    "The gateway could not save in time that this request is cancelled; ask GET /requests/{request_id} "
    "shortly.";

JsonObject members_of(const StoredExchange& x, bool unclaimed) {
  JsonObject json;
  json.text("request_id", x.id.text())
      .text("kiosk_id", x.order.kiosk_id)
      .text("operation_type", x.order.operation)
      .text_or_null("order_id", x.order.order_id)
      .text("state", name(x.state))
      .text_or_null("outcome", x.outcome == Outcome::open ? std::string_view() : name(x.outcome))
      .boolean("late", x.late)
      .text_or_null("result", x.result ? name(*x.result) : std::string_view())
      .time("created_at", x.accepted_at)
      .time("dispatched_at", x.dispatched_at)
      .time("answered_at", x.answered_at)
      .time("deadline_at", x.deadline_at);
  if (x.resolved)
    json.raw("resolved", JsonObject()
                             .text("result", name(x.resolved->result))
                             .text("note", x.resolved->note)
                             .text("by", x.resolved->by)
                             .time("at", x.resolved->at)
                             .take());
  else json.null("resolved");
  if (x.state == State::answered) json.boolean("claimed", !unclaimed);
  else json.null("claimed");
  if (x.state == State::rejected && x.why) json.text("error", info(*x.why).name);
  return json;
}

}  // namespace

std::string summary_json(const StoredExchange& x) {
  return members_of(x, x.unclaimed).text_or_null("owner", x.order.owner).take();
}

JsonObject request_json(const StoredExchange& x, const Unclaimed& unclaimed, bool for_people) {
  JsonObject json = members_of(x, unclaimed.is_unclaimed(x));
  json.raw("callback", callback_json(x));
  if (x.response && x.response_valid)
    json.raw("response", for_people ? mask_cards_in_json(*x.response) : *x.response);
  else json.null("response");
  if (x.response && !x.response_valid)
    json.text("response_text", for_people ? mask_cards(*x.response) : *x.response);
  return json;
}

void RequestsApi::get(const HttpRequest& request, std::string_view id_text, const Caller& caller) {
  const HttpCallId call = request.call;
  if (id_text.empty()) return respond_error(by_.server, call, ErrorCode::not_found);
  const auto body = query_value(request.head.query, "body");
  if (body && *body != "1")
    return respond_error(by_.server, call, ErrorCode::invalid_argument, "'body' must be 1, or left out.");
  if (body && !caller.has(Scope::admin))
    return respond_error(by_.server, call, ErrorCode::forbidden,
                         "Only a key with scope admin may see request bodies; leave 'body' out.");
  const auto id = id_in(call, id_text);
  if (!id) return;
  const auto wait = page_wait(request.head.query);
  if (!wait) return respond_fault(by_.server, call, wait.error());
  const auto until = wait->count() == 0 ? std::nullopt : std::optional(loop_.now().steady + *wait);
  Look asked{call, *id, caller, body.has_value(), until};
  asked.head_only = request.head.method == "HEAD";
  look(std::move(asked));
}

void RequestsApi::ack(const HttpRequest& request, std::string_view id_text, const Caller& caller) {
  if (id_text.empty()) return respond_error(by_.server, request.call, ErrorCode::not_found);
  // A form on a foreign page can send neither.
  const auto type = request.head.find("Content-Type");
  if (!caller.named() && !ascii::lowered(type.value_or("")).starts_with("application/json"))
    return respond_error(by_.server, request.call, ErrorCode::unsupported_media_type);
  const auto id = id_in(request.call, id_text);
  if (!id) return;
  Look asked{request.call, *id, caller, false, std::nullopt};
  asked.acks = true;
  look(std::move(asked));
}

// What is no id was never given out, but nor is it the id of the request that is meant: "not found" would say
// that nothing was sent.
std::optional<RequestId> RequestsApi::id_in(HttpCallId call, std::string_view text) {
  auto id = RequestId::parse(text);
  if (!id) respond_error(by_.server, call, ErrorCode::invalid_argument, kNoRequestId);
  return id;
}

void RequestsApi::look(Look asked) {
  auto place = by_.reads.take(asked.caller);
  if (!place) return respond_error(by_.server, asked.call, ErrorCode::overloaded, ReadShares::kTooMany);
  const RequestId id = asked.id;
  // Whose it is not learns no more than if it were not there.
  ExchangeView view;
  if (asked.caller.limited())
    view.kiosk = [caller = asked.caller](const std::string& kiosk_id) { return caller.sees(kiosk_id); };
  if (asked.acks || !asked.caller.has(asked.to_cancel ? Scope::admin : Scope::read))
    view.owner = std::string(asked.caller.owner());
  auto answer = [this, asked = std::move(asked),
                 place = std::move(place)](const Result<std::optional<StoredExchange>>& found) {
    if (!found) return respond_fault(by_.server, asked.call, found.error());
    if (*found) {
      StoredExchange x = **found;
      x.result = shell_.result_of(x);
      return show(asked, x);
    }
    const bool forgotten = by_.history.may_be_forgotten(asked.id);
    respond_error(by_.server, asked.call,
                  forgotten ? ErrorCode::request_expired : ErrorCode::request_not_found);
  };
  if (!view.kiosk && !view.owner) return by_.history.find_exchange(id, std::move(answer));
  by_.history.find_visible_exchange(id, std::move(view), std::move(answer));
}

void RequestsApi::show(const Look& asked, const StoredExchange& x) {
  if (asked.acks) return take_ack(asked, x);
  if (is_open(x.state) && asked.wait_until && loop_.now().steady < *asked.wait_until) {
    Look again = asked;
    again.wait_until.reset();
    // It has ended since it was read.
    if (!shell_.relay().holds(x.id)) return look(std::move(again));
    const bool waits = polls_.wait(asked.caller.holder(), x.id, *asked.wait_until,
                                   [this, again = std::move(again)] { look(again); });
    if (!waits) respond_error(by_.server, asked.call, ErrorCode::overloaded, kTooManyWait);
    return;
  }
  if (asked.to_cancel) return show_cancelled(asked, x);
  // Its own caller: whoever looks at it for others has not told them.
  const bool by_owner = asked.caller.session == 0 && asked.caller.owner() == x.order.owner;
  if (by_owner && x.state == State::answered && !asked.head_only) unclaimed_.claim(x, ClaimedBy::look);
  answer(asked, x);
}

void RequestsApi::take_ack(const Look& asked, const StoredExchange& x) {
  if (x.state != State::answered)
    return respond_error(by_.server, asked.call, ErrorCode::invalid_argument,
                         "This request has no answer that could be acknowledged: its state is " +
                             std::string(name(x.state)) + ".");
  unclaimed_.claim(x, ClaimedBy::ack, [this, asked, x](const Result<void>& done) {
    if (done) answer(asked, x);
    else respond_fault(by_.server, asked.call, done.error());
  });
}

void RequestsApi::answer(const Look& asked, const StoredExchange& x) {
  JsonObject json = request_json(x, unclaimed_, asked.with_body || asked.caller.session != 0);
  if (asked.with_body) return add_body(asked.call, x.id, std::move(json));
  respond_json(by_.server, asked.call, 200, json.take(), kNoStore);
}

// The key is the owner's: another's is as if it were not there.
void RequestsApi::by_key(const HttpRequest& request, const Caller& caller) {
  const HttpCallId call = request.call;
  const std::string kiosk_id = query_value(request.head.query, "kiosk_id").value_or("");
  const std::string given = query_value(request.head.query, "idempotency_key").value_or("");
  const auto key = read_idempotency_key(given);
  if (!is_name(kiosk_id) || !key)
    return respond_error(
        by_.server, call, ErrorCode::invalid_argument,
        "Give 'final=true' to read the feed, or both 'kiosk_id' and 'idempotency_key', as they were "
        "sent, to find one request.");
  auto place = by_.reads.take(caller);
  if (!place) return respond_error(by_.server, call, ErrorCode::overloaded, ReadShares::kTooMany);
  journal_.find_claimed(claimed_key(caller.owner(), *key), caller.holder(),
                        [this, call, caller, kiosk_id, head_only = request.head.method == "HEAD",
                         place = std::move(place)](const Result<std::optional<StoredExchange>>& found) {
                          if (!found) return respond_fault(by_.server, call, found.error());
                          if (!*found || (*found)->order.kiosk_id != kiosk_id || !caller.sees(kiosk_id))
                            return respond_error(by_.server, call, ErrorCode::request_not_found, kNoSuchKey);
                          StoredExchange x = **found;
                          x.result = shell_.result_of(x);
                          Look asked{call, x.id, caller, false, std::nullopt};
                          asked.head_only = head_only;
                          show(asked, x);
                        });
}

void RequestsApi::add_body(HttpCallId call, const RequestId& id, JsonObject json) {
  by_.history.find_body(id, [this, call, json = std::move(json)](const Result<SharedBytes>& body) mutable {
    if (!body) return respond_fault(by_.server, call, body.error());
    if (*body && json_scan(**body).valid) json.raw("body", mask_cards_in_json(**body));
    else json.null("body");
    respond_json(by_.server, call, 200, json.take(), kNoStore);
  });
}

void RequestsApi::list(const HttpRequest& request, const Caller& caller) {
  auto query = requests_query(request.head.query);
  if (!query) return respond_fault(by_.server, request.call, query.error());
  find(std::move(*query), request, caller);
}

// Oldest first: what was paid, then what was printed.
void RequestsApi::order(const HttpRequest& request, std::string_view order_id, const Caller& caller) {
  if (order_id.empty()) return respond_error(by_.server, request.call, ErrorCode::not_found);
  auto query = requests_query(request.head.query);
  if (!query) return respond_fault(by_.server, request.call, query.error());
  query->after = query->before.value_or(0);
  query->before.reset();
  query->order_id = order_id;
  find(std::move(*query), request, caller);
}

void RequestsApi::find(ExchangesQuery query, const HttpRequest& request, const Caller& caller) {
  const bool forward = query.after.has_value();
  auto place = by_.reads.take(caller);
  if (!place) return respond_error(by_.server, request.call, ErrorCode::overloaded, ReadShares::kTooMany);
  auto tell = [this, call = request.call, holder = caller.holder(), forward,
               place = std::move(place)](Result<Page<StoredExchange>> found) {
    if (!found) return respond_fault(by_.server, call, found.error());
    // Whoever follows goes on from the last one it saw.
    if (forward && !found->next && !found->rows.empty()) found->next = found->rows.back().id.journal_key();
    respond_page(by_.slices, by_.server, {call, holder, "requests", kNoStore, place}, std::move(*found),
                 summary_json);
  };
  auto ask = [this](ExchangesQuery part, History::FoundExchanges found) {
    const std::int64_t lowest = lowest_key(part);
    by_.history.find_exchanges(std::move(part),
                               [lowest, found = std::move(found)](Result<Page<StoredExchange>> page) {
                                 if (page && page->next && *page->next <= lowest) page->next.reset();
                                 found(std::move(page));
                               });
  };
  if (!caller.limited()) return ask(std::move(query), std::move(tell));
  query.visible = [caller](const std::string& kiosk_id) { return caller.sees(kiosk_id); };
  VisiblePage<StoredExchange, ExchangesQuery>::read(
      std::move(query), std::move(ask), [](const StoredExchange& x) { return x.id.journal_key(); },
      std::move(tell));
}

// ---------------------------------------------------------------- cancelling (PROTOCOL.md 1.5). The Relay
// decides, and the store says what became of it: what is told is durable.

void RequestsApi::cancel(const HttpRequest& request, std::string_view id_text, const Caller& caller) {
  const HttpCallId call = request.call;
  const auto id = id_in(call, id_text);
  if (!id) return;
  const Exchange* const x = shell_.relay().exchange(*id);
  const bool its_own =
      x && (caller.has(Scope::admin) || x->order->owner == caller.owner()) && caller.sees(x->order->kiosk_id);
  if (its_own && x->phase == Phase::out)
    return respond_error(by_.server, call, ErrorCode::not_supported, kWasSent,
                         ErrorAbout{x->order->kiosk_id, *id, {}, false});
  if (its_own)
    shell_.apply([&](Relay& relay, Now now, Effects& effects) { relay.on_cancel(now, *id, effects); });
  look({call, *id, caller, false, loop_.now().steady + kCancelTime, true});
}

void RequestsApi::show_cancelled(const Look& asked, const StoredExchange& x) {
  const ErrorAbout about{x.order.kiosk_id, x.id, {}, false};
  switch (x.state) {
    case State::cancelled:
      return respond_json(by_.server, asked.call, 200, request_json(x, unclaimed_, false).take(), kNoStore);
    case State::accepted: return respond_error(by_.server, asked.call, ErrorCode::store_unavailable, kNotYet);
    case State::dispatched:
      return respond_error(by_.server, asked.call, ErrorCode::not_supported, kWasSent, about);
    case State::answered:
    case State::timed_out:
    case State::rejected: return respond_error(by_.server, asked.call, ErrorCode::already_final, {}, about);
  }
}

}  // namespace kgw
