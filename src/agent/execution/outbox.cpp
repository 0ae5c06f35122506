#include "agent/execution/outbox.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <optional>
#include <system_error>
#include <utility>

#include "base/hex.hpp"
#include "sqlite/migrations.hpp"

namespace kgw {
namespace {

constexpr unsigned kSweepEvery = 64;  // records
constexpr std::int64_t kSweptAtOnce = 500;
constexpr std::int64_t kSweptStep = 8;

// boot, deadline: agent/execution/boot_clock. message: NULL once finished: it may hold what nobody needs any
// more.
constexpr const char* kFirst = R"(
CREATE TABLE meta(name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE work(
  seq INTEGER PRIMARY KEY, request_id TEXT NOT NULL UNIQUE, dedupe_id TEXT, operation TEXT NOT NULL,
  state INTEGER NOT NULL, at INTEGER NOT NULL, boot TEXT NOT NULL, deadline INTEGER NOT NULL,
  kind INTEGER, settled_at INTEGER, message BLOB, response BLOB);
CREATE INDEX work_dedupe ON work(dedupe_id) WHERE dedupe_id IS NOT NULL;
CREATE INDEX work_unfinished ON work(seq) WHERE state < 2;
CREATE INDEX work_owed ON work(seq) WHERE state = 2 AND settled_at IS NULL;
CREATE INDEX work_settled ON work(settled_at) WHERE settled_at IS NOT NULL;
)";
// job: the device's own id of what it was asked to do; NULL until it is known.
constexpr const char* kJobs = "ALTER TABLE work ADD COLUMN job TEXT";
constexpr const char* kMigrations[] = {kFirst, kJobs};

// locking_mode: a second agent with the same outbox would carry out the same requests.
constexpr const char* kSettings = R"(
PRAGMA locking_mode = EXCLUSIVE;
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
PRAGMA journal_size_limit = 16777216;
PRAGMA cache_size = -1024;
PRAGMA mmap_size = 0;
PRAGMA temp_store = MEMORY;
PRAGMA trusted_schema = OFF;
PRAGMA secure_delete = FAST;
)";

bool in_memory(const std::filesystem::path& file) { return file == ":memory:"; }

// Before SQLite would create it, readable for others; its log gets the same mode.
Result<void> create_private(const std::filesystem::path& file) {
  std::error_code failed;
  if (file.has_parent_path()) std::filesystem::create_directories(file.parent_path(), failed);
  const int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0)
    return Fault{ErrorCode::store_unavailable,
                 "The outbox " + file.string() + " can't be opened: " + std::generic_category().message(errno) +
                     "; name another file with --outbox, or make its directory writable for the agent's user"};
  ::close(fd);
  return {};
}

std::optional<std::string_view> or_null(std::string_view text) {
  return text.empty() ? std::nullopt : std::optional(text);
}

constexpr auto number(WorkState state) { return static_cast<std::int64_t>(state); }
constexpr auto number(ResultKind kind) { return static_cast<std::int64_t>(kind); }

}  // namespace

Outbox::Outbox(Settings settings, const Clock& clock, const BootClock& boot)
    : settings_(std::move(settings)), clock_(clock), boot_(boot) {}

Result<std::unique_ptr<Outbox>> Outbox::open(Settings settings, const Clock& clock, const BootClock& boot,
                                             Random& random) {
  if (!in_memory(settings.file))
    if (const auto created = create_private(settings.file); !created) return created.error();
  std::unique_ptr<Outbox> outbox(new Outbox(std::move(settings), clock, boot));
  if (const auto ready = outbox->prepare(random); !ready) return ready.error();
  return outbox;
}

