#include "store_sqlite/sqlite_journal.hpp"

#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <iterator>
#include <string_view>

#include "base/limits.hpp"
#include "sqlite/migrations.hpp"
#include "store/forgotten.hpp"
#include "store_sqlite/callback_sql.hpp"
#include "store_sqlite/exchange_columns.hpp"
#include "store_sqlite/journal_reader.hpp"
#include "store_sqlite/journal_schema.hpp"
#include "store_sqlite/unfinished_backups.hpp"

namespace kgw {
namespace {

using sqlite::Blob;
using sqlite::Database;
using sqlite::Transaction;

constexpr int kLogPagesMax = 1000;
constexpr std::int64_t kPageBytes = 4096;
constexpr std::int64_t kProbeBytes = 64 * kPageBytes;
// So often at most the mark from where a start looks is written along with a commit.
constexpr auto kMarkTime = std::chrono::seconds(1);
// So often at most a commit looks whether the files are still where they were: two calls of the system.
constexpr Milliseconds kPlaceTime{100};

// A step of a copy: tens of microseconds beside a commit, some hundreds when there is nothing to do.
constexpr int kCopyPagesBusy = 16;
constexpr int kCopyPages = 128;
constexpr std::int64_t kCopyLeavesBytes = 200'000'000;  // for the journal to go on

Blob blob(const RequestId& id) {
  return {std::string_view(reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size())};
}
Blob blob(const TokenDigest& digest) {
  return {std::string_view(reinterpret_cast<const char*>(digest.data()), digest.size())};
}

std::int64_t number(SessionId session) { return std::bit_cast<std::int64_t>(session); }

std::optional<Blob> kept(const SharedBytes& bytes) {
  if (!bytes) return std::nullopt;
  return Blob{*bytes};
}

constexpr const char* kClaimSql =
    "INSERT INTO unclaimed(id, at, claimed_at, how) VALUES(?1, ?2, ?2, ?3) ON CONFLICT(id) DO UPDATE "
    "SET claimed_at = ?2, how = ?3 WHERE claimed_at IS NULL";

std::optional<std::int64_t> ms(const std::optional<WallTime>& at) {
  if (!at) return std::nullopt;
  return to_ms(*at);
}

// In the order of SqliteJournal::Query.
constexpr const char* kSql[] = {
    "INSERT OR IGNORE INTO accepted(id, request_id, kiosk, operation, order_id, accepted_at, deadline_at, "
    "session, owner, envelope) "
    "VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    "INSERT OR IGNORE INTO answered(seq, id, answered_at, late, valid, outcome, response) VALUES(?, ?, ?, ?, "
    "?, "
    "?, ?)",
    "INSERT OR IGNORE INTO ended(seq, id, state, at, session, why) VALUES(?, ?, ?, ?, ?, ?)",
    "INSERT OR REPLACE INTO kiosks(id, title, enabled, max_in_flight, token_digest, created_at, "
    "token_expires_at, token_issued_at) "
    "VALUES(?, ?, ?, ?, ?, ?, ?, ?)",
    "DELETE FROM kiosks WHERE id = ?",
    "INSERT OR REPLACE INTO keys(id, name, owner, scopes, kiosks, rate, digest, created_at, expires_at, "
    "revoked_at) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    "INSERT INTO audit(at, actor, via, address, action, target, detail) VALUES(?, ?, ?, ?, ?, ?, ?)",
    "INSERT OR REPLACE INTO settings(name, value) VALUES(?, ?)",
    "INSERT OR IGNORE INTO resolved(id, at, result, note, actor) VALUES(?, ?, ?, ?, ?)",
    "INSERT INTO connections(kiosk, at, up, address, reason) VALUES(?, ?, ?, ?, ?)",
    "INSERT OR REPLACE INTO meta(name, value) VALUES(?, ?)",
    "SELECT value FROM meta WHERE name = ?",
    "PRAGMA page_count",
    "PRAGMA freelist_count",
    "SELECT seq, id, answered_at, outcome <> 2, " KGW_OWES("answered.id") " FROM answered WHERE seq >= ? ORDER BY seq LIMIT ?",
    // A timed-out one is of unknown outcome; one that was answered after all is found among the answers.
    "SELECT e.seq, e.id, e.at, e.state IN (4, 5) AND r.id IS NULL "
    "AND e.seq = (SELECT min(seq) FROM ended WHERE id = e.id AND state IN (3, 4, 5)), " KGW_OWES("e.id") " "
    "FROM ended e LEFT JOIN answered r ON r.id = e.id WHERE e.seq >= ? ORDER BY e.seq LIMIT ?",
    // What was answered after all is found among the answers, when that says what happened.
    "SELECT v.seq, v.id, v.at, ifnull(r.outcome, 2) = 2, " KGW_OWES("v.id") " FROM resolved v LEFT JOIN answered r ON r.id = v.id "
    "WHERE v.seq >= ? ORDER BY v.seq LIMIT ?",
    "SELECT seq, answered_at FROM answered WHERE seq >= ? ORDER BY seq LIMIT 1",
    "SELECT seq, at FROM ended WHERE seq >= ? ORDER BY seq LIMIT 1",
    "SELECT seq, at FROM resolved WHERE seq >= ? ORDER BY seq LIMIT 1",
    "UPDATE accepted SET body = NULL, envelope = NULL WHERE id = ? AND (envelope IS NOT NULL OR body IS NOT "
    "NULL)",
    "UPDATE answered SET response = NULL WHERE id = ? AND response IS NOT NULL",
    "DELETE FROM accepted WHERE id = ?",
    "DELETE FROM answered WHERE id = ?",
    "DELETE FROM ended WHERE id = ?",
    "DELETE FROM resolved WHERE id = ?",
    "DELETE FROM connections WHERE seq IN (SELECT seq FROM connections ORDER BY seq LIMIT ?) "
    "AND (at < ? OR seq <= (SELECT max(seq) FROM connections) - ?)",
    "DELETE FROM audit WHERE seq IN (SELECT seq FROM audit ORDER BY seq LIMIT ?) AND at < ?",
    "SELECT id, kiosk, order_id FROM accepted WHERE id > ? AND id < ? ORDER BY id LIMIT ?",
    "SELECT id, state FROM ended WHERE id > ? AND id <= ? AND state IN (3, 4, 5)",
    "SELECT id FROM answered WHERE id > ? AND id <= ? AND outcome <> 1",
    "INSERT OR REPLACE INTO term_runs(first, last, size, terms) VALUES(?, ?, ?, ?)",
    "DELETE FROM term_runs WHERE first = ?",
    "DELETE FROM term_runs WHERE last >= ?",
    "SELECT first, last, size FROM term_runs WHERE first > ? AND last < ? ORDER BY first LIMIT ?",
    "SELECT count(*) FROM (SELECT 1 FROM accepted WHERE id BETWEEN ? AND ? LIMIT ?)",
    "INSERT OR IGNORE INTO claims(id, key, request) VALUES(?, ?, ?)",
    "SELECT c.key, c.request, a.request_id FROM claims c LEFT JOIN accepted a ON a.id = c.id WHERE c.id = ?",
    "DELETE FROM claims WHERE id = ?",
    // An outcome that nobody knows keeps its key until somebody resolves it; what is gone needs none.
    "SELECT c.id, a.id IS NULL OR (r.outcome <> 2 AND r.answered_at < ?3) OR "
    "(ifnull(r.outcome, 2) = 2 AND v.at < ?3) FROM claims c "
    "LEFT JOIN accepted a ON a.id = c.id LEFT JOIN answered r ON r.id = c.id "
    "LEFT JOIN resolved v ON v.id = c.id "
    "WHERE c.id > ?1 AND c.id < ?2 ORDER BY c.id LIMIT ?4",
    // Not anew by one that is written again: what somebody said of it has settled its order.
    "INSERT OR IGNORE INTO order_claims(id, order_key, fate) SELECT ?1, ?2, ?3 "
    "WHERE NOT EXISTS (SELECT 1 FROM resolved WHERE id = ?1)",
    "SELECT c.order_key, c.fate, a.request_id FROM order_claims c LEFT JOIN accepted a ON a.id = c.id "
    "WHERE c.id = ?",
    "UPDATE order_claims SET fate = ?2, settled_at = ?3 WHERE id = ?1",
    "DELETE FROM order_claims WHERE id = ?",
    "UPDATE order_claims SET fate = ?2, settled_at = ?3 WHERE id = ?1 AND fate = ?4",
    "DELETE FROM order_claims WHERE id = ? AND fate = ?",
    "SELECT id, settled_at IS NOT NULL AND settled_at < ?3 FROM order_claims "
    "WHERE id > ?1 AND id < ?2 ORDER BY id LIMIT ?4",
    kOweSql, kCallbackSql, kDropCallbacksSql, kCallbackUrlSql, kDropCallbackUrlSql,
    kPassBySql, kLateOwesSql, kLateOverSql, kDropLateSql,
    "INSERT OR IGNORE INTO unclaimed(id, at) VALUES(?, ?)",
    kClaimSql,
    "DELETE FROM unclaimed WHERE id = ?",
};

}  // namespace

Result<SqliteJournal> SqliteJournal::open(const std::filesystem::path& file,
                                          std::shared_ptr<JournalPlace> place, const Opening& how) {
  Result<Database> db = open_journal(file, how.vfs);
  if (!db) return db.error();
  SqliteJournal journal;
  journal.place_ = std::move(place);
  journal.db_ = std::move(*db);
  journal.run_rows_ = how.run_rows;
  if (how.look_through) {
    const auto damage = journal.db_.find_damage(false);
    if (!damage) return damage.error();
    if (!damage->empty()) return Fault{ErrorCode::store_unavailable, damage_sentence(file, *damage)};
  }
  // Not emptied: a log of no bytes shall always mean that one is missing (store_sqlite/journal_files).
  if (auto done = journal.db_.checkpoint(Database::Checkpoint::whole); !done) return done.error();
  if (auto done = sqlite::migrate(journal.db_, file.string(), journal_migrations()); !done) return done.error();
  if (auto done = journal.prepare(); !done) return done.error();
  const auto found = journal.position();
  if (!found) return found.error();
  if (auto done = journal.place_->accept(*found); !done) return done.error();
  if (auto done = journal.probe(how); !done) return done.error();
  if (auto done = journal.rebuild_open_keys(); !done) return done.error();
  if (auto done = journal.read_sweep_marks(how); !done) return done.error();
  if (auto done = journal.read_index_mark(); !done) return done.error();
  if (auto done = journal.open_claims(how.claim_rows); !done) return done.error();
  const auto ends = journal.meta(kMetaLastEnd);
  if (!ends) return ends.error();
  journal.last_end_ = std::max({*ends, found->answered, found->ended});
  const auto told = journal.meta(kMetaToldTo);
  if (!told) return told.error();
  journal.told_to_ = *told;
  journal.told_ = {*told, *told};
  journal.opened_at_ = how.now;
  journal.place_->settle();
  return journal;
}

Result<void> SqliteJournal::prepare() {
  static_assert(std::size(kSql) == kQueries);
  for (std::size_t i = 0; i < kQueries; ++i) {
    Result<sqlite::Statement> statement = db_.prepare(kSql[i]);
    if (!statement) return statement.error();
    queries_[i] = std::move(*statement);
  }
  return {};
}

// Large enough that a disk with a few free bytes doesn't pass and fail again at the next commit.
Result<void> SqliteJournal::probe(const Opening& how) {
  const std::string large = "INSERT OR REPLACE INTO meta(name, value) VALUES('" + std::string(kMetaProbe) +
                            "', zeroblob(" + std::to_string(kProbeBytes) + "))";
  if (auto done = db_.exec(large.c_str()); !done) return done;
  Result<Transaction> transaction = Transaction::begin(db_);
  if (!transaction) return transaction.error();
  for (const char* const name : {kMetaProbe, kMetaRunning})
    if (auto done = set_meta(name, to_ms(how.now)); !done) return done;
  if (auto done = set_meta(kMetaBoot, how.boot); !done) return done;
  if (auto done = transaction->commit(); !done) return done;
  return db_.checkpoint(Database::Checkpoint::passive);
}

Result<JournalPosition> SqliteJournal::position() {
  JournalPosition at;
  const auto opened = meta(kMetaRunning);
  if (!opened) return opened.error();
  at.opened = *opened;
  for (const auto& [sql, value] : {std::pair("SELECT max(id) FROM accepted", &at.accepted),
                                   std::pair("SELECT max(seq) FROM answered", &at.answered),
                                   std::pair("SELECT max(seq) FROM ended", &at.ended)}) {
    const auto last = db_.integer(sql);
    if (!last) return last.error();
    *value = last->value_or(0);
  }
  return at;
}

Result<void> SqliteJournal::check_place() {
  const auto checked = place_->check();
  if (checked) return {};
  // While the files are still open: what only a log holds that has no name any more must not go with it.
  (void)db_.checkpoint(Database::Checkpoint::passive);
  const auto at = position();
  place_->leave(at ? std::optional(*at) : std::nullopt);
  return checked.error();
}

// The mark is exact, whatever the clock did and however long the gateway was down: it is written in the same
// commit as any record that lowers it, and otherwise only lags behind.
Result<void> SqliteJournal::rebuild_open_keys() {
  const auto from = meta(kMetaWatermark);
  if (!from) return from.error();
  const auto last = db_.integer("SELECT max(id) FROM accepted");
  if (!last) return last.error();
  open_from_ = *from;
  last_key_ = std::max(last->value_or(0), open_from_ - 1);
  const auto open = load_open(db_, open_from_);
  if (!open) return open.error();
  open_.clear();
  for (const StoredExchange& x : *open) open_.insert(x.id.journal_key());
  return {};
}

// A new journal, one of an older version, and one of which a part is missing, don't know what there was before:
// "not found" is sure from now on.
Result<void> SqliteJournal::read_sweep_marks(const Opening& how) {
  for (const Marks marks : {kAnsweredMarks, kEndedMarks, kResolvedMarks}) {
    const auto mark = meta(kMetaBodies[marks]);
    if (!mark) return mark.error();
    bodies_marks_[marks] = *mark;
    if (const auto done = follow_numbers(marks, bodies_marks_[marks]); !done) return done.error();
  }
  const auto vacuum = db_.integer("PRAGMA auto_vacuum");
  if (!vacuum) return vacuum.error();
  gives_space_back_ = vacuum->value_or(0) == 2;
  const auto kept = meta(kMetaKeptFrom);
  if (!kept) return kept.error();
  const bool sure = *kept != 0 && !how.part_is_missing;
  keep_from(sure ? *kept : std::max({*kept, key_at(how.now), last_key_ + 1}));
  return sure ? Result<void>() : set_meta(kMetaKeptFrom, kept_from());
}

Result<std::optional<WallTime>> SqliteJournal::swept_by() {
  const auto time = meta(kMetaSweptBy);
  if (!time) return time.error();
  return *time == 0 ? std::nullopt : std::optional(wall_from_ms(*time));
}

Result<void> SqliteJournal::keep_swept_by(WallTime time) { return set_meta(kMetaSweptBy, to_ms(time)); }

Result<StoreImage> SqliteJournal::load() {
  auto kiosks = load_kiosks(db_);
  if (!kiosks) return kiosks.error();
  auto keys = load_keys(db_);
  if (!keys) return keys.error();
  auto settings = load_settings(db_);
  if (!settings) return settings.error();
  auto open = load_open(db_, open_from_);
  if (!open) return open.error();
  if (const auto listed = list_untold(); !listed) return listed.error();
  auto unclaimed = load_unclaimed();
  if (!unclaimed) return unclaimed.error();
  return StoreImage{std::move(*kiosks), std::move(*keys),      std::move(*settings),
                    std::move(*open),   std::move(*unclaimed), last_key_};
}

Result<std::vector<TakenKey>> SqliteJournal::write(const JournalWork& work, Instant now) {
  std::vector<TakenKey> taken;
  Result<Transaction> transaction = Transaction::begin(db_);
  if (!transaction) return transaction.error();
  const auto put = [this](const auto& record) { return apply(record); };
  for (std::size_t i = 0; i < work.records.size(); ++i) {
    const auto* const accepted = std::get_if<AcceptedRecord>(&work.records[i]);
    if (accepted && accepted->order->claims()) {
      const auto verdict = claim(*accepted);
      if (!verdict) return verdict.error();
      if (verdict->claim != Claim::fresh) {
        taken.push_back({i, *verdict});
        continue;
      }
    }
    if (auto done = std::visit(put, work.records[i]); !done) return done.error();
  }
  for (const RegistryChange& change : work.registry)
    if (auto done = std::visit(put, change); !done) return done.error();
  for (const ConnectionRecord& record : work.connections)
    if (auto done = apply(record); !done) return done.error();
  if (!work.records.empty()) {
    if (auto done = keys_.end_commit(); !done) return done.error();
    if (auto done = orders_.end_commit(); !done) return done.error();
    if (auto done = write_marks(now); !done) return done.error();
    if (auto done = write_told_mark(now); !done) return done.error();
  }
  if (auto done = transaction->commit(); !done) return done.error();
  if (place_checked_at_ && now - *place_checked_at_ < kPlaceTime) return taken;
  place_checked_at_ = now;
  if (auto done = check_place(); !done) return done.error();
  return taken;
}

Result<void> SqliteJournal::apply(const AcceptedRecord& r) {
  const std::int64_t key = r.id.journal_key();
  using Text = std::optional<std::string_view>;
  const auto session = r.dispatched ? std::optional(number(r.session)) : std::nullopt;
  const auto envelope = r.envelope ? std::optional(Blob{*r.envelope.text}) : std::nullopt;
  const Order& order = *r.order;
  const Text order_id = order.order_id.empty() ? Text() : Text(order.order_id);
  const Text owner = order.owner.empty() ? Text() : Text(order.owner);
  if (!order.callback_url.empty())
    if (auto done = queries_[kCallbackUrl].run(key, order.callback_url); !done) return done;
  if (auto done = queries_[kAccepted].run(key, blob(r.id), order.kiosk_id, order.operation, order_id,
                                          to_ms(r.accepted_at), to_ms(r.deadline_at), session, owner, envelope);
      !done)
    return done;
  if (db_.changes() != 0) {
    open_.insert(key);
    last_key_ = std::max(last_key_, key);
    return key > gathered_to_ ? Result<void>() : take_index_back(key);
  }
  // It is there already, from a commit whose outcome was not known. There it may have had to wait, now it
  // leaves.
  return r.dispatched ? apply(DispatchedRecord{r.id, r.accepted_at, r.session}) : Result<void>();
}

Result<void> SqliteJournal::apply(const DispatchedRecord& r) {
  return queries_[kEnded].run(++last_end_, r.id.journal_key(), static_cast<std::int64_t>(State::dispatched),
                              to_ms(r.dispatched_at), number(r.session), std::nullopt);
}

Result<void> SqliteJournal::apply(const AnsweredRecord& r) {
  const std::int64_t key = r.id.journal_key();
  open_.erase(key);
  if (r.callback)
    if (auto done = owe(r.id, callback_number(r.late), r.answered_at); !done) return done;
  if (auto done = queries_[kAnswered].run(++last_end_, key, to_ms(r.answered_at), r.late,
                                          valid_column(r.valid, r.result), static_cast<std::int64_t>(r.outcome),
                                          kept(r.response));
      !done || !r.order_claim || db_.changes() == 0)
    return done;
  return settle_order(r.id, fate_of(r.result), r.answered_at);
}

Result<void> SqliteJournal::apply(const EndedRecord& r) {
  // What was surely never executed uses neither its key nor its order up.
  if (r.key && r.state != State::timed_out)
    if (auto done = free_claim(r.id); !done) return done;
  if (r.order_claim && r.state != State::timed_out)
    if (auto done = settle_order(r.id, OrderFate::free, r.ended_at); !done) return done;
  const std::int64_t key = r.id.journal_key();
  if (r.callback)
    if (auto done = owe(r.id, callback_number(false), r.ended_at); !done) return done;
  open_.erase(key);
  return queries_[kEnded].run(++last_end_, key, static_cast<std::int64_t>(r.state), to_ms(r.ended_at),
                              std::nullopt, info(r.why).name);
}

Result<void> SqliteJournal::apply(const KioskRecord& r) {
  return queries_[kKiosk].run(r.id, r.title, r.enabled, std::int64_t{r.max_in_flight}, blob(r.token_digest),
                              to_ms(r.created_at), to_ms(r.token_expires_at), ms(r.token_issued_at));
}

Result<void> SqliteJournal::apply(const KioskRemovedRecord& r) { return queries_[kKioskRemoved].run(r.id); }

Result<void> SqliteJournal::apply(const KeyRecord& r) {
  std::string kiosks;
  for (const std::string& pattern : r.kiosks) kiosks.append(kiosks.empty() ? "" : " ").append(pattern);
  return queries_[kKey].run(r.id, r.name, r.owner, std::int64_t{r.scopes}, kiosks,
                            std::int64_t{r.rate_per_second}, blob(r.digest), to_ms(r.created_at),
                            ms(r.expires_at), ms(r.revoked_at));
}

Result<void> SqliteJournal::apply(const AuditRecord& r) {
  return queries_[kAudit].run(to_ms(r.at), r.actor, r.via, r.address, r.action, r.target, r.detail);
}

Result<void> SqliteJournal::apply(const SettingRecord& r) { return queries_[kSetting].run(r.name, r.value); }

Result<void> SqliteJournal::apply(const ResolvedRecord& r) {
  if (auto done = queries_[kResolve].run(r.id.journal_key(), to_ms(r.what.at),
                                         static_cast<std::int64_t>(r.what.result), r.what.note, r.what.by);
      !done)
    return done;
  return resolve_order(r.id, r.what);
}

Result<void> SqliteJournal::apply(const ConnectionRecord& r) {
  return queries_[kConnection].run(r.kiosk_id, to_ms(r.at), r.up, r.address, r.reason);
}

// In the commit's own transaction: a mark that has to go down must go down with the record that needs it.
Result<void> SqliteJournal::write_marks(Instant now) {
  const std::int64_t from = open_.lowest().value_or(last_key_ + 1);
  if (from < open_from_ || (from > open_from_ && now - open_from_at_ >= kMarkTime)) {
    if (auto done = set_meta(kMetaWatermark, from); !done) return done;
    open_from_ = from;
    open_from_at_ = now;
  }
  return {};
}

Result<void> SqliteJournal::set_meta(const char* name, std::int64_t value) {
  return queries_[kSetMeta].run(name, value);
}

Result<std::int64_t> SqliteJournal::meta(const char* name) {
  const sqlite::Rows rows(queries_[kMeta]);
  const Result<bool> row = queries_[kMeta].with(name).next();
  if (!row) return row.error();
  return *row ? queries_[kMeta].integer(0) : std::int64_t{0};
}

Result<void> SqliteJournal::after_write() {
  return db_.log_pages() >= kLogPagesMax ? db_.checkpoint(Database::Checkpoint::passive) : Result<void>();
}

Result<std::uint64_t> SqliteJournal::used_bytes() {
  const sqlite::Rows all_rows(queries_[kPages]);
  const sqlite::Rows free_rows(queries_[kFreePages]);
  if (const auto row = queries_[kPages].next(); !row) return row.error();
  if (const auto row = queries_[kFreePages].next(); !row) return row.error();
  const std::int64_t pages = queries_[kPages].integer(0) - queries_[kFreePages].integer(0);
  return static_cast<std::uint64_t>(std::max<std::int64_t>(pages, 0) * kPageBytes);
}

Result<void> SqliteJournal::begin_copy(const std::filesystem::path& into) {
  struct statvfs disk {};
  const auto pages = db_.integer("PRAGMA page_count");
  if (!pages) return pages.error();
  const std::int64_t bytes = pages->value_or(0) * kPageBytes;
  if (::statvfs(into.parent_path().c_str(), &disk) == 0 &&
      static_cast<std::int64_t>(disk.f_bavail * disk.f_frsize) < bytes + kCopyLeavesBytes)
    return Fault{ErrorCode::store_unavailable,
                 "The disk of " + into.parent_path().string() + " has no room for a copy of " +
                     std::to_string(bytes / 1'000'000) + " MB beside the journal; free some space."};
  remove_copies(into.parent_path());
  const int fd = ::open(into.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0)
    return Fault{ErrorCode::store_unavailable, "A copy of the journal can't be created as " + into.string() +
                                                   ": " + std::strerror(errno) + "."};
  ::close(fd);
  auto begun = sqlite::Copying::begin(db_, into);
  if (!begun) return begun.error();
  copy_.emplace(std::move(*begun));
  return {};
}

Result<bool> SqliteJournal::copy_step(bool busy) {
  const auto whole = copy_->step(busy ? kCopyPagesBusy : kCopyPages);
  if (!whole || *whole) copy_.reset();
  return whole;
}

Result<void> SqliteJournal::close_cleanly() {
  copy_.reset();
  const std::int64_t from = open_.lowest().value_or(last_key_ + 1);
  if (from != open_from_)
    if (auto done = set_meta(kMetaWatermark, from); !done) return done;
  if (auto done = set_meta(kMetaToldTo, last_end_); !done) return done;
  if (auto done = set_meta(kMetaRunning, 0); !done) return done;
  if (auto done = db_.checkpoint(Database::Checkpoint::truncate); !done) return done;
  db_.tidy_log_at_close(true);
  for (sqlite::Statement& statement : queries_) statement = {};
  keys_ = {};
  orders_ = {};
  db_ = {};
  return {};
}

}  // namespace kgw
