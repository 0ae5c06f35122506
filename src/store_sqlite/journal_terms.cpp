// SqliteJournal's index for rare queries (a kiosk's requests, an order's, those that ended in doubt): runs of
// terms (store_sqlite/term_run), each for some thousands of exchanges that have all ended, in the order of
// their keys. Not part of any commit: it follows behind, in small steps. `indexed_to_` is raised in the
// transaction that writes a run; what is above it is searched row by row.
//
// Invariant: every exchange with a key up to `indexed_to_` is in a run, with each term that it had when it
// ended. What a later answer changes is found by the way it had ended before.
// Implements store_sqlite/sqlite_journal.hpp.
#include "store_sqlite/journal_schema.hpp"
#include "store_sqlite/sqlite_journal.hpp"

namespace kgw {
namespace {

using sqlite::Rows;
using sqlite::Statement;
using sqlite::Transaction;

constexpr std::int64_t kRunsLookedAt = 4;  // in one step of a sweep
// A run is written anew when so small a part of it is left; before that its terms lead nowhere.
constexpr std::int64_t kPartLeft = 8;

}  // namespace

Result<void> SqliteJournal::read_index_mark() {
  const auto mark = meta(kMetaIndexedTo);
  if (!mark) return mark.error();
  indexed_to_ = gathered_to_ = *mark;
  return {};
}

// The next rows with keys above `above` and below `below`, and their terms. How many there were.
Result<std::size_t> SqliteJournal::gather_terms(TermRunBuilder& run, std::int64_t above, std::int64_t below,
                                                std::size_t rows_max) {
  const std::size_t before = run.size();
  {
    Statement& query = queries_[kTermsOfAccepted];
    const Rows reset(query);
    query.with(above, below, static_cast<std::int64_t>(rows_max));
    for (;;) {
      const Result<bool> row = query.next();
      if (!row) return row.error();
      if (!*row) break;
      run.add(query.integer(0));
      run.note(term_of(TermKind::kiosk, query.text(1)));
      if (!query.is_null(2)) run.note(term_of(TermKind::order, query.text(2)));
    }
  }
  if (run.size() == before) return std::size_t{0};
  for (const Query which : {kTermsOfEnded, kTermsOfAnswered}) {
    Statement& query = queries_[which];
    const Rows reset(query);
    query.with(above, run.last());
    for (;;) {
      const Result<bool> row = query.next();
      if (!row) return row.error();
      if (!*row) break;
      run.note_of(query.integer(0), which == kTermsOfEnded ? term_of(TermKind::ended, query.integer(1))
                                                           : term_of(TermKind::doubt, ""));
    }
  }
  return run.size() - before;
}

Result<void> SqliteJournal::put_run(TermRunBuilder& run, std::int64_t first, std::int64_t last) {
  const std::string bytes = run.bytes();
  return queries_[kPutRun].run(first, last, static_cast<std::int64_t>(run.size()), sqlite::Blob{bytes});
}

Result<bool> SqliteJournal::terms_step(std::size_t rows_max) {
  const std::int64_t ended_below = open_.lowest().value_or(last_key_ + 1);
  if (gathered_to_ + 1 >= ended_below) return false;
  const std::size_t wanted = std::min(rows_max, run_rows_ - run_.size());
  const auto rows = gather_terms(run_, gathered_to_, ended_below, wanted);
  if (!rows) return rows.error();
  if (*rows != 0) gathered_to_ = run_.last();
  if (run_.size() < run_rows_) return *rows == wanted;
  Result<Transaction> transaction = Transaction::begin(db_);
  if (!transaction) return transaction.error();
  if (const auto done = put_run(run_, run_.first(), run_.last()); !done) return done.error();
  if (const auto done = set_meta(kMetaIndexedTo, run_.last()); !done) return done.error();
  if (const auto done = transaction->commit(); !done) return done.error();
  indexed_to_ = run_.last();
  run_.clear();
  return true;
}

// In the transaction of a record whose key lies below what is gathered already: a request that was appended
// again after an outage, behind younger ones. The index goes back to before it.
Result<void> SqliteJournal::take_index_back(std::int64_t key) {
  run_.clear();
  gathered_to_ = indexed_to_;
  if (key > indexed_to_) return {};
  if (auto done = queries_[kDropRunsFrom].run(key); !done) return done;
  const auto last = db_.integer("SELECT max(last) FROM term_runs");
  if (!last) return last.error();
  indexed_to_ = gathered_to_ = last->value_or(0);
  return set_meta(kMetaIndexedTo, indexed_to_);
}

Result<std::int64_t> SqliteJournal::rows_between(std::int64_t first, std::int64_t last, std::int64_t rows_max) {
  Statement& query = queries_[kRowsBetween];
  const Rows reset(query);
  const Result<bool> row = query.with(first, last, rows_max).next();
  if (!row) return row.error();
  return query.integer(0);
}

// Runs whose exchanges retention has deleted; of those that keep a few (unknown outcomes stay), the few.
Result<bool> SqliteJournal::sweep_terms() {
  struct Run {
    std::int64_t first, last, size;
  };
  std::vector<Run> runs;
  {
    Statement& query = queries_[kRunsToSweep];
    const Rows reset(query);
    query.with(runs_mark_, kept_from(), kRunsLookedAt);
    for (;;) {
      const Result<bool> row = query.next();
      if (!row) return row.error();
      if (!*row) break;
      runs.push_back({query.integer(0), query.integer(1), query.integer(2)});
    }
  }
  for (const Run& run : runs) {
    runs_mark_ = run.first;
    const std::int64_t few = run.size / kPartLeft;
    const auto left_over = rows_between(run.first, run.last, few + 1);
    if (!left_over) return left_over.error();
    if (*left_over > few) continue;
    TermRunBuilder left;
    const auto rows = gather_terms(left, run.first - 1, run.last + 1, static_cast<std::size_t>(few));
    if (!rows) return rows.error();
    Result<Transaction> transaction = Transaction::begin(db_);
    if (!transaction) return transaction.error();
    const auto done = *rows == 0 ? queries_[kDropRun].run(run.first) : put_run(left, run.first, run.last);
    if (!done) return done.error();
    if (const auto committed = transaction->commit(); !committed) return committed.error();
    return true;
  }
  return static_cast<std::int64_t>(runs.size()) == kRunsLookedAt;
}

}  // namespace kgw
