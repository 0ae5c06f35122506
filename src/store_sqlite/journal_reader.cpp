#include "store_sqlite/journal_reader.hpp"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <sstream>

#include "core/envelope.hpp"
#include "store_sqlite/claims/claim_block.hpp"
#include "store_sqlite/exchange_columns.hpp"
#include "store_sqlite/journal_schema.hpp"

namespace kgw {
namespace {

using sqlite::Blob;
using sqlite::Database;
using sqlite::Rows;
using sqlite::Statement;

#define KGW_CALLBACK_COLUMNS                                                                                  \
  "c.seq, a.request_id, c.n, c.state, c.owed_at, c.next_at, c.failed, c.tried_at, c.status, c.why, a.kiosk, " \
  "a.operation, a.owner, u.url FROM callbacks c JOIN accepted a ON a.id = c.id JOIN callback_urls u ON u.id " \
  "= c.id "

// Requires a row of KGW_CALLBACK_COLUMNS.
StoredCallback callback_of(const Statement& row) {
  StoredCallback c;
  c.number = row.integer(0);
  const std::string_view id = row.text(1);
  std::memcpy(c.id.bytes.data(), id.data(), std::min(id.size(), c.id.bytes.size()));
  c.n = static_cast<std::uint32_t>(row.integer(2));
  c.tries.state = static_cast<CallbackState>(row.integer(3));
  c.tries.owed_at = wall_from_ms(row.integer(4));
  c.tries.next_at = wall_from_ms(row.integer(5));
  c.tries.failed = static_cast<std::uint32_t>(row.integer(6));
  if (!row.is_null(7)) c.tries.tried_at = wall_from_ms(row.integer(7));
  c.tries.status = static_cast<std::uint32_t>(row.integer(8));
  c.tries.why = row.text(9);
  c.kiosk_id = row.text(10);
  c.operation = row.text(11);
  c.owner = row.text(12);
  c.url = row.text(13);
  return c;
}

Digest digest_of_blob(std::string_view bytes) {
  Digest digest{};
  std::memcpy(digest.data(), bytes.data(), std::min(bytes.size(), digest.size()));
  return digest;
}

}  // namespace

Result<JournalReader> JournalReader::open(const std::filesystem::path& file, const std::string& vfs) {
  static constexpr std::array<const char*, kQueries> kSql = {
      "SELECT " KGW_EXCHANGE_COLUMNS("r.response") "WHERE a.id = ? AND a.request_id = ?",
      "SELECT kiosk FROM accepted WHERE id = ? AND request_id = ?",
      "SELECT owner FROM accepted WHERE id = ? AND request_id = ?",
      "SELECT ifnull(envelope, body) FROM accepted WHERE id = ? AND request_id = ?",
      "SELECT " KGW_EXCHANGE_COLUMNS("NULL") "WHERE a.id < ? ORDER BY a.id DESC LIMIT ?",
      "SELECT " KGW_EXCHANGE_COLUMNS("NULL") "WHERE a.id > ? ORDER BY a.id LIMIT ?",
      "SELECT " KGW_EXCHANGE_COLUMNS("NULL") "WHERE a.id < ? AND a.id > ? ORDER BY a.id DESC LIMIT ?",
      "SELECT " KGW_EXCHANGE_COLUMNS("NULL") "WHERE a.id = ?",
      "SELECT first, last, terms FROM term_runs WHERE first < ? AND last <= ? ORDER BY first DESC",
      "SELECT first, last, terms FROM term_runs WHERE first >= ifnull((SELECT max(first) FROM term_runs WHERE "
      "first <= ?1), 0) AND last > ?1 AND last <= ?2 ORDER BY first",
      "SELECT value FROM meta WHERE name = ?",
      "SELECT seq, kiosk, at, up, address, reason FROM connections WHERE seq < ? ORDER BY seq DESC LIMIT ?",
      "SELECT seq, kiosk, at, up, address, reason FROM connections WHERE seq < ? AND kiosk = ?3 ORDER BY seq "
      "DESC LIMIT ?2",
      "SELECT seq, at, actor, via, address, action, target, detail FROM audit WHERE seq < ? ORDER BY seq DESC "
      "LIMIT ?",
      "SELECT seq, at, actor, via, address, action, target, detail FROM audit WHERE seq < ? AND target = ?3 "
      "ORDER BY seq DESC LIMIT ?2",
      // Those above the mark that have the key, and of each run the block that its entry would stand in.
      "SELECT id, 0, NULL, NULL FROM claims WHERE id > ifnull((SELECT value FROM meta WHERE name = ?3), 0) AND "
      "key = ?1 UNION ALL SELECT NULL, r.number, b.place, b.entries FROM claim_runs r CROSS JOIN claim_blocks "
      "b ON "
      "b.place = (SELECT max(place) FROM claim_blocks WHERE place <= (r.number << 40 | ?2))",
      "SELECT a.request_id, c.request FROM claims c JOIN accepted a ON a.id = c.id WHERE c.id = ? AND c.key = "
      "?",
      "SELECT key, request FROM claims WHERE id = ?",
      "SELECT order_key FROM order_claims WHERE id = ?",
      "SELECT " KGW_CALLBACK_COLUMNS "WHERE c.seq > ? ORDER BY c.seq LIMIT ?",
      "SELECT " KGW_CALLBACK_COLUMNS "WHERE c.seq > ? AND c.state = ?3 ORDER BY c.seq LIMIT ?2",
      "SELECT " KGW_CALLBACK_COLUMNS "WHERE c.id = ?3 AND c.seq > ?1 ORDER BY c.seq LIMIT ?2",
      "SELECT " KGW_CALLBACK_COLUMNS "WHERE c.id = ? ORDER BY c.n DESC LIMIT 1",
      "SELECT seq, id, 1 AS answered FROM answered WHERE seq > ?1 UNION ALL "
      "SELECT seq, id, 0 FROM ended WHERE seq > ?2 AND state IN (3, 4, 5) ORDER BY seq, answered LIMIT ?3",
      "SELECT " KGW_EXCHANGE_COLUMNS("r.response") "WHERE a.id = ?",
      "SELECT seq FROM answered WHERE id = ?",
      "SELECT id FROM unclaimed WHERE claimed_at IS NULL AND id < ? ORDER BY id DESC LIMIT ?",
      "SELECT id FROM unclaimed WHERE claimed_at IS NULL AND id > ? ORDER BY id LIMIT ?",
  };
  Result<Database> db = open_journal(file, vfs);
  if (!db) return db.error();
  JournalReader reader;
  reader.db_ = std::move(*db);
  if (const auto done = reader.db_.exec("PRAGMA query_only = ON"); !done) return done.error();
  for (std::size_t i = 0; i < kQueries; ++i) {
    auto statement = reader.db_.prepare(kSql[i]);
    if (!statement) return statement.error();
    reader.queries_[i] = std::move(*statement);
  }
  return reader;
}

Result<std::optional<StoredExchange>> JournalReader::exchange(const RequestId& id) {
  Statement& query = queries_[kExchange];
  const Rows rows(query);
  const std::string_view bytes(reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size());
  const Result<bool> row = query.with(id.journal_key(), Blob{bytes}).next();
  if (!row) return row.error();
  if (!*row) return std::optional<StoredExchange>();
  StoredExchange x = exchange_of(query);
  if (const auto added = add_claims(x); !added) return added.error();
  if (!x.order.callback_url.empty()) {
    Statement& latest = queries_[kLatestCallback];
    const Rows reset(latest);
    const Result<bool> owes = latest.with(id.journal_key()).next();
    if (!owes) return owes.error();
    if (*owes) x.callback = callback_of(latest).tries;
  }
  return std::optional(std::move(x));
}

// An index leads to each row, so that a page looks at no more rows than it may return.
Result<Page<StoredCallback>> JournalReader::callbacks(const CallbacksQuery& asked) {
  Statement& query = queries_[asked.of ? kCallbacksOf : asked.state ? kCallbacksIn : kCallbacks];
  const Rows rows(query);
  const auto count = static_cast<std::int64_t>(asked.count_max);
  if (asked.of) query.with(asked.after, count, asked.of->journal_key());
  else if (asked.state) query.with(asked.after, count, static_cast<std::int64_t>(*asked.state));
  else query.with(asked.after, count);
  Page<StoredCallback> page;
  std::int64_t last = asked.after;
  for (std::int64_t seen = 0;; ++seen) {
    const Result<bool> row = query.next();
    if (!row) return row.error();
    if (!*row) {
      if (seen == count) page.next = last;
      return page;
    }
    StoredCallback callback = callback_of(query);
    last = callback.number;
    if (asked.of && *asked.of != callback.id) continue;
    if (asked.state && *asked.state != callback.tries.state) continue;
    if (asked.selects(callback)) page.rows.push_back(std::move(callback));
  }
}

// A late answer's record says what becomes of them, and who moves to another store takes them along.
Result<void> JournalReader::add_claims(StoredExchange& x) {
  Statement& claim = queries_[kClaimOf];
  const Rows claims(claim);
  const Result<bool> claimed = claim.with(x.id.journal_key()).next();
  if (!claimed) return claimed.error();
  if (*claimed) x.order.claim = KeyClaim{digest_of_blob(claim.text(0)), digest_of_blob(claim.text(1))};
  Statement& order = queries_[kOrderClaimOf];
  const Rows orders(order);
  const Result<bool> ordered = order.with(x.id.journal_key()).next();
  if (!ordered) return ordered.error();
  if (*ordered) x.order.order_claim = digest_of_blob(order.text(0));
  return {};
}

// As ClaimIndex looks up, without its filters: of each run one block is read. All of it belongs to one look at
// the journal, which lasts as long as the first statement is not at its end: whatever the writer merges
// meanwhile, and whoever frees the key and takes it.
Result<std::optional<StoredExchange>> JournalReader::claimed(const Digest& key) {
  static_assert(kClaimPlaceBits == 40, "the statement says so too");
  const std::uint64_t prefix = prefix_of(key);
  const std::string_view bytes(reinterpret_cast<const char*>(key.data()), key.size());
  Statement& query = queries_[kClaimsNear];
  const Rows rows(query);
  query.with(Blob{bytes}, claim_place(0, prefix), kMetaClaimsTo);
  std::vector<std::int64_t> ids;
  for (;;) {
    const Result<bool> row = query.next();
    if (!row) return row.error();
    if (!*row) return std::optional<StoredExchange>();
    ids.clear();
    if (!query.is_null(0)) {
      ids.push_back(query.integer(0));
    } else if (run_at(query.integer(2)) == query.integer(1)) {
      const ClaimBlockView block(query.text(3));
      if (!block.whole()) return Fault{ErrorCode::store_unavailable, "the journal's index is damaged"};
      block.add_ids(prefix, ids);
    }
    for (const std::int64_t id : ids) {
      auto found = claimed_by(id, key);
      if (!found || *found) return found;
    }
  }
}

Result<std::optional<StoredExchange>> JournalReader::claimed_by(std::int64_t row_id, const Digest& key) {
  Statement& query = queries_[kClaimed];
  const Rows rows(query);
  const std::string_view bytes(reinterpret_cast<const char*>(key.data()), key.size());
  const Result<bool> row = query.with(row_id, Blob{bytes}).next();
  if (!row) return row.error();
  if (!*row) return std::optional<StoredExchange>();
  RequestId id;
  const std::string_view holder = query.text(0);
  std::memcpy(id.bytes.data(), holder.data(), std::min(holder.size(), id.bytes.size()));
  const KeyClaim claim{key, digest_of_blob(query.text(1))};
  auto found = exchange(id);
  if (found && *found) (*found)->order.claim = claim;
  return found;
}

Result<std::optional<std::string>> JournalReader::column_of(std::size_t which, const RequestId& id) {
  Statement& query = queries_[which];
  const Rows rows(query);
  const std::string_view bytes(reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size());
  const Result<bool> row = query.with(id.journal_key(), Blob{bytes}).next();
  if (!row) return row.error();
  return *row ? std::optional(std::string(query.text(0))) : std::nullopt;
}

// The kiosk stands at a row's beginning: whether there is a row that is not to be seen, or none, is the same
// look at the same page.
Result<std::optional<StoredExchange>> JournalReader::visible_exchange(const RequestId& id,
                                                                      const ExchangeView& view) {
  if (view.kiosk) {
    const auto kiosk = column_of(kKioskOf, id);
    if (!kiosk) return kiosk.error();
    if (!*kiosk || !view.kiosk(**kiosk)) return std::optional<StoredExchange>();
  }
  if (view.owner) {
    const auto owner = column_of(kOwnerOf, id);
    if (!owner) return owner.error();
    if (*owner != view.owner) return std::optional<StoredExchange>();
  }
  return exchange(id);
}

Result<SharedBytes> JournalReader::body(const RequestId& id) {
  Statement& query = queries_[kEnvelope];
  const Rows rows(query);
  const std::string_view bytes(reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size());
  const Result<bool> row = query.with(id.journal_key(), Blob{bytes}).next();
  if (!row) return row.error();
  const auto body = *row && !query.is_null(0) ? body_in(query.text(0)) : std::nullopt;
  return body ? share(std::string(*body)) : SharedBytes();
}

Result<std::vector<KioskRecord>> load_kiosks(Database& db) {
  auto statement = db.prepare(
      "SELECT id, title, enabled, max_in_flight, token_digest, created_at, token_expires_at, token_issued_at "
      "FROM kiosks ORDER BY id");
  if (!statement) return statement.error();
  std::vector<KioskRecord> kiosks;
  for (;;) {
    const Result<bool> row = statement->next();
    if (!row) return row.error();
    if (!*row) return kiosks;
    KioskRecord& k = kiosks.emplace_back();
    k.id = statement->text(0);
    k.title = statement->text(1);
    k.enabled = statement->integer(2) != 0;
    k.max_in_flight = static_cast<std::uint32_t>(statement->integer(3));
    const std::string_view digest = statement->text(4);
    std::memcpy(k.token_digest.data(), digest.data(), std::min(digest.size(), k.token_digest.size()));
    k.created_at = wall_from_ms(statement->integer(5));
    k.token_expires_at = wall_from_ms(statement->integer(6));
    if (!statement->is_null(7)) k.token_issued_at = wall_from_ms(statement->integer(7));
  }
}

Result<std::vector<KeyRecord>> load_keys(Database& db) {
  auto statement = db.prepare(
      "SELECT id, name, owner, scopes, kiosks, rate, digest, created_at, expires_at, revoked_at FROM keys "
      "ORDER "
      "BY id");
  if (!statement) return statement.error();
  const auto time = [&](int column) {
    return statement->is_null(column) ? std::nullopt : std::optional(wall_from_ms(statement->integer(column)));
  };
  std::vector<KeyRecord> keys;
  for (;;) {
    const Result<bool> row = statement->next();
    if (!row) return row.error();
    if (!*row) return keys;
    KeyRecord& k = keys.emplace_back();
    k.id = statement->text(0);
    k.name = statement->text(1);
    k.owner = statement->text(2);
    k.scopes = static_cast<std::uint8_t>(statement->integer(3));
    std::istringstream patterns{std::string(statement->text(4))};
    k.kiosks.assign(std::istream_iterator<std::string>(patterns), {});
    k.rate_per_second = static_cast<std::uint32_t>(statement->integer(5));
    const std::string_view digest = statement->text(6);
    std::memcpy(k.digest.data(), digest.data(), std::min(digest.size(), k.digest.size()));
    k.created_at = wall_from_ms(statement->integer(7));
    k.expires_at = time(8);
    k.revoked_at = time(9);
  }
}

Result<std::vector<SettingRecord>> load_settings(Database& db) {
  auto statement = db.prepare("SELECT name, value FROM settings ORDER BY name");
  if (!statement) return statement.error();
  std::vector<SettingRecord> settings;
  for (;;) {
    const Result<bool> row = statement->next();
    if (!row) return row.error();
    if (!*row) return settings;
    settings.push_back({std::string(statement->text(0)), std::string(statement->text(1))});
  }
}

Result<std::vector<StoredExchange>> load_open(Database& db, std::int64_t from) {
  auto statement = db.prepare("SELECT " KGW_EXCHANGE_COLUMNS(
      "r.response") "WHERE a.id >= ? AND r.seq IS NULL AND e.seq IS NULL ORDER BY a.id");
  if (!statement) return statement.error();
  auto claims = db.prepare("SELECT key, request FROM claims WHERE id = ?");
  if (!claims) return claims.error();
  auto orders = db.prepare("SELECT order_key FROM order_claims WHERE id = ?");
  if (!orders) return orders.error();
  std::vector<StoredExchange> open;
  statement->with(from);
  for (;;) {
    const Result<bool> row = statement->next();
    if (!row) return row.error();
    if (!*row) return open;
    StoredExchange& x = open.emplace_back(exchange_of(*statement));
    const Rows reset(*claims);
    const Result<bool> claimed = claims->with(x.id.journal_key()).next();
    if (!claimed) return claimed.error();
    if (*claimed) x.order.claim = KeyClaim{digest_of_blob(claims->text(0)), digest_of_blob(claims->text(1))};
    const Rows reset_orders(*orders);
    const Result<bool> ordered = orders->with(x.id.journal_key()).next();
    if (!ordered) return ordered.error();
    if (*ordered) x.order.order_claim = digest_of_blob(orders->text(0));
  }
}

}  // namespace kgw
