#include "store_redis/redis_journal.hpp"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "base/limits.hpp"
#include "store_redis/redis_layout.hpp"
#include "store_redis/redis_promise.hpp"
#include "store_redis/redis_rights.hpp"
#include "store_redis/redis_scripts.hpp"

namespace kgw {
namespace {

using namespace redis_layout;
using redis::Command;
using redis::Reply;

// A script call holds Redis up for as long as it runs: a few milliseconds.
constexpr std::size_t kBatchOperationsMax = 1000;
constexpr std::size_t kBatchBytesMax = 4 * 1024 * 1024;
constexpr std::size_t kLoadStep = 500;
constexpr auto kSettingsTime = std::chrono::seconds(1);  // how often Redis' settings are looked at
constexpr const char* kLost = "Redis has lost data: everything this gateway still knows is written to it again";

const char* const kSharedKeys[] = {kLease,          kMeta,           kExchanges,      kOpen,
                                   kKiosks,         kKeys,           kConnections,    kAudit,
                                   kLateBodies,     kCallbacks,      kCallbacksBy[0], kCallbacksBy[1],
                                   kCallbacksBy[2], kCallbacksBy[3], kFinals,         kUnclaimed};

std::vector<std::string> with_first(std::string first, Fields fields) {
  fields.insert(fields.begin(), std::move(first));
  return fields;
}

Fault fault_of(const Reply& error) {
  if (error.error_code() == "KGWLEASE") return Fault{ErrorCode::forbidden, "another gateway has taken over"};
  if (error.error_code() == "KGWGONE")
    return Fault{ErrorCode::store_unavailable,
                 "the lease in Redis is gone: it expired, or Redis was emptied. This gateway takes it again"};
  return redis::refused(error);
}

// Those that were written.
std::vector<Record> without(const std::vector<Record>& records, const std::vector<TakenKey>& taken) {
  std::vector<Record> left = records;
  for (auto one = taken.rbegin(); one != taken.rend(); ++one)
    left.erase(left.begin() + static_cast<std::ptrdiff_t>(one->record));
  return left;
}

// A script that is refused for one of these has not written anything (a full Redis refuses a script's first
// write, never a later one).
bool wrote_nothing(const Reply& error) {
  static constexpr std::string_view kBefore[] = {"KGWLEASE", "KGWGONE",    "OOM",        "READONLY", "MISCONF",
                                                 "NOSCRIPT", "NOREPLICAS", "MASTERDOWN", "LOADING",  "NOAUTH"};
  return std::find(std::begin(kBefore), std::end(kBefore), error.error_code()) != std::end(kBefore);
}

}  // namespace

void RedisWriterState::remember(std::vector<Record> records, std::vector<ResolvedRecord> resolved,
                                std::size_t bytes, Instant now) {
  for (const Record& record : records)
    if (const auto* const accepted = std::get_if<AcceptedRecord>(&record))
      newest = std::max(newest, accepted->id.journal_key());
  if (!records.empty() || !resolved.empty()) {
    recent.push_back({now, bytes, std::move(records), std::move(resolved)});
    recent_bytes += bytes;
  }
  forget_old(now);
}

void RedisWriterState::forget_old(Instant now) {
  while (!recent.empty() &&
         (recent.front().at + limits::kStoreRecentTime < now || recent_bytes > limits::kStoreRecentBytesMax)) {
    recent_bytes -= recent.front().bytes;
    recent.pop_front();
  }
}

void RedisWriterState::set_promise(RedisPromise promise) {
  const std::lock_guard lock(promise_mutex_);
  durability = promise.durability;
  promise_ = std::move(promise);
}

RedisPromise RedisWriterState::promise() const {
  const std::lock_guard lock(promise_mutex_);
  return promise_;
}

RedisJournal::RedisJournal(redis::Connection connection, RedisSettings settings,
                           std::shared_ptr<RedisWriterState> state)
    : connection_(std::move(connection)), settings_(std::move(settings)), state_(std::move(state)) {}

Result<std::unique_ptr<RedisJournal>> RedisJournal::open(RedisSettings settings,
                                                         std::shared_ptr<RedisWriterState> state) {
  auto connection = settings.connect();
  if (!connection)
    return Fault{connection.error().code,
                 "Redis at " + settings.url.shown() + ": " + connection.error().message};
  std::unique_ptr<RedisJournal> journal(
      new RedisJournal(std::move(*connection), std::move(settings), std::move(state)));
  if (const auto done = journal->prepare(); !done) return done.error();
  return journal;
}

Result<void> RedisJournal::prepare() {
  const bool waits = settings_.wait_replicas > 0;
  if (const auto may = check_redis_rights(connection_, state_->lease.token(), waits); !may) return may.error();
  const auto schema = connection_.run(Command{"HGET", kMeta, "schema"});
  if (!schema) return schema.error();
  if (!schema->is_null() && std::strtoll(schema->text.c_str(), nullptr, 10) > kSchema)
    return Fault{ErrorCode::store_unavailable, "this Redis holds the state of a newer kiosk-gateway (schema " +
                                                   schema->text + "): start the newer program"};
  const auto found = state_->lease.take(connection_);
  if (!found) return found.error();
  note_losses(*found);
  if (const auto done = probe(); !done) return done.error();
  // A replica that is just back may acknowledge the first write after its synchronisation only with its next
  // sign of life, up to a second later (Redis 7.0): that one is not to be a payment's.
  if (waits)
    if (const auto done = probe(); !done) return done.error();
  const auto script = connection_.run(Command{"SCRIPT", "LOAD", redis_scripts::kCommit});
  if (!script) return script.error();
  script_ = script->text;
  const auto connections = last_number(kConnections);
  if (!connections) return connections.error();
  last_connection_ = *connections;
  const auto audit = last_number(kAudit);
  if (!audit) return audit.error();
  last_audit_ = *audit;
  if (const auto done = read_kept_from(); !done) return done.error();
  if (const auto done = go_back_to_late_bodies(); !done) return done.error();
  if (const auto done = look_at_settings(); !done) return done.error();
  if (state_->lost_data) {
    if (const auto done = write_recent_again(); !done) return done.error();
    auto open = load_open();
    if (!open) return open.error();
    open_ = std::move(*open);
  }
  lost_data_ = std::exchange(state_->lost_data, false);
  return {};
}

// A write that changes nothing: it shows a Redis that is full or read-only, or has too few replicas.
Result<void> RedisJournal::probe() {
  const auto written = connection_.run(Command{"HSET", kMeta, "schema", std::to_string(kSchema)});
  if (!written) return written.error();
  if (settings_.wait_replicas == 0) return {};
  const auto waited = connection_.run(wait_command());
  if (!waited) return waited.error();
  return have_replicas(*waited);
}

Result<std::int64_t> RedisJournal::last_number(const char* stream) {
  const auto newest = connection_.run(Command{"XREVRANGE", stream, "+", "-", "COUNT", "1"});
  if (!newest) return newest.error();
  return newest->items.empty() || newest->items[0].items.empty() ? 0
                                                                 : number_of(newest->items[0].items[0].text);
}

// A Redis that knows of fewer commits than it acknowledged, or not of our lease any more, was emptied, set back
// to an earlier state, or is a replica that lagged.
void RedisJournal::note_losses(const RedisLease::Found& found) {
  if (found.commits < state_->commits || found.older) state_->lost_data = true;
  state_->commits = found.commits;
}

// What is written to a master that is not the master any more is lost.
Result<void> RedisJournal::look_at_sentinels() const {
  if (!settings_.watch || !connection_.named()) return {};
  const auto newest = settings_.watch->master();
  const redis::NamedMaster& ours = *connection_.named();
  if (!newest || newest->epoch <= ours.epoch || newest->address == ours.address) return {};
  return Fault{ErrorCode::store_unavailable, "the sentinels name another master: " + newest->address.host +
                                                 ":" + std::to_string(newest->address.port)};
}

// Nobody writes anything: that it is still there with all that it was given is looked at all the same.
Result<void> RedisJournal::look_after() {
  if (auto ours = look_at_sentinels(); !ours) return ours;
  const auto found = state_->lease.take(connection_);
  if (!found) return found.error();
  note_losses(*found);
  if (state_->lost_data) return Fault{ErrorCode::store_unavailable, kLost};
  return look_at_settings_again();
}

Result<void> RedisJournal::look_at_settings() {
  const auto named = settings_.watch ? settings_.watch->master() : connection_.named();
  auto promise = redis_promise(connection_, settings_.wait_replicas, named ? named->replicas : 0);
  if (!promise) return promise.error();
  const auto certificate = connection_.certificate_ends();
  state_->certificate_ends = certificate ? to_ms(*certificate) : 0;
  if (state_->promise().weakness != promise->weakness) new_weakness_ = promise->weakness;
  state_->set_promise(std::move(*promise));
  settings_due_ = state_->lease.now() + kSettingsTime;
  return write_told_mark();
}

// An operator may change them, and replicas come and go, while we are connected.
Result<void> RedisJournal::look_at_settings_again() {
  return state_->lease.now() < settings_due_ ? Result<void>() : look_at_settings();
}

// ---------------------------------------------------------------- a start

Result<StoreImage> RedisJournal::load() {
  StoreImage image;
  const auto hashes_of = [this](const char* set, auto key_name, auto take) -> Result<void> {
    auto ids = connection_.run(Command{"SMEMBERS", set});
    if (!ids) return ids.error();
    std::sort(ids->items.begin(), ids->items.end(),
              [](const Reply& a, const Reply& b) { return a.text < b.text; });
    for (std::size_t at = 0; at < ids->items.size(); at += kLoadStep) {
      std::vector<Command> commands;
      for (std::size_t i = at; i < std::min(at + kLoadStep, ids->items.size()); ++i)
        commands.push_back({"HGETALL", key_name(ids->items[i].text)});
      const auto replies = connection_.run(commands);
      if (!replies) return replies.error();
      for (const Reply& reply : *replies) {
        if (reply.is_error()) return fault_of(reply);
        take(reply);
      }
    }
    return {};
  };
  const auto kiosks = hashes_of(kKiosks, kiosk_key, [&image](const Reply& hash) {
    if (auto kiosk = redis_layout::kiosk_of(hash)) image.kiosks.push_back(std::move(*kiosk));
  });
  if (!kiosks) return kiosks.error();
  const auto keys = hashes_of(kKeys, api_key_key, [&image](const Reply& hash) {
    if (auto key = key_of(hash)) image.keys.push_back(std::move(*key));
  });
  if (!keys) return keys.error();

  const auto settings = connection_.run(Command{"HGETALL", kSettings});
  if (!settings) return settings.error();
  image.settings = settings_of(*settings);

  auto open = load_open();
  if (!open) return open.error();
  image.open = std::move(*open);
  if (const auto listed = list_untold(); !listed) return listed.error();
  auto unclaimed = load_unclaimed();
  if (!unclaimed) return unclaimed.error();
  image.unclaimed = std::move(*unclaimed);
  const auto last = connection_.run(Command{"HGET", kMeta, "last"});
  if (!last) return last.error();
  if (const auto id = RequestId::parse(request_of(last->text))) image.last_journal_key = id->journal_key();
  return image;
}

// ---------------------------------------------------------------- writing

void RedisJournal::add(Batch& batch, const char* operation, std::string key,
                       std::vector<std::string> arguments) const {
  if (batch.keys.empty()) {
    batch.keys.assign(std::begin(kSharedKeys), std::end(kSharedKeys));
    batch.arguments = {state_->lease.token(), std::to_string(RedisLease::kLeaseTime.count())};
  }
  for (const std::string& argument : arguments) batch.bytes += argument.size();
  ++batch.operations;
  batch.keys.push_back(std::move(key));
  batch.arguments.emplace_back(operation);
  batch.arguments.push_back(std::to_string(arguments.size()));
  std::move(arguments.begin(), arguments.end(), std::back_inserter(batch.arguments));
}

// The key of an exchange needs its kiosk, which only its acceptance says; the others find it in `kiosk_id`.
void RedisJournal::add(Batch& batch, const AcceptedRecord& record) {
  const std::string member = member_of(record.id, record.order->kiosk_id);
  const std::string moved = record.moved ? "moved" : "";
  if (const auto& claim = record.order->claim) {
    add(batch, "X", claim_key(claim->key), {claim_text(*claim, member), moved});
    batch.claims.push_back({&record, false});
  }
  if (const auto& order = record.order->order_claim) {
    add(batch, "O", order_key(*order), {member, moved});
    batch.claims.push_back({&record, true});
  }
  auto arguments =
      with_first(record.dispatched ? std::to_string(to_ms(record.accepted_at)) : "", fields_of(record));
  add(batch, "A", exchange_key(record.order->kiosk_id, record.id.text()),
      with_first(member, std::move(arguments)));
}

void RedisJournal::add(Batch& batch, const Record& record) {
  if (const auto* const accepted = std::get_if<AcceptedRecord>(&record)) {
    add(batch, *accepted);
  } else if (const auto* const dispatched = std::get_if<DispatchedRecord>(&record)) {
    add(batch, "D", exchange_key(dispatched->kiosk_id, dispatched->id.text()),
        {std::to_string(to_ms(dispatched->dispatched_at)),
         std::to_string(static_cast<std::uint64_t>(dispatched->session))});
  } else if (const auto* const answered = std::get_if<AnsweredRecord>(&record)) {
    const std::string member = member_of(answered->id, answered->kiosk_id);
    add(batch, "N", exchange_key(answered->kiosk_id, answered->id.text()),
        with_first(member, fields_of(*answered)));
    if (answered->callback)
      owe(batch, answered->id, answered->kiosk_id, callback_number(answered->late), answered->answered_at);
    // As long as nobody knows what happened, the key is kept.
    if (answered->key && answered->outcome != Outcome::unknown)
      add(batch, "T", claim_key(*answered->key), {member, std::to_string(settings_.keep_keys.count())});
    if (answered->order_claim) settle_order(batch, *answered->order_claim, member, fate_of(answered->result));
  } else if (const auto* const ended = std::get_if<EndedRecord>(&record)) {
    const std::string member = member_of(ended->id, ended->kiosk_id);
    add(batch, "E", exchange_key(ended->kiosk_id, ended->id.text()),
        {member, std::to_string(static_cast<int>(ended->state)), std::to_string(to_ms(ended->ended_at)),
         std::string(info(ended->why).name)});
    if (ended->callback) owe(batch, ended->id, ended->kiosk_id, callback_number(false), ended->ended_at);
    if (ended->key && ended->state != State::timed_out) add(batch, "F", claim_key(*ended->key), {member});
    if (ended->order_claim && ended->state != State::timed_out)
      settle_order(batch, *ended->order_claim, member, OrderFate::free);
  }
}

void RedisJournal::add(Batch& batch, const RegistryChange& change) {
  if (const auto* const kiosk = std::get_if<KioskRecord>(&change)) {
    add(batch, "K", kiosk_key(kiosk->id), with_first(kiosk->id, fields_of(*kiosk)));
  } else if (const auto* const removed = std::get_if<KioskRemovedRecord>(&change)) {
    add(batch, "R", kiosk_key(removed->id), {removed->id});
  } else if (const auto* const key = std::get_if<KeyRecord>(&change)) {
    add(batch, "Y", api_key_key(key->id), with_first(key->id, fields_of(*key)));
  } else if (const auto* const setting = std::get_if<SettingRecord>(&change)) {
    add(batch, "S", kSettings, {setting->name, setting->value});
  } else if (const auto* const resolved = std::get_if<ResolvedRecord>(&change)) {
    const std::string member = member_of(resolved->id, resolved->kiosk_id);
    add(batch, "V", exchange_key(resolved->kiosk_id, resolved->id.text()),
        with_first(member, fields_of(*resolved)));
    if (resolved->key)
      add(batch, "T", claim_key(*resolved->key), {member, std::to_string(settings_.keep_keys.count())});
    if (resolved->order_claim)
      settle_order(batch, *resolved->order_claim, member,
                   resolved->what.result == Resolution::done ? OrderFate::paid : OrderFate::free, true);
  } else if (const auto* const callback = std::get_if<CallbackRecord>(&change)) {
    add(batch, *callback);
  } else if (const auto* const unclaimed = std::get_if<UnclaimedRecord>(&change)) {
    add(batch, "L", exchange_key(unclaimed->kiosk_id, unclaimed->id.text()),
        {member_of(unclaimed->id, unclaimed->kiosk_id), std::to_string(to_ms(unclaimed->at))});
  } else if (const auto* const claimed = std::get_if<ClaimedRecord>(&change)) {
    add(batch, "M", exchange_key(claimed->kiosk_id, claimed->id.text()),
        {member_of(claimed->id, claimed->kiosk_id), std::to_string(to_ms(claimed->at)),
         std::to_string(static_cast<int>(claimed->how))});
  } else if (const auto* const line = std::get_if<AuditRecord>(&change)) {
    last_audit_ = std::max(last_audit_ + 1, std::max<std::int64_t>(to_ms(line->at), 0) << 12);
    add(batch, "U", kAudit, with_first(stream_id(last_audit_), fields_of(*line)));
  }
}

void RedisJournal::add(Batch& batch, const ConnectionRecord& record) {
  last_connection_ = std::max(last_connection_ + 1, std::max<std::int64_t>(to_ms(record.at), 0) << 12);
  const auto keep = std::chrono::duration_cast<Milliseconds>(limits::kConnectionRowsTime);
  auto arguments = with_first(std::to_string(keep.count()), fields_of(record));
  add(batch, "C", connections_key(record.kiosk_id),
      with_first(stream_id(last_connection_), std::move(arguments)));
}

void RedisJournal::finish(Batch& batch, Calls& calls) const {
  if (batch.operations == 0) return;
  Command command{"EVALSHA", script_, std::to_string(batch.keys.size())};
  std::move(batch.keys.begin(), batch.keys.end(), std::back_inserter(command));
  std::move(batch.arguments.begin(), batch.arguments.end(), std::back_inserter(command));
  calls.commands.push_back(std::move(command));
  calls.claims.push_back(std::move(batch.claims));
  batch = {};
}

template <class Rows>
void RedisJournal::add_all(const Rows& rows, Batch& batch, Calls& calls) {
  for (const auto& row : rows) {
    if (batch.operations >= kBatchOperationsMax || batch.bytes >= kBatchBytesMax) finish(batch, calls);
    add(batch, row);
  }
}

// What operators change stays in one script call, so that it is there with its line of the audit trail or not
// at all; behind the records, as it may be about their exchanges.
Result<std::vector<TakenKey>> RedisJournal::write(const JournalWork& work, Instant now) {
  Calls calls;
  Batch batch;
  add_all(work.records, batch, calls);
  if (batch.operations + work.registry.size() > kBatchOperationsMax) finish(batch, calls);
  for (const RegistryChange& change : work.registry) add(batch, change);
  add_all(work.connections, batch, calls);
  finish(batch, calls);
  std::size_t bytes = 0;
  for (const Command& command : calls.commands)
    for (const std::string& word : command) bytes += word.size();
  const auto sent = send(std::move(calls));
  if (!sent) return sent.error();
  if (sent->missing > 0) {
    state_->lost_data = true;
    return Fault{ErrorCode::store_unavailable, kLost};
  }
  std::vector<TakenKey> taken;
  std::size_t at = 0;
  for (const auto& [accepted, verdict] : sent->taken) {
    while (std::get_if<AcceptedRecord>(&work.records[at]) != accepted) ++at;
    taken.push_back({at, verdict});
  }
  std::vector<ResolvedRecord> resolved;
  for (const RegistryChange& change : work.registry)
    if (const auto* const one = std::get_if<ResolvedRecord>(&change)) resolved.push_back(*one);
  state_->remember(without(work.records, taken), std::move(resolved), bytes, now);
  return taken;
}

// Each is safe to write twice; what Redis has kept stays as it is.
Result<void> RedisJournal::write_recent_again() {
  state_->forget_old(state_->lease.now());
  Calls calls;
  Batch batch;
  for (const RedisWriterState::Recent& recent : state_->recent) {
    add_all(recent.records, batch, calls);
    add_all(recent.resolved, batch, calls);
  }
  finish(batch, calls);
  const auto sent = send(std::move(calls));  // missing: of what is older than what is kept here
  return sent ? Result<void>() : sent.error();
}

Command RedisJournal::wait_command() const {
  return {"WAIT", std::to_string(settings_.wait_replicas),
          std::to_string(settings_.limits.command.count() / 2)};
}

Result<void> RedisJournal::have_replicas(const Reply& waited) const {
  if (waited.kind == Reply::Kind::integer && waited.integer >= settings_.wait_replicas) return {};
  return Fault{ErrorCode::store_unavailable, "only " + std::to_string(waited.integer) + " of " +
                                                 std::to_string(settings_.wait_replicas) +
                                                 " replicas of Redis keep up (REDIS_WAIT_REPLICAS)"};
}

Result<RedisJournal::Sent> RedisJournal::send(Calls calls) {
  std::vector<Command>& commands = calls.commands;
  if (commands.empty()) return Sent{};
  const auto ours = look_at_sentinels();
  unwritten_ = !ours || connection_.closed();
  if (!ours) return ours.error();
  if (unwritten_) return Fault{ErrorCode::store_unavailable, "Redis: it closed the connection"};
  const std::size_t scripts = commands.size();
  const bool waits = settings_.wait_replicas > 0;
  if (waits) commands.push_back(wait_command());
  const Instant sent = state_->lease.now();
  const auto replies = connection_.run(commands);
  if (!replies) return replies.error();
  if (const Reply* const error = redis::first_error(*replies)) {
    unwritten_ = std::all_of(replies->begin(), replies->begin() + static_cast<std::ptrdiff_t>(scripts),
                             [](const Reply& reply) { return wrote_nothing(reply); });
    const Fault why = fault_of(*error);
    if (why.code == ErrorCode::forbidden) state_->lease.lost();
    return why;
  }
  Sent done;
  for (std::size_t i = 0; i < scripts; ++i) {
    const Reply& reply = (*replies)[i];
    read_taken(reply, calls.claims[i], done);
    const std::int64_t number = reply.items.size() < 2 ? 0 : reply.items[0].integer;
    // It was emptied, or set back, since the last one: this commit is there, others are not.
    if (number <= state_->commits) {
      state_->lost_data = true;
      state_->commits = number;
      return Fault{ErrorCode::store_unavailable, number > 0 ? kLost : "Redis gave an unexpected answer"};
    }
    state_->commits = number;
  }
  state_->lease.renewed(sent);
  if (waits)
    if (auto enough = have_replicas(replies->back()); !enough) return enough.error();
  return done;
}

Result<std::uint64_t> RedisJournal::used_bytes() {
  const auto memory = connection_.run(Command{"INFO", "memory"});
  if (!memory) return memory.error();
  static constexpr std::string_view kName = "used_memory:";
  const std::size_t at = memory->text.find(kName);
  return at == std::string::npos ? 0 : std::strtoull(memory->text.c_str() + at + kName.size(), nullptr, 10);
}

}  // namespace kgw
