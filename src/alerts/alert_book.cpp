#include "alerts/alert_book.hpp"

#include <algorithm>

#include "base/limits.hpp"

namespace kgw {
namespace {

using std::chrono::days;

bool failed(std::optional<ErrorCode> error, Outcome outcome) {
  return outcome == Outcome::unknown || error == ErrorCode::timeout || error == ErrorCode::invalid_response;
}

constexpr std::string_view kKioskDoesNotKnow = "the kiosk does not know";

// Why nobody knows what became of it.
std::string_view doubt_of(const StoredExchange& x) {
  if (x.state != State::answered) return info(ErrorCode::timeout).name;
  return x.response_valid ? kKioskDoesNotKnow : info(ErrorCode::invalid_response).name;
}

auto month_of(WallTime at) {
  const std::chrono::year_month_day date(std::chrono::floor<days>(at));
  return date.year() / date.month();
}

}  // namespace

// ---------------------------------------------------------------- the book

Alert* AlertBook::find(std::uint64_t number) {
  const auto found = std::lower_bound(alerts_.begin(), alerts_.end(), number,
                                      [](const Alert& a, std::uint64_t n) { return a.number < n; });
  return found == alerts_.end() || found->number != number ? nullptr : &*found;
}

std::uint64_t AlertBook::raise(Alert alert, bool lasts, const Now& now) {
  alert.number = ++last_number_;
  if (alert.raised_at == WallTime()) alert.raised_at = now.wall;
  if (!lasts) alert.ended_at = now.wall;
  alert.muted = settings_.muted(alert.kind, alert.kiosk_id);
  if (!alert.told_before) ++raised_[static_cast<std::size_t>(alert.kind)];
  if (lasts) ++open_[static_cast<std::size_t>(alert.kind)];
  if (!alert.told_before) tell(alert, false);
  if (lasts && alert.kind == AlertKind::payment_unknown) payments_[alert.request_id] = alert.number;
  alerts_.push_back(std::move(alert));
  if (alerts_.size() > limits::kAlertsMax) {
    if (!alerts_.front().ended_at) close(alerts_.front());
    alerts_.pop_front();
  }
  return last_number_;
}

void AlertBook::end(std::uint64_t& number, const Now& now) {
  Alert* const alert = find(std::exchange(number, 0));
  if (alert == nullptr || alert->ended_at) return;
  alert->ended_at = now.wall;
  close(*alert);
  tell(*alert, true);
}

// It is not open any more.
void AlertBook::close(const Alert& alert) {
  --open_[static_cast<std::size_t>(alert.kind)];
  if (alert.kind == AlertKind::payment_unknown) payments_.erase(alert.request_id);
}

// What was raised and not told yet, and is over, need not be told, unless it was about money.
void AlertBook::tell(const Alert& alert, bool ended) {
  if (alert.muted) return;
  fresh_ = true;
  if (ended && alert.kind != AlertKind::payment_unknown) {
    const auto untold = std::find_if(news_.begin(), news_.end(),
                                     [&](const AlertNews& n) { return n.alert.number == alert.number; });
    if (untold != news_.end()) {
      news_.erase(untold);
      return;
    }
  }
  news_.push_back({alert, ended});
  if (news_.size() <= limits::kAlertNewsMax) return;
  ++dropped_;
  const auto lesser = std::find_if(news_.begin(), news_.end(), [](const AlertNews& n) {
    return n.alert.kind != AlertKind::payment_unknown;
  });
  news_.erase(lesser == news_.end() ? news_.begin() : lesser);
}

std::vector<AlertNews> AlertBook::take_news(WallTime now) {
  const bool quiet = settings_.quiet_until(now).has_value();
  fresh_ = false;
  std::vector<AlertNews> told;
  std::deque<AlertNews> held;
  for (AlertNews& one : news_) {
    const bool waits = quiet && one.alert.kind != AlertKind::payment_unknown;
    if (waits) held.push_back(std::move(one));
    else told.push_back(std::move(one));
  }
  news_ = std::move(held);
  return told;
}

std::optional<WallTime> AlertBook::held_until(WallTime now) const {
  return news_.empty() ? std::nullopt : settings_.quiet_until(now);
}

// ---------------------------------------------------------------- kiosks

AlertBook::Watch* AlertBook::watch(const std::string& id) {
  const auto found = watches_.find(id);
  if (found == watches_.end()) return nullptr;
  if (!found->second) found->second = std::make_unique<Watch>();
  return found->second.get();
}

void AlertBook::on_kiosk_up(const std::string& id, const Now& now) {
  const std::unique_ptr<Watch>& known = watches_[id];
  if (!known) return;
  if (!known->up) down_.erase({known->down_since, id});
  known->up = true;
  end(known->offline, now);
}

void AlertBook::on_kiosk_down(const std::string& id, const Now& now) {
  Watch* const known = watch(id);
  if (!known || !known->up) return;
  Watch& watch = *known;
  watch.up = false;
  watch.down_since = now.steady;
  down_.insert({now.steady, id});
  if (watch.downs == 0 || now.steady - watch.window > kFlappingWindow) {
    watch.window = now.steady;
    watch.downs = 0;
  }
  ++watch.downs;
  if (watch.downs < settings_.flapping_times) return;
  if (watch.flapping == 0)
    watch.flapping =
        raise({.kind = AlertKind::kiosk_flapping, .kiosk_id = id, .amount = watch.downs}, true, now);
  calm_.erase({watch.flapping_ends, id});
  watch.flapping_ends = now.steady + kFlappingWindow;
  calm_.insert({watch.flapping_ends, id});
}

void AlertBook::on_kiosk_gone(const std::string& id, const Now& now) {
  for (std::uint64_t alert : devices_.forget(id)) end(alert, now);
  const auto found = watches_.find(id);
  if (found == watches_.end()) return;
  if (Watch* const known = found->second.get()) {
    down_.erase({known->down_since, id});
    calm_.erase({known->flapping_ends, id});
    calm_.erase({known->failing_ends, id});
    end(known->offline, now);
    end(known->flapping, now);
    end(known->failing, now);
  }
  watches_.erase(found);
}

void AlertBook::on_duplicate(const std::string& id, std::string_view address, const Now& now) {
  // A clone that knocks every second is one alert an hour.
  for (auto at = alerts_.rbegin(); at != alerts_.rend(); ++at) {
    // One of the ledger stands among the others with the time of its payment.
    if (at->kind == AlertKind::payment_unknown) continue;
    if (now.wall - at->raised_at >= std::chrono::hours(1)) break;
    if (at->kind == AlertKind::duplicate_connection && at->kiosk_id == id) return;
  }
  raise({.kind = AlertKind::duplicate_connection, .kiosk_id = id, .detail = std::string(address)}, false, now);
}

void AlertBook::look_at(Due due, const std::string& id, const Now& now) {
  Watch* const known = watch(id);
  if (!known) return;
  Watch& watch = *known;
  if (due == Due::offline) {
    const auto away = std::chrono::floor<std::chrono::minutes>(now.steady - watch.down_since);
    watch.offline =
        raise({.kind = AlertKind::kiosk_offline, .kiosk_id = id, .amount = away.count()}, true, now);
    return;
  }
  if (watch.flapping != 0 && now.steady >= watch.flapping_ends) end(watch.flapping, now);
  if (watch.failing != 0 && now.steady >= watch.failing_ends) end(watch.failing, now);
}

void AlertBook::on_tick(const Now& now) {
  while (!down_.empty() && now.steady >= down_.begin()->first + settings_.offline_after)
    look_at(Due::offline, down_.extract(down_.begin()).value().second, now);
  while (!calm_.empty() && now.steady >= calm_.begin()->first)
    look_at(Due::calm, calm_.extract(calm_.begin()).value().second, now);
}

std::optional<Instant> AlertBook::next_deadline() const {
  std::optional<Instant> next;
  if (!down_.empty()) next = down_.begin()->first + settings_.offline_after;
  if (!calm_.empty() && (!next || calm_.begin()->first < *next)) next = calm_.begin()->first;
  return next;
}

// ---------------------------------------------------------------- requests

void AlertBook::on_request_ended(const std::string& kiosk_id, std::string_view operation,
                                 std::optional<ErrorCode> error, Outcome outcome, const RequestId& id,
                                 const Now& now) {
  const bool bad = failed(error, outcome);
  if (Watch* const known = watch(kiosk_id)) count_failures(*known, kiosk_id, bad, now);
  if (bad && is_about_money(operation) && id)
    raise({.kind = AlertKind::payment_unknown,
           .kiosk_id = kiosk_id,
           .request_id = id,
           .detail = std::string(error ? info(*error).name : kKioskDoesNotKnow)},
          true, now);
}

void AlertBook::count_failures(Watch& watch, const std::string& kiosk_id, bool bad, const Now& now) {
  const auto too_many = [&] {
    return watch.failed >= settings_.failing_requests &&
           watch.failed * 100ULL >= std::uint64_t{watch.ended} * settings_.failing_percent;
  };
  if (watch.ended == 0 || now.steady - watch.count_window > kFailingWindow) {
    if (watch.failing != 0 && !too_many()) end(watch.failing, now);
    watch.count_window = now.steady;
    watch.ended = 0;
    watch.failed = 0;
  }
  ++watch.ended;
  if (!bad) return;
  ++watch.failed;
  if (watch.failing == 0) {
    if (!too_many()) return;
    watch.failing = raise({.kind = AlertKind::kiosk_failing,
                           .kiosk_id = kiosk_id,
                           .amount = static_cast<std::int64_t>(watch.failed * 100ULL / watch.ended)},
                          true, now);
  }
  calm_.erase({watch.failing_ends, kiosk_id});
  watch.failing_ends = now.steady + kFailingWindow;
  calm_.insert({watch.failing_ends, kiosk_id});
}

void AlertBook::on_device_answer(const std::string& kiosk_id, std::string_view operation, AnswerResult result,
                                 std::string_view words, const Now& now) {
  if (!says_device_fails(result)) {
    if (devices_.empty()) return;
    std::uint64_t alert = devices_.works(kiosk_id, operation);
    return end(alert, now);
  }
  if (!watches_.contains(kiosk_id)) return;  // it was removed or disabled meanwhile
  FailingDevices::Row* const row = devices_.fails(kiosk_id, operation);
  if (row == nullptr || row->alert != 0 || row->errors < settings_.device_errors) return;
  row->alert = raise({.kind = AlertKind::device_failing,
                      .kiosk_id = kiosk_id,
                      .amount = row->errors,
                      .detail = std::string(words),
                      .operation = row->operation},
                     true, now);
}

void AlertBook::on_device_row(const DeviceRow& before, bool is_news, const Now& now) {
  FailingDevices::Row* const row = devices_.fails(before.kiosk_id, before.operation, before.errors);
  if (row == nullptr || row->alert != 0) return;
  row->alert = raise({.kind = AlertKind::device_failing,
                      .kiosk_id = before.kiosk_id,
                      .amount = before.errors,
                      .detail = before.words,
                      .raised_at = before.since,
                      .told_before = !is_news,
                      .operation = before.operation},
                     true, now);
}

void AlertBook::on_late_answer(const RequestId& id, Outcome outcome, const Now& now) {
  if (outcome == Outcome::known) on_request_resolved(id, now);
}

void AlertBook::on_request_resolved(const RequestId& id, const Now& now) {
  const auto found = payments_.find(id);
  if (found == payments_.end()) return;
  std::uint64_t number = found->second;
  end(number, now);
}

void AlertBook::on_unresolved(const StoredExchange& x, bool is_news, const Now& now) {
  if (!is_about_money(x.order.operation) || payments_.contains(x.id)) return;
  raise({.kind = AlertKind::payment_unknown,
         .kiosk_id = x.order.kiosk_id,
         .request_id = x.id,
         .detail = std::string(doubt_of(x)),
         .raised_at = x.ended_at.value_or(x.answered_at.value_or(x.deadline_at)),
         .told_before = !is_news},
        true, now);
}

void AlertBook::on_unclaimed(const std::vector<Unclaimed>& answers, const Now& now) {
  Alert alert{.kind = AlertKind::unclaimed_answer};
  std::vector<RequestId> ids;
  for (const Unclaimed& one : answers) {
    if (unclaimed_.contains(one.id) || unclaimed_.size() + ids.size() >= limits::kUnclaimedMax) continue;
    if (ids.size() < TokenEnds::kNamesShown)
      alert.detail.append(ids.empty() ? "" : ", ").append(one.id.text()).append(" (" + one.kiosk_id + ")");
    ids.push_back(one.id);
    alert.kiosk_id = one.kiosk_id;
  }
  if (ids.empty()) return;
  if (ids.size() > TokenEnds::kNamesShown) alert.detail += ", …";
  if (ids.size() == 1) alert.request_id = ids.front();
  else alert.kiosk_id.clear();
  alert.amount = static_cast<std::int64_t>(ids.size());
  const std::uint64_t number = raise(std::move(alert), true, now);
  unclaimed_left_[number] = ids.size();
  for (const RequestId& id : ids) unclaimed_.emplace(id, number);
}

void AlertBook::on_claimed(const RequestId& id, const Now& now) {
  const auto found = unclaimed_.find(id);
  if (found == unclaimed_.end()) return;
  std::uint64_t number = found->second;
  unclaimed_.erase(found);
  const auto left = unclaimed_left_.find(number);
  if (left == unclaimed_left_.end() || --left->second > 0) return;
  unclaimed_left_.erase(left);
  end(number, now);
}

// ---------------------------------------------------------------- the gateway

void AlertBook::on_store_down(const std::string& why, const Now& now) {
  if (store_ == 0) store_ = raise({.kind = AlertKind::store_down, .detail = why}, true, now);
}

void AlertBook::on_store_up(const Now& now) { end(store_, now); }

void AlertBook::on_durability_weak(const std::string& why, const Now& now) {
  end(weak_, now);
  if (!why.empty()) weak_ = raise({.kind = AlertKind::durability_weak, .detail = why}, true, now);
}

void AlertBook::on_callbacks_failing(const std::string& owner, const std::string& endpoint,
                                     std::string_view why, const Now& now) {
  std::uint64_t& number = callbacks_[{owner, endpoint}];
  if (number != 0) return;
  std::string detail = "from '" + owner + "' to " + endpoint;
  if (!why.empty()) detail.append(" (").append(why).append(")");
  number = raise({.kind = AlertKind::callbacks_failing, .detail = std::move(detail)}, true, now);
}

void AlertBook::on_callbacks_work(const std::string& owner, const std::string& endpoint, const Now& now) {
  const auto found = callbacks_.find({owner, endpoint});
  if (found == callbacks_.end()) return;
  end(found->second, now);
  callbacks_.erase(found);
}

void AlertBook::on_certificate(Certificate whose, WallTime ends_at, std::int64_t in_days, const Now& now) {
  Alert alert{.kind = AlertKind::certificate_expiring,
              .amount = whose == Certificate::own ? 1 : 0,
              .detail = rfc3339(ends_at)};
  alert.days = in_days;
  raise(std::move(alert), false, now);
}

std::int64_t AlertBook::days_left(WallTime ends_at, WallTime now) {
  std::int64_t nearest = 0;
  for (const std::int64_t step : TokenEnds::kDays)  // from far to near
    if (ends_at - days(step) <= now) nearest = step;
  return nearest;
}

void AlertBook::see_token(TokenEnds& ends, const std::string& kiosk_id, WallTime ends_at) const {
  if (!settings_.muted(AlertKind::tokens_expiring, kiosk_id)) ends.see(kiosk_id, ends_at);
}

void AlertBook::on_tokens(const TokenEnds& ends, const Now& now) {
  for (std::size_t i = 0; i < TokenEnds::kDays.size(); ++i)
    raise_tokens(ends.nearer()[i], TokenEnds::kDays[i], now);
  if (ends.last_look() && month_of(*ends.last_look()) != month_of(ends.now()))
    raise_tokens(ends.within_a_month(), TokenEnds::kSummaryDays, now);
}

void AlertBook::raise_tokens(const TokenEnds::Group& tokens, std::int64_t in_days, const Now& now) {
  if (tokens.count == 0) return;
  Alert alert{.kind = AlertKind::tokens_expiring, .amount = tokens.count};
  alert.days = in_days;
  if (tokens.count == 1) alert.kiosk_id = tokens.first;
  alert.detail = tokens.names;
  if (tokens.count > static_cast<std::int64_t>(TokenEnds::kNamesShown)) alert.detail += ", ...";
  raise(std::move(alert), false, now);
}

}  // namespace kgw
