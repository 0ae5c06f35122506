// Journal's retention: empties the bodies of exchanges that ended long ago, deletes the rows of those that
// ended longer ago, bounds the connection history. Small steps between commits.
#include <algorithm>

#include "base/limits.hpp"
#include "store/journal.hpp"
#include "store/journal_schema.hpp"

namespace kgw {
namespace {

using sqlite::Transaction;

constexpr std::size_t kStepRows = 500;

// The smallest journal key of an exchange that was accepted at `t` (base/ids.hpp).
std::int64_t key_at(WallTime t) { return std::max<std::int64_t>(to_ms(t), 0) << 12; }

}  // namespace

void Journal::begin_sweep() {
  sweep_part_ = SweepPart::bodies;
  sweep_from_ = 0;
}

Result<bool> Journal::sweep_step(Kept kept, WallTime now, Swept& swept) {
  Result<bool> more = false;
  switch (sweep_part_) {
    case SweepPart::bodies:
      more = sweep_bodies(kept.bodies, now, swept);
      if (more && !*more) sweep_part_ = SweepPart::rows;
      break;
    case SweepPart::rows:
      more = sweep_exchanges(kept.rows, now, swept);
      if (more && !*more) sweep_part_ = SweepPart::connections;
      break;
    case SweepPart::connections:
      more = sweep_history(now, swept);
      if (more && !*more) sweep_part_ = SweepPart::done;
      break;
    case SweepPart::done: break;
  }
  if (!more) return more;
  return sweep_part_ != SweepPart::done;
}

// An exchange ends after it was accepted, so none with a key past key_at(ended_before) can be due.
Result<std::vector<Journal::SweepRow>> Journal::sweep_rows(std::int64_t from, WallTime ended_before) {
  sqlite::Statement& query = queries_[kSweepRows];
  const sqlite::Rows reset(query);
  query.with(from, key_at(ended_before));
  std::vector<SweepRow> rows;
  for (;;) {
    const Result<bool> row = query.next();
    if (!row) return row.error();
    if (!*row) return rows;
    SweepRow& r = rows.emplace_back(SweepRow{query.integer(0), std::nullopt, false});
    const bool answered = !query.is_null(1);
    const bool ended = !query.is_null(3);
    if (answered) {
      r.ended_ms = query.integer(1);
      r.unknown = query.integer(2) == static_cast<std::int64_t>(Outcome::unknown);
    } else if (ended) {
      r.ended_ms = query.integer(3);
      r.unknown = query.integer(4) == static_cast<std::int64_t>(State::timed_out);
    }
  }
}

// Goes on from where the last sweep stopped: at the first exchange that is not due yet. One that is open or of
// unknown outcome is passed by; its end or late answer brings the mark back to it (lower_bodies_mark()).
Result<bool> Journal::sweep_bodies(Milliseconds keep, WallTime now, Swept& swept) {
  const WallTime ended_before = now - keep;
  const auto rows = sweep_rows(bodies_from_, ended_before);
  if (!rows) return rows.error();
  if (rows->empty()) return false;
  Result<Transaction> transaction = Transaction::begin(db_);
  if (!transaction) return transaction.error();
  std::int64_t from = bodies_from_;
  bool more = rows->size() == kStepRows;
  for (const SweepRow& row : *rows) {
    if (row.ended_ms && *row.ended_ms >= to_ms(ended_before)) {
      more = false;
      break;
    }
    from = row.key + 1;
    if (!row.ended_ms || row.unknown) continue;
    if (const auto done = queries_[kEmptyBody].run(row.key); !done) return done.error();
    std::int64_t changes = db_.changes();
    if (const auto done = queries_[kEmptyAnswer].run(row.key); !done) return done.error();
    changes += db_.changes();
    if (changes != 0) ++swept.bodies;
  }
  if (from == bodies_from_) return false;
  if (const auto done = set_meta(kMetaBodies, from); !done) return done.error();
  if (const auto done = transaction->commit(); !done) return done.error();
  bodies_from_ = from;
  return more;
}

// Starts over at every sweep: what it left behind is due later, or of unknown outcome and few.
Result<bool> Journal::sweep_exchanges(Milliseconds keep, WallTime now, Swept& swept) {
  const WallTime ended_before = now - keep;
  const auto rows = sweep_rows(sweep_from_, ended_before);
  if (!rows) return rows.error();
  if (rows->empty()) return false;
  Result<Transaction> transaction = Transaction::begin(db_);
  if (!transaction) return transaction.error();
  for (const SweepRow& row : *rows) {
    if (!row.ended_ms || *row.ended_ms >= to_ms(ended_before) || row.unknown) continue;
    for (const Query query : {kDropAccepted, kDropAnswered, kDropEnded})
      if (const auto done = queries_[query].run(row.key); !done) return done.error();
    ++swept.rows;
  }
  if (const auto done = transaction->commit(); !done) return done.error();
  sweep_from_ = rows->back().key + 1;
  return rows->size() == kStepRows;
}

Result<bool> Journal::sweep_history(WallTime now, Swept& swept) {
  Result<Transaction> transaction = Transaction::begin(db_);
  if (!transaction) return transaction.error();
  const WallTime oldest = now - limits::kConnectionRowsTime;
  const auto rows_max = static_cast<std::int64_t>(limits::kConnectionRowsMax);
  if (const auto done = queries_[kDropConnections].run(to_ms(oldest), rows_max); !done) return done.error();
  const std::int64_t dropped = db_.changes();
  const auto audit_max = static_cast<std::int64_t>(limits::kAuditRowsMax);
  if (const auto done = queries_[kDropAudit].run(audit_max); !done) return done.error();
  const std::int64_t audit_dropped = db_.changes();
  if (const auto done = transaction->commit(); !done) return done.error();
  swept.connections += static_cast<std::uint64_t>(dropped);
  swept.audit += static_cast<std::uint64_t>(audit_dropped);
  return std::max(dropped, audit_dropped) == static_cast<std::int64_t>(kStepRows);
}

}  // namespace kgw
