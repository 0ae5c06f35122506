#include "gateway/alerts.hpp"

#include <charconv>
#include <iterator>
#include <memory>
#include <unordered_set>
#include <utility>

#include "base/limits.hpp"
#include "core/walk.hpp"
#include "wire/shown/last_words.hpp"

namespace kgw {
namespace {

constexpr const char* kSettings = "alerts.settings";
constexpr const char* kTokensLook = "alerts.tokens";  // when tokens were looked at, milliseconds
// Of a certificate, what was reported: its end in milliseconds, and the days.
constexpr const char* kStoreCertificateTold = "alerts.certificate";
constexpr const char* kOwnCertificateTold = "alerts.own_certificate";
constexpr auto kEndsTime = std::chrono::hours(1);
constexpr auto kFirstEndsTime = std::chrono::seconds(10);
// A kiosk whose connection ended so short before this start is expected back.
constexpr auto kExpectedBack = std::chrono::minutes(10);
constexpr const char* kMoney = "payment";
constexpr std::size_t kLedgerPage = 100;
constexpr std::size_t kLedgerPiece = 20;
constexpr auto kLedgerRetry = std::chrono::seconds(5);

// What kept_ holds of a time: milliseconds since 1970; nullopt when nothing, or nothing readable, is kept.
std::optional<WallTime> wall_of(std::string_view ms) {
  std::int64_t value = 0;
  const auto [end, fault] = std::from_chars(ms.data(), ms.data() + ms.size(), value);
  if (fault != std::errc() || end != ms.data() + ms.size()) return std::nullopt;
  return wall_from_ms(value);
}

}  // namespace

Alerts::Alerts(RelayShell& shell, const Stored& stored, OwnEnd own_end, Loop& loop, Slices& slices, Log& log)
    : shell_(shell),
      kept_(stored.kept),
      loop_(loop),
      slices_(slices),
      journal_(stored.journal),
      history_(stored.history),
      own_end_(std::move(own_end)),
      log_(log),
      book_(parse_alert_settings(stored.kept.get(kSettings))),
      devices_(stored.history),
      ends_due_(loop.now().steady + kFirstEndsTime) {
  shell_.onlookers().add(*this);
  expect_back();
  read_ledger({});
  read_devices();
}

// Unknown payments of before this start, as they stand in the journal: page by page, since each look reads only
// a bounded part of it.
void Alerts::read_ledger(std::optional<std::int64_t> before) {
  ExchangesQuery query;
  query.before = before;
  query.operation = kMoney;
  query.outcome = Outcome::unknown;
  query.count_max = kLedgerPage;
  history_.find_exchanges(std::move(query), [this](Result<Page<StoredExchange>> found) {
    if (!found) {
      ledger_due_ = loop_.now().steady + kLedgerRetry;
      return;
    }
    std::move(found->rows.begin(), found->rows.end(), std::back_inserter(ledger_));
    if (found->next && ledger_.size() < limits::kAlertsMax / 2) return read_ledger(found->next);
    take_ledger();
  });
}

// In slices; the oldest first, as they came about. What ended right before this start may not have been told.
void Alerts::take_ledger() {
  const auto take_some = [this] {
    const Now& now = loop_.now();
    for (std::size_t n = 0; n < kLedgerPiece && !ledger_.empty(); ++n) {
      const StoredExchange x = std::move(ledger_.back());
      ledger_.pop_back();
      const WallTime ended = x.ended_at.value_or(x.answered_at.value_or(x.deadline_at));
      if (!closed_.contains(x.id)) book_.on_unresolved(x, now.wall - ended <= kExpectedBack, now);
    }
    if (!ledger_.empty()) return false;
    reads_ledger_ = false;
    closed_ = {};
    return true;
  };
  if (!slices_.add("gateway", take_some)) ledger_due_ = loop_.now().steady + kLedgerRetry;
}

// Kiosks that were there when the gateway went, or was killed, and do not come again.
void Alerts::expect_back() {
  HistoryQuery query;
  query.count_max = limits::kStoreScanRowsMax;
  history_.find_connections(std::move(query), [this](const Result<Page<StoredConnection>>& found) {
    if (!found) return;
    const Now& now = loop_.now();
    std::unordered_set<std::string_view> seen;
    for (const StoredConnection& row : found->rows) {
      if (!seen.insert(row.kiosk_id).second) continue;  // of each kiosk only the newest
      const KioskRef* const kiosk = shell_.relay().kiosks().find(row.kiosk_id);
      if (kiosk == nullptr || !(*kiosk)->record.enabled || (*kiosk)->session != SessionId::none) continue;
      if (!row.up && now.wall - row.at > kExpectedBack) continue;
      book_.on_kiosk_up(row.kiosk_id, now);
      book_.on_kiosk_down(row.kiosk_id, now);
    }
  });
}

// A good answer that comes while these are read may be missed: then the next one ends the alert.
void Alerts::read_devices() {
  devices_.read(book_.settings().device_errors, [this](const AlertBook::DeviceRow& row) {
    const KioskRef* const kiosk = shell_.relay().kiosks().find(row.kiosk_id);
    if (kiosk == nullptr || !(*kiosk)->record.enabled) return;
    const Now& now = loop_.now();
    book_.on_device_row(row, now.wall - row.since <= kExpectedBack, now);
  });
}

void Alerts::change(const Actor& actor, AlertSettings settings, const std::string& what,
                    Registry::Written written) {
  std::string text = text_of(settings);
  book_.set(std::move(settings));
  kept_.put(kSettings, std::move(text), std::move(written),
            {actor.did(loop_.now().wall, "alerts_changed", "", what)});
}

// ---------------------------------------------------------------- what goes on

void Alerts::on_kiosk_connected(const std::string& kiosk_id, std::string_view) {
  book_.on_kiosk_up(kiosk_id, loop_.now());
}

void Alerts::on_kiosk_disconnected(const std::string& kiosk_id, std::string_view) {
  const KioskRef* const kiosk = shell_.relay().kiosks().find(kiosk_id);
  const bool away = kiosk != nullptr && (*kiosk)->session == SessionId::none;  // and not here again by another
  if (away && (*kiosk)->record.enabled) book_.on_kiosk_down(kiosk_id, loop_.now());
}

void Alerts::on_kiosk_refused(const std::string& kiosk_id, ErrorCode why, std::string_view address) {
  if (why == ErrorCode::already_connected) book_.on_duplicate(kiosk_id, address, loop_.now());
}

void Alerts::on_kiosk_changed(const KioskRecord& kiosk) {
  if (!kiosk.enabled) book_.on_kiosk_gone(kiosk.id, loop_.now());
}

void Alerts::on_kiosk_removed(const std::string& kiosk_id) { book_.on_kiosk_gone(kiosk_id, loop_.now()); }

void Alerts::on_request_ended(const Reply& reply) {
  if (!reply.id) return;
  book_.on_request_ended(reply.order->kiosk_id, reply.order->operation, reply.error, reply.outcome, reply.id,
                         loop_.now());
  if (reply.error) return;
  std::string words;
  if (says_device_fails(reply.result)) {
    if (reply.answer) words = last_words(*reply.answer);
    if (words.empty()) words = name(reply.result);
  }
  book_.on_device_answer(reply.order->kiosk_id, reply.order->operation, reply.result, words, loop_.now());
}

void Alerts::on_late_answer(const LateAnswer& answer) {
  book_.on_late_answer(answer.id, answer.outcome, loop_.now());
  if (reads_ledger_ && answer.outcome == Outcome::known) closed_.insert(answer.id);
  book_.on_device_answer(answer.kiosk_id, answer.operation, answer.result, name(answer.result), loop_.now());
}

void Alerts::on_request_resolved(const StoredExchange& exchange) {
  book_.on_request_resolved(exchange.id, loop_.now());
  if (reads_ledger_) closed_.insert(exchange.id);
}

void Alerts::on_answers_overdue(const std::vector<UnclaimedAnswer>& answers) {
  std::vector<AlertBook::Unclaimed> all;
  all.reserve(answers.size());
  for (const UnclaimedAnswer& one : answers) all.push_back({one.id, one.kiosk_id});
  book_.on_unclaimed(all, loop_.now());
}

void Alerts::on_store_down(const std::string& why) { book_.on_store_down(why, loop_.now()); }
void Alerts::on_store_up() {
  book_.on_store_up(loop_.now());
  look_at_certificates(loop_.now());
}

void Alerts::on_store_weak(const std::string& why) { book_.on_durability_weak(why, loop_.now()); }

void Alerts::on_callbacks(const std::vector<EndpointNews>& news) {
  for (const EndpointNews& one : news) {
    if (one.failing) book_.on_callbacks_failing(one.owner, one.endpoint, one.why, loop_.now());
    else book_.on_callbacks_work(one.owner, one.endpoint, loop_.now());
  }
}

// ---------------------------------------------------------------- time

std::optional<Instant> Alerts::next_deadline() const {
  Instant next = ends_due_;
  if (const auto due = book_.next_deadline(); due && *due < next) next = *due;
  if (quiet_ends_ && *quiet_ends_ < next) next = *quiet_ends_;
  if (ledger_due_ && *ledger_due_ < next) next = *ledger_due_;
  return next;
}

void Alerts::on_tick(const Now& now) {
  book_.on_tick(now);
  if (now.steady >= ends_due_) look_at_ends(now);
  if (!ledger_due_ || now.steady < *ledger_due_) return;
  ledger_due_.reset();
  ledger_.clear();
  read_ledger({});
}

void Alerts::look_at_ends(const Now& now) {
  ends_due_ = now.steady + kEndsTime;
  look_at_certificates(now);
  look_at_tokens(now);
}

// In slices, all as of one moment.
void Alerts::look_at_tokens(const Now& now) {
  struct Looking {
    Walk walk;
    TokenEnds ends;
  };
  const auto looking =
      std::make_shared<Looking>(Looking{{}, TokenEnds(now.wall, wall_of(kept_.get(kTokensLook)))});
  const auto look_at_some = [this, looking] {
    const auto look = [&](const KioskRef& kiosk) {
      if (kiosk->record.enabled)
        book_.see_token(looking->ends, kiosk->record.id, kiosk->record.token_expires_at);
    };
    if (!looking->walk.step(shell_.relay().kiosks(), look)) return false;
    book_.on_tokens(looking->ends, loop_.now());
    kept_.put(kTokensLook, std::to_string(to_ms(looking->ends.now())), [](const Result<void>&) {});
    return true;
  };
  // Without room, it is looked at in an hour: what came closer until then is told then.
  (void)slices_.add("gateway", look_at_some);
}

void Alerts::look_at_certificates(const Now& now) {
  look_at_certificate(AlertBook::Certificate::store, journal_.certificate_ends(), now);
  look_at_certificate(AlertBook::Certificate::own, own_end_(), now);
}

// Each certificate's every step once, over restarts too.
void Alerts::look_at_certificate(AlertBook::Certificate whose, std::optional<WallTime> ends_at,
                                 const Now& now) {
  const std::int64_t in_days = ends_at ? AlertBook::days_left(*ends_at, now.wall) : 0;
  if (in_days == 0) return;
  const char* const kept_as =
      whose == AlertBook::Certificate::own ? kOwnCertificateTold : kStoreCertificateTold;
  std::string told = std::to_string(to_ms(*ends_at)) + " " + std::to_string(in_days);
  if (kept_.get(kept_as) == told) return;
  kept_.put(kept_as, std::move(told), [](const Result<void>&) {});
  book_.on_certificate(whose, *ends_at, in_days, now);
}

void Alerts::end_of_turn() {
  log_new();
  const Now& now = loop_.now();
  const bool quiet_is_over = quiet_ends_ && now.steady >= *quiet_ends_;
  if (!book_.fresh() && !quiet_is_over) return;
  std::vector<AlertNews> news = book_.take_news(now.wall);
  const std::uint64_t dropped = book_.take_dropped();
  if (teller_ && (!news.empty() || dropped != 0)) teller_(std::move(news), dropped);
  const auto held = book_.held_until(now.wall);
  quiet_ends_ = held ? std::optional(now.steady + (*held - now.wall)) : std::nullopt;
}

void Alerts::log_new() {
  const auto& alerts = book_.alerts();
  for (auto at = alerts.rbegin(); at != alerts.rend() && at->number > logged_; ++at)
    log_.write(severity_of(at->kind) == "info" ? LogLevel::info : LogLevel::warning, "alert_raised",
               {{"alert", static_cast<std::int64_t>(at->number)},
                {"kind", name(at->kind)},
                {"kiosk_id", at->kiosk_id},
                {"message", sentence_of(*at)}});
  if (!alerts.empty()) logged_ = alerts.back().number;
}

}  // namespace kgw
