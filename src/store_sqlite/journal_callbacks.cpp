// SqliteJournal's callbacks: owed with the final record, and how they stand. And the late list: exchanges that
// retention has passed by since a callback about them was owed, so that they hold up nobody behind them. A row
// is written in the commit that passes it by, and the commit that ends its last callback says so in it: while a
// receiver is dead, what waits for it costs a sweep nothing, and once that is over, the owners are served in
// turn, a step each. One that is over owes again only with an answer, whose row is then still to come, or when
// it is replayed.
// Implements store_sqlite/sqlite_journal.hpp.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "store_sqlite/sqlite_journal.hpp"

namespace kgw {

using sqlite::Transaction;

Result<void> SqliteJournal::owe(const RequestId& id, std::uint32_t n, WallTime at) {
  return queries_[kOwe].run(id.journal_key(), std::int64_t{n}, to_ms(at));
}

Result<void> SqliteJournal::apply(const CallbackRecord& r) {
  const CallbackTries& tries = r.tries;
  const auto tried_at = tries.tried_at ? std::optional(to_ms(*tries.tried_at)) : std::nullopt;
  const std::int64_t key = r.id.journal_key();
  if (auto done = queries_[kCallback].run(
          key, std::int64_t{r.n}, static_cast<std::int64_t>(tries.state), to_ms(tries.owed_at),
          to_ms(tries.next_at), std::int64_t{tries.failed}, tried_at, std::int64_t{tries.status}, tries.why);
      !done)
    return done;
  // Whether retention, which may have passed its request by, still has to wait for it.
  return queries_[kLateOwes].run(key);
}

// `whole`: its rows are due, not only its bodies. Requires a transaction.
Result<void> SqliteJournal::pass_by(std::int64_t id, bool whole) { return queries_[kPassBy].run(id, whole); }

// Whether what is known of it now is in a row that retention is still to come to. An answer may have come after
// it was passed by: it is kept from then on, and one that says nothing certain until somebody resolves it.
bool SqliteJournal::comes_again(const sqlite::Statement& row) const {
  if (row.is_null(3)) return false;
  const auto& marks = row.integer(2) != 0 ? rows_marks_ : bodies_marks_;
  const bool unknown = row.integer(4) != 0;
  if (!unknown) return row.integer(3) >= marks[kAnsweredMarks];
  return row.is_null(5) || row.integer(5) >= marks[kResolvedMarks];
}

Result<bool> SqliteJournal::sweep_late(const SweepOrder& order, Swept& swept) {
  struct Row {
    std::int64_t id;
    bool whole;
    bool over;
  };
  std::vector<Row> rows;
  std::string last;
  {
    sqlite::Statement& query = queries_[kLateOver];
    const sqlite::Rows reset(query);
    query.with(late_from_, static_cast<std::int64_t>(order.rows_max));
    for (;;) {
      const Result<bool> row = query.next();
      if (!row) return row.error();
      if (!*row) break;
      rows.push_back({query.integer(1), query.integer(2) != 0, !comes_again(query)});
      last = query.text(0);
    }
  }
  const bool more = rows.size() == order.rows_max || !late_from_.empty();
  // The next step begins behind the owner with whom this one ended, whatever is left of his.
  if (rows.size() == order.rows_max) late_from_ = last + '\0';
  else late_from_.clear();
  if (rows.empty()) return more;
  Result<Transaction> transaction = Transaction::begin(db_);
  if (!transaction) return transaction.error();
  std::vector<std::int64_t> gone;
  std::uint64_t emptied_rows = 0;
  for (const Row& row : rows) {
    if (const auto done = queries_[kDropLate].run(row.id); !done) return done.error();
    if (!row.over) continue;
    if (row.whole) {
      gone.push_back(row.id);
      continue;
    }
    const auto emptied = empty_bodies(row.id);
    if (!emptied) return emptied.error();
    emptied_rows += *emptied ? 1 : 0;
  }
  if (const auto done = drop_exchanges(gone); !done) return done.error();
  if (const auto done = transaction->commit(); !done) return done.error();
  swept.bodies += emptied_rows;
  swept.rows += gone.size();
  return more;
}

}  // namespace kgw