Result<void> Outbox::prepare(Random& random) {
  auto opened = sqlite::Database::open(settings_.file);
  if (!opened) return opened.error();
  db_ = *std::move(opened);
  if (auto set = db_.exec(kSettings); !set) return set;
  if (const auto damage = db_.find_damage(false); !damage || !damage->empty())
    return damage ? Fault{ErrorCode::store_unavailable,
                          settings_.file.string() + " is damaged (" + *damage +
                              "): move it away and start again; check the devices for what was running"}
                  : damage.error();
  if (auto made = sqlite::migrate(db_, settings_.file.string(), kMigrations); !made) return made;
  const std::pair<sqlite::Statement*, const char*> statements[] = {
      {&find_, "SELECT state FROM work WHERE request_id = ?"},
      {&find_same_, "SELECT seq FROM work WHERE dedupe_id = ? LIMIT 1"},
      {&insert_,
       "INSERT INTO work(request_id, dedupe_id, operation, state, at, boot, deadline, message) "
       "VALUES(?, ?, ?, ?, ?, ?, ?, ?)"},
      {&insert_same_,
       "INSERT INTO work(request_id, dedupe_id, operation, state, at, boot, deadline, kind, response) "
       "SELECT ?, dedupe_id, operation, iif(state = 2, 2, 3), ?, boot, deadline, kind, response FROM work "
       "WHERE dedupe_id = ? ORDER BY state = 3, seq LIMIT 1"},
      {&insert_refused_,
       "INSERT INTO work(request_id, operation, state, at, boot, deadline, kind, response) "
       "VALUES(?, ?, 2, ?, '', 0, 3, ?)"},
      {&start_, "UPDATE work SET state = 1 WHERE request_id = ? AND state = 0"},
      {&keep_job_, "UPDATE work SET job = ? WHERE request_id = ? AND state = 1"},
      {&follow_,
       "UPDATE work SET state = 2, kind = ?, response = ? WHERE state = 3 AND dedupe_id = "
       "(SELECT dedupe_id FROM work WHERE request_id = ? AND state < 2)"},
      // What was surely not done does not use its key up.
      {&finish_,
       "UPDATE work SET state = 2, kind = ?1, response = ?2, message = NULL, "
       "dedupe_id = iif(?1 = 3, NULL, dedupe_id) WHERE request_id = ?3 AND state < 2"},
      {&left_, "SELECT request_id, message, state, deadline, boot, job FROM work WHERE state < 2 ORDER BY seq"},
      {&owed_,
       "SELECT request_id, response FROM work WHERE state = 2 AND settled_at IS NULL ORDER BY seq LIMIT ?"},
      {&owed_ids_, "SELECT request_id FROM work WHERE state = 2 AND settled_at IS NULL ORDER BY seq LIMIT ?"},
      {&owed_one_, "SELECT kind, response FROM work WHERE request_id = ? AND state = 2 AND settled_at IS NULL"},
      {&held_, "SELECT request_id, state FROM work WHERE state < 2 ORDER BY seq LIMIT ?"},
      {&settle_, "UPDATE work SET settled_at = ? WHERE request_id = ? AND state = 2"},
      {&owe_, "UPDATE work SET settled_at = NULL WHERE request_id = ?"},
      {&owe_since_, "UPDATE work SET settled_at = NULL WHERE settled_at >= ?"},
      {&expire_,
       "DELETE FROM work WHERE seq IN (SELECT seq FROM work WHERE settled_at < ? ORDER BY settled_at LIMIT ?)"},
      {&shrink_,
       "DELETE FROM work WHERE seq IN (SELECT seq FROM work WHERE settled_at IS NOT NULL "
       "ORDER BY settled_at LIMIT ?)"},
  };
  for (const auto& [statement, sql] : statements) {
    auto prepared = db_.prepare(sql);
    if (!prepared) return prepared.error();
    *statement = *std::move(prepared);
  }
  if (auto named = read_id(random); !named) return named;
  return sweep();
}

Result<void> Outbox::read_id(Random& random) {
  std::array<std::uint8_t, 16> bytes{};
  random.fill(bytes);
  auto insert = db_.prepare("INSERT OR IGNORE INTO meta(name, value) VALUES('outbox_id', ?)");
  if (!insert) return insert.error();
  if (auto done = insert->run(hex::text(bytes)); !done) return done;
  auto select = db_.prepare("SELECT value FROM meta WHERE name = 'outbox_id'");
  if (!select) return select.error();
  const auto row = select->next();
  if (!row) return row.error();
  id_ = std::string(select->text(0));
  return {};
}

Result<Outbox::Known> Outbox::look(std::string_view request_id, std::string_view dedupe_id) {
  {
    const sqlite::Rows rows(find_);
    const auto row = find_.with(request_id).next();
    if (!row) return row.error();
    if (*row) return find_.integer(0) == number(WorkState::finished) ? Known::finished : Known::unfinished;
  }
  if (dedupe_id.empty()) return Known::no;
  const sqlite::Rows rows(find_same_);
  const auto row = find_same_.with(dedupe_id).next();
  if (!row) return row.error();
  return *row ? Known::same : Known::no;
}

Result<std::int64_t> Outbox::bytes_used() {
  const auto pages = db_.integer("PRAGMA page_count");
  if (!pages) return pages.error();
  const auto unused = db_.integer("PRAGMA freelist_count");
  if (!unused) return unused.error();
  const auto size = db_.integer("PRAGMA page_size");
  if (!size) return size.error();
  return (pages->value_or(0) - unused->value_or(0)) * size->value_or(0);
}

Result<void> Outbox::check_room() {
  auto used = bytes_used();
  if (!used) return used.error();
  if (++recorded_ % kSweepEvery == 0 || *used > soft_max())
    if (auto swept = sweep(); !swept) return swept;
  if (*used > settings_.bytes_max) used = bytes_used();
  if (!used) return used.error();
  if (*used > settings_.bytes_max)
    return Fault{ErrorCode::store_unavailable,
                 "The outbox " + settings_.file.string() +
                     " is full of results that the gateway has not accepted yet: check the connection"};
  if (in_memory(settings_.file)) return {};
  std::error_code failed;
  const auto space = std::filesystem::space(std::filesystem::absolute(settings_.file).parent_path(), failed);
  if (!failed && space.available < static_cast<std::uintmax_t>(settings_.disk_reserve))
    return Fault{ErrorCode::store_unavailable,
                 "the disk that holds " + settings_.file.string() + " is full: free some space"};
  return {};
}

