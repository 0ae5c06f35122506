#include "store_sqlite/journal_schema.hpp"

namespace kgw {
namespace {

// accepted.session: the connection it may leave to at once; NULL: it waits in its lane.
// accepted.body, answered.response: NULL once they are no longer kept. `body`: of rows from before kEnvelope.
// answered.valid: store_sqlite/exchange_columns, valid_column().
// ended: dispatched after waiting, timed out, rejected, cancelled; `state` is State, `why` the error's name on
// the wire. The wire's names are stable, the numbers of ErrorCode are not.
constexpr const char* kFirst = R"(
CREATE TABLE meta(name TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE kiosks(
  id TEXT PRIMARY KEY, title TEXT NOT NULL, enabled INTEGER NOT NULL, max_in_flight INTEGER NOT NULL,
  token_digest BLOB NOT NULL, created_at INTEGER NOT NULL, token_expires_at INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE accepted(
  id INTEGER PRIMARY KEY, request_id BLOB NOT NULL, kiosk TEXT NOT NULL, operation TEXT NOT NULL, order_id TEXT,
  accepted_at INTEGER NOT NULL, deadline_at INTEGER NOT NULL, session INTEGER, body BLOB);
CREATE TABLE answered(
  seq INTEGER PRIMARY KEY, id INTEGER NOT NULL, answered_at INTEGER NOT NULL, late INTEGER NOT NULL,
  valid INTEGER NOT NULL, outcome INTEGER NOT NULL, response BLOB);
CREATE UNIQUE INDEX answered_id ON answered(id);
CREATE TABLE ended(
  seq INTEGER PRIMARY KEY, id INTEGER NOT NULL, state INTEGER NOT NULL, at INTEGER NOT NULL, session INTEGER, why TEXT);
CREATE UNIQUE INDEX ended_id ON ended(id, state);
CREATE TABLE connections(
  seq INTEGER PRIMARY KEY, kiosk TEXT NOT NULL, at INTEGER NOT NULL, up INTEGER NOT NULL, address TEXT NOT NULL,
  reason TEXT NOT NULL);
CREATE INDEX connections_kiosk ON connections(kiosk);
)";

// accepted.owner: of the API key that it came with; NULL: none.
// keys.kiosks: patterns, separated by spaces.
constexpr const char* kKeysAndAudit = R"(
ALTER TABLE accepted ADD COLUMN owner TEXT;
CREATE TABLE keys(
  id TEXT PRIMARY KEY, name TEXT NOT NULL, owner TEXT NOT NULL, scopes INTEGER NOT NULL, kiosks TEXT NOT NULL,
  rate INTEGER NOT NULL, digest BLOB NOT NULL, created_at INTEGER NOT NULL, expires_at INTEGER,
  revoked_at INTEGER) WITHOUT ROWID;
CREATE TABLE audit(
  seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, actor TEXT NOT NULL, via TEXT NOT NULL, address TEXT NOT NULL,
  action TEXT NOT NULL, target TEXT NOT NULL, detail TEXT NOT NULL);
CREATE INDEX audit_target ON audit(target);
)";

// What parts of the gateway keep (SettingRecord).
constexpr const char* kKept = R"(
CREATE TABLE settings(name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
)";

// An index in runs (store_sqlite/term_run): of the exchanges from `first` to `last`, `size` of them.
constexpr const char* kTermRuns = R"(
CREATE TABLE term_runs(
  first INTEGER PRIMARY KEY, last INTEGER NOT NULL, size INTEGER NOT NULL, terms BLOB NOT NULL);
)";

// kiosks.token_issued_at: NULL: nobody knows.
constexpr const char* kTokenIssued = R"(
ALTER TABLE kiosks ADD COLUMN token_issued_at INTEGER;
)";

// Which exchange has which Idempotency-Key (PROTOCOL.md 1.3). Both are SHA-256. In the order of the exchanges,
// so that what may be forgotten stands together.
constexpr const char* kClaims = R"(
CREATE TABLE claims(id INTEGER PRIMARY KEY, key BLOB NOT NULL, request BLOB NOT NULL);
CREATE UNIQUE INDEX claims_key ON claims(key);
)";

// accepted.envelope: what `body` was, behind the owner now. A row is read from its beginning: with a body
// before it, whose it is was found only behind all pages of the body, and the time that took showed how large
// it is to one who must not know of it. Old rows stay as they are: their bodies are emptied within
// JOURNAL_KEEP_BODIES.
constexpr const char* kEnvelope = R"(
ALTER TABLE accepted ADD COLUMN envelope BLOB;
)";

// What people found out about unknown outcomes, in the order in which they did. Rare: retention may empty the
// table, and the numbers that its marks have passed must not come again (AUTOINCREMENT).
constexpr const char* kResolved = R"(
CREATE TABLE resolved(
  seq INTEGER PRIMARY KEY AUTOINCREMENT, id INTEGER NOT NULL, at INTEGER NOT NULL, result INTEGER NOT NULL, note TEXT NOT NULL,
  actor TEXT NOT NULL);
CREATE UNIQUE INDEX resolved_id ON resolved(id);
)";

// Which exchange has which order for its operation (PROTOCOL.md 1.6). order_key: SHA-256. fate: OrderFate.
// settled_at: since when that is final; NULL: its exchange is open, or nobody knows its outcome.
constexpr const char* kOrderClaims = R"(
CREATE TABLE order_claims(id INTEGER PRIMARY KEY, order_key BLOB NOT NULL, fate INTEGER NOT NULL, settled_at INTEGER);
CREATE UNIQUE INDEX order_claims_key ON order_claims(order_key);
)";

