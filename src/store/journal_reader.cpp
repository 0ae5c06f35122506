#include "store/journal_reader.hpp"

#include <algorithm>
#include <cstring>

#include "store/journal_schema.hpp"

namespace kgw {
namespace {

using sqlite::Blob;
using sqlite::Database;
using sqlite::Rows;
using sqlite::Statement;

// The first of an exchange's final states stands (PROTOCOL.md 1.2: a final state never changes); an answer
// beats it. The join finds at most one row each: `d` is the dispatch after waiting, `e` the first end.
#define KGW_EXCHANGE_COLUMNS                                                                              \
  "a.request_id, a.kiosk, a.operation, a.order_id, a.accepted_at, a.deadline_at, a.session IS NOT NULL, " \
  "d.at, "                                                                                                \
  "r.answered_at, r.late, r.valid, r.outcome, r.response, e.state, e.at, e.why "                          \
  "FROM accepted a LEFT JOIN answered r ON r.id = a.id LEFT JOIN ended d ON d.id = a.id AND d.state = 1 " \
  "LEFT JOIN ended e ON e.seq = (SELECT min(seq) FROM ended WHERE id = a.id AND state IN (3, 4, 5)) "
static_assert(static_cast<int>(State::dispatched) == 1 && static_cast<int>(State::timed_out) == 3 &&
              static_cast<int>(State::rejected) == 4 && static_cast<int>(State::cancelled) == 5);

enum Column {
  request_id,
  kiosk,
  operation,
  order_id,
  accepted_at,
  deadline_at,
  left_at_once,
  left_later,
  answered_at,
  late,
  valid,
  outcome,
  response,
  end_state,
  ended_at,
  why
};

std::optional<ErrorCode> error_of(std::string_view name) {
  for (std::size_t i = 0; i < kErrorCodeCount; ++i)
    if (info(static_cast<ErrorCode>(i)).name == name) return static_cast<ErrorCode>(i);
  return std::nullopt;
}

// REQUIRES a row of KGW_EXCHANGE_COLUMNS.
StoredExchange exchange_of(const Statement& row) {
  StoredExchange x;
  const std::string_view id = row.text(request_id);
  std::memcpy(x.id.bytes.data(), id.data(), std::min(id.size(), x.id.bytes.size()));
  x.kiosk_id = row.text(kiosk);
  x.operation = row.text(operation);
  x.order_id = row.text(order_id);
  x.accepted_at = wall_from_ms(row.integer(accepted_at));
  x.deadline_at = wall_from_ms(row.integer(deadline_at));
  if (row.integer(left_at_once) != 0) x.dispatched_at = x.accepted_at;
  else if (!row.is_null(left_later)) x.dispatched_at = wall_from_ms(row.integer(left_later));
  x.state = x.dispatched_at ? State::dispatched : State::accepted;
  if (!row.is_null(end_state)) {
    x.state = static_cast<State>(row.integer(end_state));
    x.ended_at = wall_from_ms(row.integer(ended_at));
    x.outcome = x.state == State::timed_out ? Outcome::unknown : Outcome::not_executed;
    if (x.state == State::rejected) {
      x.why = error_of(row.text(why));
      // What was to leave in the very commit that failed was rejected afterwards: it did not leave.
      if (row.is_null(answered_at)) x.dispatched_at.reset();
    }
  }
  if (!row.is_null(answered_at)) {
    x.state = State::answered;
    x.answered_at = wall_from_ms(row.integer(answered_at));
    x.late = row.integer(late) != 0;
    x.response_valid = row.integer(valid) != 0;
    x.outcome = static_cast<Outcome>(row.integer(outcome));
    x.why.reset();
    if (!row.is_null(response)) x.response = share(std::string(row.text(response)));
  }
  return x;
}

}  // namespace

Result<JournalReader> JournalReader::open(const std::filesystem::path& file, const std::string& vfs) {
  Result<Database> db = open_journal(file, vfs);
  if (!db) return db.error();
  JournalReader reader;
  reader.db_ = std::move(*db);
  if (const auto done = reader.db_.exec("PRAGMA query_only = ON"); !done) return done.error();
  auto exchange = reader.db_.prepare("SELECT " KGW_EXCHANGE_COLUMNS "WHERE a.id = ? AND a.request_id = ?");
  if (!exchange) return exchange.error();
  auto connections = reader.db_.prepare(
      "SELECT kiosk, at, up, address, reason FROM connections WHERE kiosk = ? ORDER BY seq DESC LIMIT ?");
  if (!connections) return connections.error();
  reader.exchange_ = std::move(*exchange);
  reader.connections_ = std::move(*connections);
  return reader;
}

Result<std::optional<StoredExchange>> JournalReader::exchange(const RequestId& id) {
  const Rows rows(exchange_);
  const std::string_view bytes(reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size());
  const Result<bool> row = exchange_.with(id.journal_key(), Blob{bytes}).next();
  if (!row) return row.error();
  if (!*row) return std::optional<StoredExchange>();
  return std::optional(exchange_of(exchange_));
}

Result<std::vector<StoredConnection>> JournalReader::connections(const std::string& kiosk_id,
                                                                 std::size_t count_max) {
  const Rows rows(connections_);
  std::vector<StoredConnection> found;
  const auto count = static_cast<std::int64_t>(std::min<std::size_t>(count_max, INT64_MAX));
  connections_.with(kiosk_id, count);
  for (;;) {
    const Result<bool> row = connections_.next();
    if (!row) return row.error();
    if (!*row) return found;
    found.push_back({std::string(connections_.text(0)), wall_from_ms(connections_.integer(1)),
                     connections_.integer(2) != 0, std::string(connections_.text(3)),
                     std::string(connections_.text(4))});
  }
}

Result<std::vector<KioskRecord>> load_kiosks(Database& db) {
  auto statement = db.prepare(
      "SELECT id, title, enabled, max_in_flight, token_digest, created_at, token_expires_at FROM kiosks ORDER "
      "BY id");
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
  }
}

Result<std::vector<StoredExchange>> load_open(Database& db, std::int64_t from) {
  auto statement = db.prepare("SELECT " KGW_EXCHANGE_COLUMNS
                              "WHERE a.id >= ? AND r.seq IS NULL AND e.seq IS NULL ORDER BY a.id");
  if (!statement) return statement.error();
  std::vector<StoredExchange> open;
  statement->with(from);
  for (;;) {
    const Result<bool> row = statement->next();
    if (!row) return row.error();
    if (!*row) return open;
    open.push_back(exchange_of(*statement));
  }
}

}  // namespace kgw