Result<void> Outbox::record(const OutboxRequest& request, WorkState state) {
  if (auto room = check_room(); !room) return room;
  return insert_.run(request.request_id, or_null(request.dedupe_id), request.operation, number(state), now_ms(),
                     boot_.boot(), std::int64_t{request.deadline.count()}, sqlite::Blob{request.message});
}

Result<void> Outbox::record_same(const OutboxRequest& request) {
  if (auto room = check_room(); !room) return room;
  return insert_same_.run(request.request_id, now_ms(), request.dedupe_id);
}

Result<void> Outbox::record_refused(const OutboxRequest& request, std::string_view response) {
  if (auto room = check_room(); !room) return room;
  return insert_refused_.run(request.request_id, request.operation, now_ms(), sqlite::Blob{response});
}

Result<void> Outbox::start(std::string_view request_id) { return start_.run(request_id); }

Result<void> Outbox::keep_job(std::string_view request_id, std::string_view job) {
  return keep_job_.run(job, request_id);
}

Result<void> Outbox::finish(std::string_view request_id, ResultKind kind, std::string_view response) {
  auto transaction = sqlite::Transaction::begin(db_);
  if (!transaction) return transaction.error();
  if (auto done = follow_.run(number(kind), sqlite::Blob{response}, request_id); !done) return done;
  if (auto done = finish_.run(number(kind), sqlite::Blob{response}, request_id); !done) return done;
  return transaction->commit();
}

Result<std::vector<OutboxLeftover>> Outbox::unfinished() {
  std::vector<OutboxLeftover> all;
  const sqlite::Rows rows(left_);
  for (;;) {
    const auto row = left_.next();
    if (!row) return row.error();
    if (!*row) return all;
    all.push_back({.request_id = std::string(left_.text(0)),
                   .message = std::string(left_.text(1)),
                   .state = static_cast<WorkState>(left_.integer(2)),
                   .deadline = Milliseconds(left_.integer(3)),
                   .this_boot = left_.text(4) == boot_.boot(),
                   .job = std::string(left_.text(5))});
  }
}

Result<std::vector<OutboxResult>> Outbox::owed(std::size_t max) {
  std::vector<OutboxResult> results;
  const sqlite::Rows rows(owed_);
  owed_.with(static_cast<std::int64_t>(max));
  for (;;) {
    const auto row = owed_.next();
    if (!row) return row.error();
    if (!*row) return results;
    results.push_back({std::string(owed_.text(0)), std::string(owed_.text(1))});
  }
}

Result<std::vector<std::string>> Outbox::owed_ids(std::size_t max) {
  std::vector<std::string> ids;
  const sqlite::Rows rows(owed_ids_);
  owed_ids_.with(static_cast<std::int64_t>(max));
  for (;;) {
    const auto row = owed_ids_.next();
    if (!row) return row.error();
    if (!*row) return ids;
    ids.emplace_back(owed_ids_.text(0));
  }
}

Result<std::optional<OutboxResult>> Outbox::owed_one(std::string_view request_id) {
  const sqlite::Rows rows(owed_one_);
  const auto row = owed_one_.with(request_id).next();
  if (!row) return row.error();
  if (!*row) return std::optional<OutboxResult>();
  return std::optional(OutboxResult{std::string(request_id), std::string(owed_one_.text(1)),
                                    static_cast<ResultKind>(owed_one_.integer(0))});
}

Result<OutboxHeld> Outbox::held(std::size_t max) {
  OutboxHeld held;
  auto finished = owed_ids(max);
  if (!finished) return finished.error();
  held.finished = *std::move(finished);
  const sqlite::Rows rows(held_);
  held_.with(static_cast<std::int64_t>(max));
  for (;;) {
    const auto row = held_.next();
    if (!row) return row.error();
    if (!*row) return held;
    auto& list = held_.integer(1) == number(WorkState::waiting) ? held.waiting : held.started;
    list.emplace_back(held_.text(0));
  }
}

Result<void> Outbox::settle(std::string_view request_id) {
  // Not worth a wait for the disk; the next commit that does wait takes it along.
  if (auto set = db_.exec("PRAGMA synchronous = NORMAL"); !set) return set;
  auto done = settle_.run(now_ms(), request_id);
  if (auto set = db_.exec("PRAGMA synchronous = FULL"); !set) return set;
  return done;
}

Result<void> Outbox::owe_again(std::string_view request_id) { return owe_.run(request_id); }
Result<void> Outbox::owe_again(WallTime since) { return owe_since_.run(to_ms(since)); }

Result<void> Outbox::sweep() {
  if (auto done = expire_.run(now_ms() - settings_.keep_settled.count(), kSweptAtOnce); !done) return done;
  auto used = bytes_used();
  if (!used) return used.error();
  if (*used <= soft_max()) return {};
  auto transaction = sqlite::Transaction::begin(db_);
  if (!transaction) return transaction.error();
  for (std::int64_t swept = 0; *used > soft_max() && swept < kSweptAtOnce; swept += kSweptStep) {
    if (auto done = shrink_.run(kSweptStep); !done) return done;
    if (db_.changes() == 0) break;
    if (used = bytes_used(); !used) return used.error();
  }
  return transaction->commit();
}

}  // namespace kgw
