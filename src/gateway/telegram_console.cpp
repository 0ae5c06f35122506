#include "gateway/telegram_console.hpp"

#include <memory>
#include <utility>

#include "access/key_search.hpp"
#include "live/kiosk_search.hpp"

namespace kgw {
namespace {

using telegram::IssuedSecret;
using telegram::KeyPage;
using telegram::KioskPage;
using telegram::KioskRow;
using telegram::SendOutcome;

constexpr std::size_t kSamples = 5;
constexpr std::size_t kAlertsShown = 200;

KioskChanges::Issued issued(telegram::Console::Then<IssuedSecret> then) {
  return [then = std::move(then)](const Result<IssuedToken>& token) {
    if (!token) return then(token.error());
    then(IssuedSecret{token->kiosk_id, token->token, token->expires_at});
  };
}

const Fault kBadName{ErrorCode::invalid_argument,
                     "A name can have at most 128 characters and no line breaks; choose another one."};

const Fault kBadNote{ErrorCode::invalid_argument,
                     "A note can have at most 500 characters and no line breaks; write a shorter one."};

template <class Row>
auto rows_of(telegram::Console::Then<std::vector<Row>> then) {
  return [then = std::move(then)](const Result<Page<Row>>& found) {
    if (found) then(found->rows);
    else then(found.error());
  };
}

}  // namespace

TelegramConsole::TelegramConsole(Rooms rooms, std::string node, bool in_redis)
    : rooms_(rooms), node_(std::move(node)), in_redis_(in_redis), started_(rooms.loop.now().steady) {
  take_sample();
}

// ---------------------------------------------------------------- looking

void TelegramConsole::take_sample() {
  samples_.emplace_back(rooms_.loop.now().steady, rooms_.metrics.requests);
  if (samples_.size() > kSamples) samples_.pop_front();
}

telegram::GatewayStatus TelegramConsole::status() const {
  const Relay& relay = rooms_.shell.relay();
  const Metrics& metrics = rooms_.metrics;
  const Instant now = rooms_.loop.now().steady;
  telegram::GatewayStatus s;
  s.version = KGW_VERSION;
  s.node = node_;
  s.uptime = std::chrono::duration_cast<std::chrono::seconds>(now - started_);
  s.online = relay.online();
  s.kiosks = relay.kiosks().size();
  s.in_flight = relay.exchanges();
  s.waiting = relay.waiting();
  s.requests = metrics.requests;
  s.answers = metrics.answers;
  s.timeouts = metrics.errors[static_cast<std::size_t>(ErrorCode::timeout)];
  s.refused = metrics.refused;
  s.late_answers = metrics.late_answers;
  s.unknown_payments = rooms_.alerts.book().open(AlertKind::payment_unknown);
  const double seconds = std::chrono::duration<double>(now - samples_.front().first).count();
  if (seconds >= 1) s.per_second = static_cast<double>(metrics.requests - samples_.front().second) / seconds;
  const LatencyHistogram latency = metrics.latency();
  s.p50_seconds = latency.quantile(0.5);
  s.p99_seconds = latency.quantile(0.99);
  s.in_redis = in_redis_;
  s.durability = name(rooms_.journal.durability());
  s.trouble = rooms_.journal.trouble();
  s.misfits = rooms_.timeouts.found();
  return s;
}

const Kiosk* TelegramConsole::find(const std::string& id) const {
  const KioskRef* const found = rooms_.shell.relay().kiosks().find(id);
  return found ? found->get() : nullptr;
}

KioskRow TelegramConsole::row_of(const Kiosk& kiosk) const {
  KioskRow row{kiosk.record, {}, {}, {}, kiosk.places.size(), kiosk.waiting.size()};
  if (const KioskSession* const session = rooms_.door.session(kiosk.session)) {
    row.online_since = session->peer().since;
    row.address = session->peer().address;
    row.agent_version = session->peer().agent_version;
  }
  return row;
}

std::optional<KioskRow> TelegramConsole::kiosk(const std::string& id) const {
  const Kiosk* const found = find(id);
  return found ? std::optional(row_of(*found)) : std::nullopt;
}

template <class Found>
void TelegramConsole::look(Slices::Piece piece, const Then<Found>& then) {
  if (!rooms_.slices.add("telegram", std::move(piece)))
    then(Fault{ErrorCode::overloaded, std::string(Slices::kTooMany)});
}

void TelegramConsole::kiosks(const std::string& filter, std::size_t skip, std::size_t count,
                             Then<KioskPage> then) {
  const auto search = std::make_shared<KioskSearch>(filter, skip, count);
  const auto look_at_some = [this, search, then] {
    if (!search->step(rooms_.shell.relay().kiosks())) return false;
    KioskPage page{{}, search->matching(), search->online()};
    for (const KioskRef& kiosk : search->page()) page.rows.push_back(row_of(*kiosk));
    then(std::move(page));
    return true;
  };
  look(look_at_some, then);
}

void TelegramConsole::ping(const std::string& id, Then<std::chrono::nanoseconds> then) {
  const Kiosk* const kiosk = find(id);
  if (!kiosk) return then(Fault{ErrorCode::kiosk_not_found, {}});
  if (!rooms_.door.connected(kiosk->session)) return then(Fault{ErrorCode::kiosk_offline, {}});
  const bool asked = rooms_.door.pings().ping("telegram", ws_of(kiosk->session),
                                              [then](std::optional<std::chrono::nanoseconds> trip) {
                                                if (trip) then(*trip);
                                                else then(Fault{ErrorCode::kiosk_offline, {}});
                                              });
  if (!asked) then(Fault{ErrorCode::overloaded, {}});
}

void TelegramConsole::find_request(const RequestId& id, Then<std::optional<StoredExchange>> then) {
  rooms_.history.find_exchange(
      id, [this, id, then = std::move(then)](const Result<std::optional<StoredExchange>>& found) {
        if (found && !*found && rooms_.history.may_be_forgotten(id))
          then(Fault{ErrorCode::request_expired, {}});
        else then(found);
      });
}

void TelegramConsole::find_requests(const std::string& kiosk_id, std::size_t count,
                                    Then<std::vector<StoredExchange>> then) {
  ExchangesQuery query;
  query.kiosk_id = kiosk_id;
  query.count_max = count;
  rooms_.history.find_exchanges(std::move(query), rows_of<StoredExchange>(std::move(then)));
}

void TelegramConsole::find_unresolved(std::size_t count, Then<std::vector<StoredExchange>> then) {
  ExchangesQuery query;
  query.outcome = Outcome::unknown;
  query.count_max = count;
  rooms_.history.find_exchanges(std::move(query), rows_of<StoredExchange>(std::move(then)));
}

void TelegramConsole::find_unclaimed(std::size_t count, Then<std::vector<StoredExchange>> then) {
  ExchangesQuery query;
  query.unclaimed = true;
  query.count_max = count;
  rooms_.history.find_exchanges(std::move(query), rows_of<StoredExchange>(std::move(then)));
}

void TelegramConsole::find_callbacks(CallbackState state, std::size_t count,
                                     Then<std::vector<StoredCallback>> then) {
  CallbacksQuery query;
  query.state = state;
  query.count_max = count;
  rooms_.history.find_callbacks(std::move(query), rows_of<StoredCallback>(std::move(then)));
}

void TelegramConsole::find_connections(const std::string& kiosk_id, std::size_t count,
                                       Then<std::vector<StoredConnection>> then) {
  HistoryQuery query;
  query.about = kiosk_id;
  query.count_max = count;
  rooms_.history.find_connections(std::move(query), rows_of<StoredConnection>(std::move(then)));
}

void TelegramConsole::find_audit(const std::string& target, std::size_t count,
                                 Then<std::vector<StoredAudit>> then) {
  HistoryQuery query;
  query.about = target;
  query.count_max = count;
  rooms_.history.find_audit(std::move(query), rows_of<StoredAudit>(std::move(then)));
}

void TelegramConsole::keys(const std::string& key_name, std::size_t skip, std::size_t count,
                           Then<KeyPage> then) {
  const auto search = std::make_shared<KeySearch>(key_name);
  const auto look_at_some = [this, search, skip, count, then] {
    if (!search->step(rooms_.keys, rooms_.loop.now().wall)) return false;
    KeyPage page{{}, search->matching()};
    for (const KeyRef& key : search->page(skip, count)) page.rows.push_back(*key);
    then(std::move(page));
    return true;
  };
  look(look_at_some, then);
}

std::optional<KeyRecord> TelegramConsole::key(const std::string& id) const {
  const KeyRef found = rooms_.keys.by_id(id);
  return found && is_valid(*found, rooms_.loop.now().wall) ? std::optional(*found) : std::nullopt;
}

std::vector<Alert> TelegramConsole::open_alerts() const {
  std::vector<Alert> found;
  const auto& all = rooms_.alerts.book().alerts();
  for (auto at = all.rbegin(); at != all.rend() && found.size() < kAlertsShown; ++at)
    if (!at->ended_at && !at->muted) found.push_back(*at);
  return found;
}

// ---------------------------------------------------------------- changing

void TelegramConsole::add_kiosk(Admin admin, const std::string& id, const std::string& title,
                                Then<IssuedSecret> then) {
  if (!is_kiosk_title(title)) return then(kBadName);
  KioskForm form;
  form.id = id;
  if (!title.empty()) form.name = title;
  rooms_.kiosks.add(actor(admin), std::move(form), issued(std::move(then)));
}

void TelegramConsole::rename_kiosk(Admin admin, const std::string& id, const std::string& title,
                                   Then<void> then) {
  if (!is_kiosk_title(title)) return then(kBadName);
  KioskForm form;
  form.name = title;
  rooms_.kiosks.change(actor(admin), id, std::move(form), then);
}

void TelegramConsole::enable_kiosk(Admin admin, const std::string& id, bool enabled, Then<void> then) {
  KioskForm form;
  form.enabled = enabled;
  rooms_.kiosks.change(actor(admin), id, std::move(form), then);
}

void TelegramConsole::renew_token(Admin admin, const std::string& id, Then<IssuedSecret> then) {
  rooms_.kiosks.renew_token(actor(admin), id, false, issued(std::move(then)));
}

void TelegramConsole::remove_kiosk(Admin admin, const std::string& id, Then<void> then) {
  rooms_.kiosks.remove(actor(admin), id, false, then);
}

void TelegramConsole::send(Admin admin, const std::string& kiosk_id, const std::string& operation,
                           const std::string& body, std::function<void(const SendOutcome&)> then) {
  const Actor who = actor(admin);
  auto noted = [this, kiosk_id, operation, body, owner = who.name, then](const Result<void>& done) {
    if (!done) return then({{}, done.error(), {}, {}});
    const auto told = [then](const Reply& reply) {
      SendOutcome outcome{reply.id, std::nullopt, std::string(view(reply.answer)), {}};
      if (reply.error) outcome.fault = Fault{*reply.error, {}};
      if (reply.answered)
        outcome.took = std::chrono::duration_cast<std::chrono::milliseconds>(*reply.answered - reply.began);
      then(outcome);
    };
    const OwnFields fields(kiosk_id, operation);
    const auto sent = rooms_.intake.submit({.headers = fields.all(), .body = body, .from = owner},
                                           person(owner), Intake::Told(told));
    if (!sent) then({{}, sent.error(), {}, {}});
  };
  // Not the body: it may hold anything.
  rooms_.registry.write_registry({who.did(rooms_.loop.now().wall, "request_sent", kiosk_id, operation)},
                                 std::move(noted));
}

void TelegramConsole::resolve(Admin admin, const RequestId& id, Resolution result, const std::string& note,
                              Then<void> then) {
  if (!is_resolution_note(note)) return then(kBadNote);
  rooms_.resolutions.resolve(actor(admin), id, {}, {result, note},
                             [then = std::move(then)](const Result<StoredExchange>& resolved) {
                               if (resolved) then({});
                               else then(resolved.error());
                             });
}

void TelegramConsole::add_key(Admin admin, const std::string& key_name, Scope scope, Then<IssuedSecret> then) {
  if (scope == Scope::admin) return then(Fault{ErrorCode::forbidden, {}});
  KeyForm form;
  form.name = form.owner = key_name;
  form.scopes = bit(scope);
  rooms_.key_changes.add(actor(admin), std::move(form), [then = std::move(then)](const Result<IssuedKey>& key) {
    if (!key) return then(key.error());
    then(IssuedSecret{key->record.name, key->text, key->record.expires_at});
  });
}

void TelegramConsole::revoke_key(Admin admin, const std::string& id, Then<void> then) {
  rooms_.key_changes.revoke(actor(admin), id, [then = std::move(then)](const Result<KeyRecord>& revoked) {
    if (revoked) then({});
    else then(revoked.error());
  });
}

void TelegramConsole::change_alerts(Admin admin, AlertSettings settings, const std::string& what,
                                    Then<void> then) {
  rooms_.alerts.change(actor(admin), std::move(settings), what, std::move(then));
}

void TelegramConsole::keep(const std::string& name, std::string value, Then<void> then) {
  rooms_.kept.put(name, std::move(value), std::move(then));
}

void TelegramConsole::note(std::int64_t user, const std::string& action, const std::string& detail) {
  rooms_.registry.write_registry({actor(user).did(rooms_.loop.now().wall, action, "", detail)},
                                 [](const Result<void>&) {});
}

}  // namespace kgw