// callback_urls: where each final state of a request is posted. Not in `accepted`, where it would stand behind
// the envelope's pages. callbacks: a row for each final state that owes or owed one, written with that state
// and updated after each try. `state` is CallbackState. Numbers are never used again: whoever follows them
// misses none.
constexpr const char* kCallbacks = R"(
CREATE TABLE callback_urls(id INTEGER PRIMARY KEY, url TEXT NOT NULL);
CREATE TABLE callbacks(
  seq INTEGER PRIMARY KEY AUTOINCREMENT, id INTEGER NOT NULL, n INTEGER NOT NULL, state INTEGER NOT NULL,
  owed_at INTEGER NOT NULL, next_at INTEGER NOT NULL, failed INTEGER NOT NULL, tried_at INTEGER,
  status INTEGER NOT NULL, why TEXT NOT NULL);
CREATE UNIQUE INDEX callbacks_id ON callbacks(id, n);
CREATE INDEX callbacks_state ON callbacks(state, seq);
)";

// Answers that their callers may never have got; claimed_at, how (ClaimedBy): NULL: nobody has read it yet.
// What an older version wrote counts as told.
constexpr const char* kUnclaimed = R"(
CREATE TABLE unclaimed(id INTEGER PRIMARY KEY, at INTEGER NOT NULL, claimed_at INTEGER, how INTEGER);
CREATE INDEX unclaimed_open ON unclaimed(id) WHERE claimed_at IS NULL;
INSERT INTO meta(name, value) SELECT 'told_to', max(ifnull((SELECT max(seq) FROM answered), 0),
  ifnull((SELECT max(seq) FROM ended), 0));
)";

// What retention has passed by since a callback about it was owed. owed: 0 once none is; owner: accepted.owner;
// whole: its rows were due too, not only its bodies.
constexpr const char* kLate = R"(
CREATE TABLE late(id INTEGER PRIMARY KEY, owner TEXT NOT NULL, whole INTEGER NOT NULL, owed INTEGER NOT NULL);
CREATE INDEX late_over ON late(owner, id) WHERE owed = 0;
)";

// The indexes of claims, in runs (store_sqlite/claims/claim_index). number, size, first, last: of a run, and of
// the ids in it. place, entries: of a block (store_sqlite/claims/claim_block). A start writes runs of what
// there is.
constexpr const char* kClaimRuns = R"(
DROP INDEX claims_key;
DROP INDEX order_claims_key;
CREATE TABLE claim_runs(
  number INTEGER PRIMARY KEY, first INTEGER NOT NULL, last INTEGER NOT NULL, size INTEGER NOT NULL);
CREATE TABLE claim_blocks(place INTEGER PRIMARY KEY, entries BLOB NOT NULL);
CREATE TABLE order_runs(
  number INTEGER PRIMARY KEY, first INTEGER NOT NULL, last INTEGER NOT NULL, size INTEGER NOT NULL);
CREATE TABLE order_blocks(place INTEGER PRIMARY KEY, entries BLOB NOT NULL);
)";

constexpr const char* kMigrations[] = {kFirst,     kKeysAndAudit, kKept,     kTermRuns,    kTokenIssued,
                                       kClaims,    kEnvelope,     kResolved, kOrderClaims, kCallbacks,
                                       kUnclaimed, kLate,         kClaimRuns};

// page_size counts only while the database is empty.
// cache_size: what is read again are the
// last pages of each table, and the log is no larger either (kLogPagesMax). A larger cache only fills: with 64
// MB each new page cost an mprotect and page faults. mmap_size=0: through a map a read error of the disk, or a
// file that somebody cut, is a SIGBUS, not an error. secure_delete=FAST: emptied bodies and revoked token
// digests are overwritten with zeroes where that costs no extra page write. Debian's default (ON) also rewrites
// every freed page of a large body through the log: for what retention empties, that would double the work of
// writing it, to hide it from one who can read the disk and its backups anyway.
constexpr const char* kSettings = R"(
PRAGMA page_size = 4096;
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
PRAGMA journal_size_limit = 67108864;
PRAGMA cache_size = -4096;
PRAGMA mmap_size = 0;
PRAGMA temp_store = MEMORY;
PRAGMA trusted_schema = OFF;
PRAGMA secure_delete = FAST;
)";

}  // namespace

std::span<const char* const> journal_migrations() { return kMigrations; }

Result<sqlite::Database> open_journal(const std::filesystem::path& file, const std::string& vfs) {
  Result<sqlite::Database> db = sqlite::Database::open_existing(file, vfs.empty() ? kJournalVfs : vfs);
  if (!db) return db;
  db->tidy_log_at_close(false);
  // A new one can give pages back to the disk, a few at a time (SqliteJournal::give_space_back()). Another
  // would be written to by this, also through a connection that only reads.
  std::error_code ignored;
  if (std::filesystem::file_size(file, ignored) == 0 && !ignored)
    if (const auto done = db->exec("PRAGMA page_size = 4096; PRAGMA auto_vacuum = INCREMENTAL"); !done)
      return done.error();
  if (const auto done = db->exec(kSettings); !done) return done.error();
  db->count_log_pages();
  return db;
}

}  // namespace kgw
