#include "webhooks/callback_sender.hpp"

#include <algorithm>
#include <utility>

#include "base/ascii.hpp"
#include "base/limits.hpp"
#include "wire/json_scan.hpp"

namespace kgw {
namespace {

using Kind = CallbackStep::Kind;

constexpr unsigned kGone = 410;

CallbackState state_of(Kind kind) {
  switch (kind) {
    case Kind::delivered: return CallbackState::delivered;
    case Kind::again: return CallbackState::owed;
    case Kind::gone: return CallbackState::gone;
    case Kind::given_up: return CallbackState::dead;
  }
  return CallbackState::owed;
}

// Seconds; a date, which few send, counts as none.
std::optional<std::chrono::seconds> retry_after(const OutboundAnswer& answer) {
  for (const auto& [name, value] : answer.fields) {
    if (name != "retry-after") continue;
    const auto seconds = ascii::parse_decimal(ascii::trim(value));
    if (!seconds) return std::nullopt;
    const auto most = std::chrono::duration_cast<std::chrono::seconds>(limits::kCallbackTime);
    return std::min(std::chrono::seconds(std::min<std::uint64_t>(*seconds, 1'000'000)), most);
  }
  return std::nullopt;
}

std::string failure_of(const OutboundAnswer& answer, unsigned status) {
  using Trouble = OutboundAnswer::Trouble;
  if (status >= 300 && status < 400)
    return "answered " + std::to_string(status) + ": redirects are not followed";
  if (status != 0) return "answered " + std::to_string(status);
  switch (answer.trouble) {
    case Trouble::timed_out: return "no answer in time";
    case Trouble::forbidden:
      return "its host has no public address; CALLBACK_ALLOWED_HOSTS may name a private network";
    default: break;
  }
  return as_utf8(std::string_view(answer.why).substr(0, limits::kCallbackWhyBytesMax));
}

}  // namespace

// ---------------------------------------------------------------- what is owed

void CallbackSender::on_record(std::uint64_t number, const RequestId&, const Record& record) {
  const auto* const answered = std::get_if<AnsweredRecord>(&record);
  const auto* const ended = std::get_if<EndedRecord>(&record);
  if ((answered && answered->callback) || (ended && ended->callback)) walks_.on_record(number);
}

void CallbackSender::on_store_down(const std::string&) {
  store_up_ = false;
  walks_.on_store_down();
}

void CallbackSender::on_store_up() {
  store_up_ = true;
  pumping_ = true;
  ended_.clear();  // what was not recorded is owed again
  walks_.on_store_up(parts_.clock.now().steady);
}

void CallbackSender::end_of_turn(std::uint64_t acknowledged) {
  if (!store_up_) return;
  read_some(acknowledged);
  // Who was put back is due when the rest is over: on_tick() goes on then.
  if (parts_.clock.now().steady < rest_until_ || !std::exchange(pumping_, false)) return;
  while (const OwedCallback* const owed = schedule_.next(parts_.clock.now())) send(*owed);
}

void CallbackSender::read_some(std::uint64_t acknowledged) {
  const auto after = walks_.next(acknowledged, parts_.clock.now().steady);
  if (!after) return;
  parts_.history.find_callbacks(
      CallbacksQuery{*after, CallbackState::owed, {}, {}, {}, {}, limits::kCallbackPageRows},
      [this](const Result<Page<StoredCallback>>& page) { on_page(page); });
}

void CallbackSender::on_page(const Result<Page<StoredCallback>>& page) {
  const Instant now = parts_.clock.now().steady;
  if (!page) return walks_.on_page_failed(now);
  for (const StoredCallback& row : page->rows) take(row);
  const auto last = page->rows.empty() ? std::nullopt : std::optional(page->rows.back().number);
  walks_.on_page(last, page->next, now);
  std::erase_if(ended_, [](const auto& one) { return one.second; });
  pumping_ = true;
}

void CallbackSender::take(const StoredCallback& row) {
  const Now& now = parts_.clock.now();
  const CallbackId id{row.id, row.n};
  if (ended_.contains(id)) return;
  // A host that is no longer allowed is not called: its callbacks fail until they are dead letters.
  const auto endpoint = parts_.endpoint_of(row.url);
  OwedCallback owed{id,
                    row.owner,
                    endpoint ? *endpoint : std::string("refused"),
                    row.url,
                    row.tries.owed_at,
                    row.tries.next_at,
                    row.tries.failed,
                    row.kiosk_id,
                    row.tries.tried_at};
  if (row.tries.failed > 0) health_.on_owed(owed.owner, owed.endpoint, row.tries.owed_at, now);
  if (!schedule_.add(std::move(owed), now)) walks_.on_left_out();
}

// ---------------------------------------------------------------- a try

void CallbackSender::send(const OwedCallback& owed) {
  const CallbackId id = owed.id;
  parts_.history.find_exchange(
      id.request, [this, id](const Result<std::optional<StoredExchange>>& found) { on_read(id, found); });
}

void CallbackSender::on_read(const CallbackId& id, const Result<std::optional<StoredExchange>>& found) {
  const OwedCallback* const owed = schedule_.find(id);
  if (owed == nullptr) return;
  if (!found) return postpone(id);
  if (!*found) return forget(id);
  if (const auto allowed = parts_.endpoint_of(owed->url); !allowed)
    return settle(id, {}, allowed.error().message);
  const std::vector<WebhookKey> keys = parts_.keys_of(owed->owner);
  if (keys.empty()) return settle(id, {}, "this owner has no webhook secret to sign with; make one");
  post(*owed, **found, keys);
}

// Its row went with its request, by retention; or Redis has lost both, and what is written again is found
// again.
void CallbackSender::forget(const CallbackId& id) {
  schedule_.on_answer(id, {kGone}, parts_.clock.now(), parts_.random);
  walks_.on_left_out();
  pumping_ = true;
}

// Nothing was sent: the store was busy, or the client. That is not the receiver's doing, so it is no failed
// try; and who has no room for one has none for the others that are due.
void CallbackSender::postpone(const CallbackId& id) {
  rest_until_ = parts_.clock.now().steady + limits::kCallbackReadRetry;
  schedule_.put_back(id, rest_until_);
  pumping_ = true;
}

void CallbackSender::post(const OwedCallback& owed, const StoredExchange& exchange,
                          const std::vector<WebhookKey>& keys) {
  const CallbackId id = owed.id;
  std::string body = parts_.body_of(exchange);
  WebhookFields fields = webhook_fields(keys, id.text(), parts_.clock.now().wall, body);
  OutboundRequest request;
  request.method = "POST";
  request.url = owed.url;
  request.fields = {"Content-Type: application/json", "User-Agent: kiosk-gateway", std::move(fields.id),
                    std::move(fields.timestamp), std::move(fields.signature)};
  request.body = std::move(body);
  request.timeout = limits::kCallbackAnswerTime;
  request.answer_bytes_max = limits::kCallbackAnswerBytesMax;
  const bool started =
      parts_.post(std::move(request), [this, id, answered = exchange.state == State::answered](
                                          const OutboundAnswer& answer) { on_answer(id, answered, answer); });
  if (!started) postpone(id);
}

void CallbackSender::on_answer(const CallbackId& id, bool answered, const OutboundAnswer& answer) {
  const OwedCallback* const owed = schedule_.find(id);
  if (owed == nullptr) return;
  using Trouble = OutboundAnswer::Trouble;
  const bool arrived = answer.trouble == Trouble::none || answer.trouble == Trouble::too_large;
  const CallbackAnswer taken{arrived ? answer.status : 0, retry_after(answer)};
  const bool delivered = taken.status >= 200 && taken.status < 300;
  std::string why = delivered ? std::string() : failure_of(answer, taken.status);
  if (delivered) health_.on_success(owed->owner, owed->endpoint);
  else if (taken.status != kGone) health_.on_failure(owed->owner, owed->endpoint, why, parts_.clock.now());
  if (delivered && answered && parts_.on_answer_accepted) parts_.on_answer_accepted(id.request);
  settle(id, taken, std::move(why));
}

void CallbackSender::settle(const CallbackId& id, const CallbackAnswer& answer, std::string why) {
  const OwedCallback* const held = schedule_.find(id);
  if (held == nullptr) return;
  const OwedCallback owed = *held;
  const Now& now = parts_.clock.now();
  const auto step = schedule_.on_answer(id, answer, now, parts_.random);
  if (!step) return;
  pumping_ = true;
  CallbackTries tries{state_of(step->kind), owed.owed_at,  now.wall, owed.failed, now.wall,
                      answer.status,        std::move(why)};
  if (step->kind == Kind::delivered) {
    ++counts_.delivered;
  } else {
    ++tries.failed;
    ++counts_.failed_tries;
  }
  if (step->kind == Kind::gone || step->kind == Kind::given_up) ++counts_.dead;
  if (const OwedCallback* const again = schedule_.find(id)) tries.next_at = again->next_at;
  note(owed, tries);
  record(owed, std::move(tries));
}

void CallbackSender::record(const OwedCallback& owed, CallbackTries tries) {
  const CallbackId id = owed.id;
  const bool ends = tries.state != CallbackState::owed;
  if (ends) ended_.insert_or_assign(id, false);
  parts_.registry.write_registry({CallbackRecord{id.request, id.n, owed.kiosk_id, std::move(tries)}},
                                 [this, id, ends](const Result<void>& written) {
                                   if (!ends)
                                     return;  // memory goes on; after a restart it is tried a little earlier
                                   const auto found = ended_.find(id);
                                   if (found == ended_.end()) return;
                                   if (written && walks_.reading()) {
                                     found->second = true;
                                     return;
                                   }
                                   ended_.erase(found);
                                   if (!written) walks_.on_left_out();
                                 });
}

void CallbackSender::note(const OwedCallback& owed, const CallbackTries& tries) const {
  const bool dead = tries.state == CallbackState::dead || tries.state == CallbackState::gone;
  if (tries.state == CallbackState::owed && tries.failed > 1) return;  // the first failure is enough
  const std::string id = owed.id.text();
  parts_.log.write_of(owed.owner, dead ? LogLevel::warning : LogLevel::info,
                      dead                                      ? "callback_dead"
                      : tries.state == CallbackState::delivered ? "callback_delivered"
                                                                : "callback_failed",
                      {{"callback", std::string_view(id)},
                       {"owner", std::string_view(owed.owner)},
                       {"endpoint", std::string_view(owed.endpoint)},
                       {"status", std::int64_t{tries.status}},
                       {"tries", std::int64_t{tries.failed}},
                       {"why", std::string_view(tries.why)}});
}

// ---------------------------------------------------------------- time

void CallbackSender::on_tick(const Now& now) {
  health_.on_tick(now);
  if (const auto due = schedule_.next_deadline(); due && *due <= now.steady) pumping_ = true;
}

std::optional<Instant> CallbackSender::next_deadline() const {
  std::optional<Instant> next = health_.next_deadline();
  const auto sooner = [&next](std::optional<Instant> at) {
    if (at && (!next || *at < *next)) next = at;
  };
  if (const auto due = schedule_.next_deadline(); due && store_up_) sooner(std::max(*due, rest_until_));
  if (store_up_) sooner(walks_.next_deadline());
  return next;
}

CallbackFigures CallbackSender::figures() const {
  CallbackFigures figures = counts_;
  figures.waiting = schedule_.held();
  figures.in_flight = schedule_.in_flight();
  figures.failing_endpoints = health_.failing();
  return figures;
}

}  // namespace kgw
