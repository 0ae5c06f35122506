// SqliteJournal's retention: empties the bodies of exchanges that ended some time ago, deletes the rows of
// those that ended longer ago, bounds the histories, returns free space. In small steps between commits.
//
// Walks along `answered`, `ended` and `resolved`, whose rows are in the order in which exchanges ended or were
// resolved, whatever the clock said. So it stops at the first row that is not due, and resumes there. What is
// due but has to stay for a callback goes onto a list of its own (store_sqlite/journal_callbacks).
// Implements store_sqlite/sqlite_journal.hpp.
#include <algorithm>
#include <optional>

#include "base/limits.hpp"
#include "store_sqlite/journal_schema.hpp"
#include "store_sqlite/sqlite_journal.hpp"

namespace kgw {
namespace {

using sqlite::Transaction;

// A row whose time lies in the future was written while the clock was ahead.
constexpr Milliseconds kAhead = std::chrono::minutes(1);

}  // namespace

void SqliteJournal::begin_sweep() {
  sweep_part_ = 0;
  claims_mark_ = 0;
  orders_mark_ = 0;
  runs_mark_ = -1;
  keys_.begin_sweep();
  orders_.begin_sweep();
  late_from_.clear();
}

Result<bool> SqliteJournal::sweep_step(const SweepOrder& order, Swept& swept) {
  Result<bool> more = false;
  switch (sweep_part_) {
    case 0:
    case 1:
    case 2: more = sweep_bodies(static_cast<Marks>(sweep_part_), order, swept); break;
    case 3: more = sweep_late(order, swept); break;
    case 4:
    case 5:
    case 6: more = sweep_exchanges(static_cast<Marks>(sweep_part_ - 4), order, swept); break;
    case 7: more = sweep_claims(order, swept); break;
    case 8: more = sweep_orders(order, swept); break;
    case 9: more = sweep_terms(); break;
    case 10: more = sweep_history(order, swept); break;
    case 11: more = give_space_back(order, swept); break;
    default: return false;
  }
  if (more && !*more) ++sweep_part_;
  if (!more) return more;
  return sweep_part_ <= 11;
}

// What is due from `from` on, at most a step's worth; `next`: from where to go on. What may not be swept (of
// unknown outcome, or answered as well and found there) is passed by.
Result<SqliteJournal::Due> SqliteJournal::due(Marks marks, std::int64_t from, WallTime cut,
                                              const SweepOrder& order) {
  Due due{{}, from, false, {}};
  std::vector<DueRow> held;  // rows from the future: due when one behind them is
  bool stopped = false;
  std::int64_t last = from;
  {
    sqlite::Statement& query = queries_[std::size_t{kSweepAnswered} + marks];
    const sqlite::Rows reset(query);
    query.with(from, static_cast<std::int64_t>(order.rows_max));
    std::size_t rows = 0;
    for (;; ++rows) {
      const Result<bool> row = query.next();
      if (!row) return row.error();
      if (!*row) break;
      const WallTime at = wall_from_ms(query.integer(2));
      const bool ahead = at > order.now + kAhead;
      if (!ahead && at >= cut) {
        stopped = true;
        break;
      }
      last = query.integer(0) + 1;
      const bool sweepable = query.integer(3) != 0;
      const DueRow due_row{query.integer(1), query.integer(4) != 0};
      if (ahead) {
        if (sweepable) held.push_back(due_row);
        continue;
      }
      due.behind = std::max(due.behind, std::chrono::duration_cast<Milliseconds>(cut - at));
      due.rows.insert(due.rows.end(), held.begin(), held.end());
      held.clear();
      if (sweepable) due.rows.push_back(due_row);
      due.next = last;
    }
    due.more = !stopped && rows == order.rows_max;
  }
  if (stopped || last == due.next) return due;
  // The step ends among rows from the future.
  const auto over = ends_before(marks, last, cut, order.now + kAhead);
  if (!over) return over.error();
  if (!*over) {
    due.more = false;
    return due;
  }
  due.rows.insert(due.rows.end(), held.begin(), held.end());
  due.next = last;
  return due;
}

// Whether the first believable row from `from` on ended before `cut`. What was written while the clock was
// ahead stands together, so its end is searched for: farther and farther away, then by halves.
Result<bool> SqliteJournal::ends_before(Marks marks, std::int64_t from, WallTime cut, WallTime future) {
  sqlite::Statement& query = queries_[std::size_t{kTimeAnswered} + marks];
  std::int64_t low = from, high = from, step = 1;  // rows before `low` are from the future
  std::optional<WallTime> found;  // when the first row from `high` on ended; past the last: nothing
  bool bounded = false;
  while (!bounded || low < high) {
    const std::int64_t at = bounded ? low + (high - low) / 2 : high;
    const sqlite::Rows reset(query);
    const Result<bool> row = query.with(at).next();
    if (!row) return row.error();
    const bool believable = *row && wall_from_ms(query.integer(1)) <= future;
    if (!*row || believable) {
      high = at;
      bounded = true;
      found = believable ? std::optional(wall_from_ms(query.integer(1))) : std::nullopt;
    } else {
      low = query.integer(0) + 1;
      if (!bounded) high = low + step;
      step *= 2;
    }
  }
  return found && *found < cut;
}

// SQLite numbers rows from the highest that there is: once retention has taken the last one, numbers that the
// mark has passed come again. Then it goes back to the beginning.
Result<void> SqliteJournal::follow_numbers(Marks marks, std::int64_t& mark) {
  if (mark <= 1) return {};
  sqlite::Statement& query = queries_[std::size_t{kTimeAnswered} + marks];
  const sqlite::Rows reset(query);
  const Result<bool> row = query.with(mark - 1).next();
  if (!row) return row.error();
  if (!*row) mark = 0;
  return {};
}

Result<bool> SqliteJournal::sweep_bodies(Marks marks, const SweepOrder& order, Swept& swept) {
  std::int64_t& mark = bodies_marks_[marks];
  if (const auto done = follow_numbers(marks, mark); !done) return done.error();
  const auto found = due(marks, mark, order.now - order.kept.bodies, order);
  if (!found) return found.error();
  if (found->next == mark) return false;
  Result<Transaction> transaction = Transaction::begin(db_);
  if (!transaction) return transaction.error();
  for (const DueRow& row : found->rows) {
    if (row.owes) {
      if (const auto done = pass_by(row.id, false); !done) return done.error();
      continue;
    }
    const auto emptied = empty_bodies(row.id);
    if (!emptied) return emptied.error();
    swept.bodies += *emptied ? 1 : 0;
  }
  if (const auto done = set_meta(kMetaBodies[marks], found->next); !done) return done.error();
  if (const auto done = transaction->commit(); !done) return done.error();
  mark = found->next;
  swept.behind = std::max(swept.behind, found->behind);
  return found->more;
}

// Returns whether there was something to empty. Requires a transaction.
Result<bool> SqliteJournal::empty_bodies(std::int64_t id) {
  if (const auto done = queries_[kEmptyBody].run(id); !done) return done.error();
  std::int64_t changes = db_.changes();
  if (const auto done = queries_[kEmptyAnswer].run(id); !done) return done.error();
  changes += db_.changes();
  return changes != 0;
}

Result<bool> SqliteJournal::sweep_exchanges(Marks marks, const SweepOrder& order, Swept& swept) {
  std::int64_t& mark = rows_marks_[marks];
  if (const auto done = follow_numbers(marks, mark); !done) return done.error();
  const auto found = due(marks, mark, order.now - order.kept.rows, order);
  if (!found) return found.error();
  mark = found->next;
  if (found->rows.empty()) return found->more;
  std::vector<std::int64_t> ids;
  ids.reserve(found->rows.size());
  Result<Transaction> transaction = Transaction::begin(db_);
  if (!transaction) return transaction.error();
  for (const DueRow& row : found->rows) {
    if (!row.owes) ids.push_back(row.id);
    else if (const auto done = pass_by(row.id, true); !done) return done.error();
  }
  if (const auto done = drop_exchanges(ids); !done) return done.error();
  if (const auto done = transaction->commit(); !done) return done.error();
  swept.rows += ids.size();
  swept.behind = std::max(swept.behind, found->behind);
  return found->more;
}

// The mark from which on "not found" is sure goes up in the commit that deletes, and is shown before it.
// Requires a transaction.
Result<void> SqliteJournal::drop_exchanges(const std::vector<std::int64_t>& ids) {
  if (ids.empty()) return {};
  const std::int64_t forgotten = *std::max_element(ids.begin(), ids.end()) + 1;
  if (forgotten > kept_from()) keep_from(forgotten);
  for (const std::int64_t id : ids)
    for (const Query query : {kDropAccepted, kDropAnswered, kDropEnded, kDropResolved, kDropCallbacks,
                              kDropCallbackUrl, kDropUnclaimed, kDropLate})
      if (auto done = queries_[query].run(id); !done) return done;
  if (auto done = set_meta(kMetaKeptFrom, kept_from()); !done) return done;
  return set_meta(kMetaLastEnd, last_end_);
}

// Connections by time and number; what operators changed by time alone, so that nobody can push it out.
Result<bool> SqliteJournal::sweep_history(const SweepOrder& order, Swept& swept) {
  Result<Transaction> transaction = Transaction::begin(db_);
  if (!transaction) return transaction.error();
  const WallTime oldest = order.now - limits::kConnectionRowsTime;
  const auto rows_max = static_cast<std::int64_t>(limits::kConnectionRowsMax);
  const auto step = static_cast<std::int64_t>(order.rows_max);
  if (const auto done = queries_[kDropConnections].run(step, to_ms(oldest), rows_max); !done)
    return done.error();
  const std::int64_t dropped = db_.changes();
  if (const auto done = queries_[kDropAudit].run(step, to_ms(order.now - limits::kAuditTime)); !done)
    return done.error();
  const std::int64_t audit_dropped = db_.changes();
  if (const auto done = transaction->commit(); !done) return done.error();
  swept.connections += static_cast<std::uint64_t>(dropped);
  swept.audit += static_cast<std::uint64_t>(audit_dropped);
  return std::max(dropped, audit_dropped) == step;
}

// Freed pages go back to the disk when they are many, a few at a time: each is filled from the file's end. A
// database that an older version made can't do that ("kiosk-gateway compact" makes it one that can).
Result<bool> SqliteJournal::give_space_back(const SweepOrder& order, Swept& swept) {
  if (!gives_space_back_) return false;
  const auto pages = db_.integer("PRAGMA page_count");
  if (!pages) return pages.error();
  const auto free = db_.integer("PRAGMA freelist_count");
  if (!free) return free.error();
  const std::int64_t spare = std::max(kSparePages, pages->value_or(0) / 4);
  if (free->value_or(0) <= spare) return false;
  const auto step = std::min<std::int64_t>(static_cast<std::int64_t>(order.rows_max), *free.value() - spare);
  const std::string sql = "PRAGMA incremental_vacuum(" + std::to_string(step) + ")";
  if (const auto done = db_.exec(sql.c_str()); !done) return done.error();
  swept.pages += static_cast<std::uint64_t>(step);
  return true;
}

}  // namespace kgw
