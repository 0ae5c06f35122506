#include "api/callbacks/callbacks_api.hpp"

#include <array>
#include <utility>

#include "admin/page_answer.hpp"
#include "base/ascii.hpp"
#include "base/limits.hpp"
#include "base/shown_url.hpp"
#include "http/answers.hpp"
#include "http/json_form.hpp"
#include "http/json_object.hpp"
#include "http/page_query.hpp"
#include "store/visible_page.hpp"
#include "wire/http_head.hpp"

namespace kgw {
namespace {

constexpr std::size_t kListDefault = 100;
constexpr std::size_t kListMax = 1000;
constexpr CallbackState kStates[] = {CallbackState::owed, CallbackState::delivered, CallbackState::dead,
                                     CallbackState::gone};

std::string webhook_id(const RequestId& request, std::uint32_t n) {
  return request.text() + "." + std::to_string(n);
}

void add_tries(JsonObject& json, const CallbackTries& tries) {
  json.text("state", name(tries.state))
      .time("owed_at", tries.owed_at)
      .time("next_at", tries.state == CallbackState::owed ? std::optional(tries.next_at) : std::nullopt)
      .time("tried_at", tries.tried_at)
      .number("failed_tries", tries.failed)
      .number_or_null("status", tries.status)
      .text_or_null("why", tries.why);
}

std::string row_json(const StoredCallback& row) {
  JsonObject json;
  json.text("id", webhook_id(row.id, row.n))
      .text("request_id", row.id.text())
      .text("kiosk_id", row.kiosk_id)
      .text("operation_type", row.operation)
      .text_or_null("owner", row.owner)
      .text("url", shown_url(row.url));
  add_tries(json, row.tries);
  return json.take();
}

JsonObject secret_json(const WebhookSecret& secret) {
  JsonObject json;
  json.text("owner", secret.owner)
      .time("made_at", secret.made_at)
      .time("previous_ends_at", secret.previous_ends_at);
  return json;
}

// A request's id, or a webhook-id: the former and ".1" or ".2".
struct Which {
  RequestId request;
  std::optional<std::uint32_t> n;
};
std::optional<Which> which_of(std::string_view text) {
  const auto id = RequestId::parse(text.substr(0, RequestId::kTextSize));
  if (!id) return std::nullopt;
  const std::string_view rest = text.substr(RequestId::kTextSize);
  if (rest.empty()) return Which{*id, {}};
  if (rest == ".1") return Which{*id, 1};
  if (rest == ".2") return Which{*id, 2};
  return std::nullopt;
}

Result<CallbacksQuery> query_of(std::string_view text) {
  CallbacksQuery query;
  const auto limit = page_limit(text, kListDefault, kListMax);
  if (!limit) return limit.error();
  const auto cursor = page_cursor(text);
  if (!cursor) return cursor.error();
  query.count_max = *limit;
  query.after = cursor->value_or(0);
  if (const auto state = query_value(text, "state")) {
    for (const CallbackState one : kStates)
      if (*state == name(one)) query.state = one;
    if (!query.state)
      return Fault{ErrorCode::invalid_argument, "'state' must be one of owed, delivered, dead, gone."};
  }
  if (const auto request = query_value(text, "request_id")) {
    query.of = RequestId::parse(*request);
    if (!query.of)
      return Fault{ErrorCode::invalid_argument, "'request_id' must be a request id (a UUID of 36 characters)."};
  }
  return query;
}

}  // namespace

std::string callback_json(const StoredExchange& x) {
  if (x.order.callback_url.empty()) return "null";
  JsonObject json;
  json.text("url", shown_url(x.order.callback_url));
  if (x.callback) add_tries(json, *x.callback);
  else json.null("state");
  return json.take();
}

// Whose it is not learns no more than if it were not there.
void CallbacksApi::see(const Caller& caller, CallbacksQuery& query) const {
  if (caller.limited()) query.visible = [caller](const std::string& kiosk_id) { return caller.sees(kiosk_id); };
  if (!caller.has(Scope::read)) query.owner = std::string(caller.owner());
}

void CallbacksApi::list(const HttpRequest& request, const Caller& caller) {
  auto query = query_of(request.head.query);
  if (!query) return respond_fault(by_.server, request.call, query.error());
  auto place = by_.reads.take(caller);
  if (!place) return respond_error(by_.server, request.call, ErrorCode::overloaded, ReadShares::kTooMany);
  see(caller, *query);
  auto tell = [this, call = request.call, holder = caller.holder(),
               place = std::move(place)](Result<Page<StoredCallback>> found) {
    if (!found) return respond_fault(by_.server, call, found.error());
    respond_page(by_.slices, by_.server, {call, holder, "callbacks", kNoStore, place}, std::move(*found),
                 row_json);
  };
  by_.history.find_callbacks(std::move(*query), std::move(tell));
}

// ---------------------------------------------------------------- dead letters

void CallbacksApi::replay(const HttpRequest& request, const Caller& caller) {
  const HttpCallId call = request.call;
  std::array members{JsonMember{"id"}, JsonMember{"since"}};
  const auto form = parse_form(request.body, members, false);
  if (!form) return respond_fault(by_.server, call, form.error());
  if (form->size() != 1)
    return respond_error(by_.server, call, ErrorCode::invalid_argument,
                         "Give either 'id' (of one request or callback) or 'since' (a time).");
  auto replay = std::make_shared<Replay>();
  replay->call = call;
  replay->actor = parts_.access.actor(request, caller);
  const auto& [member, value] = *form->begin();
  const std::string text = value.is_string() ? std::string(value.get_string()) : std::string();
  if (member == "id") {
    const auto which = which_of(text);
    if (!which)
      return respond_fault(by_.server, call, bad_member("id", "a request id, or the webhook-id of a callback"));
    replay->query.of = which->request;
    replay->n = which->n;
  } else {
    replay->query.since = parse_rfc3339(text);
    if (!replay->query.since)
      return respond_fault(by_.server, call, bad_member("since", "a time like 2026-11-22T22:13:39Z"));
  }
  replay->what = std::string(member) + " " + text;
  replay->states = {CallbackState::gone, CallbackState::dead};
  replay->query.count_max = limits::kCallbackPageRows;
  replay->place = by_.reads.take(caller);
  if (!replay->place) return respond_error(by_.server, call, ErrorCode::overloaded, ReadShares::kTooMany);
  see(caller, replay->query);
  replay_page(replay);
}

void CallbacksApi::replay_page(const std::shared_ptr<Replay>& replay) {
  replay->query.state = replay->states.back();
  by_.history.find_callbacks(replay->query, [this, replay](const Result<Page<StoredCallback>>& page) {
    if (!page) return respond_fault(by_.server, replay->call, page.error());
    replay_rows(replay, *page);
  });
}

// Each page is durable before the next one is read.
void CallbacksApi::replay_rows(const std::shared_ptr<Replay>& replay, const Page<StoredCallback>& page) {
  std::vector<RegistryChange> changes;
  const WallTime now = parts_.loop.now().wall;
  for (const StoredCallback& row : page.rows) {
    if (replay->n && *replay->n != row.n) continue;
    CallbackTries tries = row.tries;
    tries.state = CallbackState::owed;
    tries.owed_at = tries.next_at = now;
    tries.failed = 0;
    changes.emplace_back(CallbackRecord{row.id, row.n, row.kiosk_id, std::move(tries)});
  }
  const std::size_t count = changes.size();
  auto go_on = [this, replay, count, next = page.next](const Result<void>& written) {
    if (!written) return respond_fault(by_.server, replay->call, written.error());
    replay->count += count;
    if (replay->count >= limits::kCallbacksReplayedMax) return replay_done(*replay, true);
    replay->query.after = next.value_or(0);
    if (!next) replay->states.pop_back();
    if (replay->states.empty()) return replay_done(*replay, false);
    replay_page(replay);
  };
  if (changes.empty()) return go_on({});
  changes.emplace_back(replay->actor.did(now, "callbacks_replayed", replay->what, std::to_string(count)));
  parts_.registry.write_registry(std::move(changes), std::move(go_on));
}

void CallbacksApi::replay_done(const Replay& replay, bool more) {
  if (replay.count > 0) parts_.replayed();
  if (replay.count == 0 && replay.query.of)
    return respond_error(by_.server, replay.call, ErrorCode::not_found,
                         "There is no dead letter with this id; GET /api/callbacks?state=dead lists them.");
  JsonObject json;
  json.number("replayed", static_cast<std::int64_t>(replay.count)).boolean("more", more);
  respond_json(by_.server, replay.call, 200, json.take(), kNoStore);
}

// ---------------------------------------------------------------- secrets

void CallbacksApi::secrets(HttpCallId call) {
  std::string array = "[";
  for (const WebhookSecret& one : parts_.secrets.list())
    array.append(array.size() > 1 ? "," : "").append(secret_json(one).take());
  respond_json(by_.server, call, 200, JsonObject().raw("webhook_secrets", array + "]").take(), kNoStore);
}

void CallbacksApi::make_secret(const HttpRequest& request, const std::string& owner, const Caller& caller) {
  const HttpCallId call = request.call;
  if (!is_name(owner))
    return respond_error(by_.server, call, ErrorCode::invalid_argument,
                         "The owner in the path must be 1 to 64 characters of A-Z a-z 0-9 _ . : -");
  parts_.secrets.make(
      parts_.access.actor(request, caller), owner, [this, call](const Result<WebhookSecret>& made) {
        if (!made) return respond_fault(by_.server, call, made.error());
        respond_json(by_.server, call, 201, secret_json(*made).text("secret", made->text).take(), kNoStore);
      });
}

void CallbacksApi::remove_secret(const HttpRequest& request, const std::string& owner, const Caller& caller) {
  parts_.secrets.remove(parts_.access.actor(request, caller), owner,
                        [this, call = request.call, owner](const Result<void>& done) {
                          if (!done) return respond_fault(by_.server, call, done.error());
                          respond_json(by_.server, call, 200, JsonObject().text("removed", owner).take(),
                                       kNoStore);
                        });
}

void CallbacksApi::end_previous_secret(const HttpRequest& request, const std::string& owner,
                                       const Caller& caller) {
  parts_.secrets.end_previous(parts_.access.actor(request, caller), owner,
                              [this, call = request.call, owner](const Result<void>& done) {
                                if (!done) return respond_fault(by_.server, call, done.error());
                                respond_json(by_.server, call, 200, JsonObject().text("ended", owner).take(),
                                             kNoStore);
                              });
}

}  // namespace kgw
