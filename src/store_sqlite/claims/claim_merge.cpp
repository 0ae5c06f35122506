// ClaimIndex's steps between commits: eight runs become one, a run of which little is left is written anew, and
// those that were merged are taken apart. A look-up reads the old runs until the new one is listed in their
// place, in one transaction. Implements store_sqlite/claims/claim_index.hpp.
#include <algorithm>
#include <limits>

#include "store_sqlite/claims/claim_index.hpp"

namespace kgw {
namespace {

using sqlite::Database;
using sqlite::Rows;
using sqlite::Statement;
using sqlite::Transaction;

// Larger ones stay as they are: they hold some millions of claims, of hours at the highest pace.
constexpr std::size_t kLevelsMerged = 5;
constexpr std::size_t kMergedAtOnce = 8;
// A run is written anew when so small a part of its claims is left; before that its entries lead nowhere.
constexpr std::size_t kPartLeft = 8;
// A row to ask for costs as much as so many entries.
constexpr std::size_t kRowCosts = 8;

}  // namespace

Result<bool> ClaimIndex::merge_step(Database& db, std::size_t entries_max) {
  if (!apart_.empty()) {
    if (const auto done = take_apart(db, entries_max / ClaimBlock::kEntries + 1); !done) return done.error();
    return true;
  }
  if (!merge_) {
    if (!begin_merge(choose())) return false;
    for (Source& source : merge_->from)
      if (const auto done = read_head(source); !done) return done.error();
    const Rows rows(queries_[kLowest]);
    const Result<bool> row = queries_[kLowest].next();
    if (!row) return row.error();
    // A row that comes later, with an id below this one, brings an entry of its own.
    merge_->lowest =
        queries_[kLowest].is_null(0) ? std::numeric_limits<std::int64_t>::max() : queries_[kLowest].integer(0);
  }
  Result<Transaction> transaction = Transaction::begin(db);
  if (!transaction) return transaction.error();
  const auto over = merge_some(merge_->ask ? entries_max / kRowCosts + 1 : entries_max);
  if (!over) return over.error();
  if (*over)
    if (const auto done = end_merge(); !done) return done.error();
  if (const auto done = transaction->commit(); !done) return done.error();
  return true;
}

Result<void> ClaimIndex::take_apart(Database& db, std::size_t blocks_max) {
  Result<Transaction> transaction = Transaction::begin(db);
  if (!transaction) return transaction.error();
  for (auto left = static_cast<std::int64_t>(blocks_max); left > 0 && !apart_.empty();) {
    const std::int64_t number = apart_.back();
    if (auto done = queries_[kDropBlocks].run(claim_place(number, 0), claim_place(number + 1, 0), left); !done)
      return done;
    if (db.changes() < left) apart_.pop_back();
    left -= std::max<std::int64_t>(db.changes(), 1);
  }
  return transaction->commit();
}

// Nothing, one that is to be written anew, or the oldest of a level that is full.
std::vector<std::int64_t> ClaimIndex::choose() const {
  for (const Run& run : runs_)
    if (run.thin) return {run.number};
  std::vector<std::int64_t> numbers;
  for (std::size_t level = 0; level < kLevelsMerged; ++level) {
    numbers.clear();
    for (const Run& run : runs_)
      if (level_of(run.size) == level && numbers.size() < kMergedAtOnce) numbers.push_back(run.number);
    if (numbers.size() == kMergedAtOnce) return numbers;
  }
  return {};
}

bool ClaimIndex::begin_merge(const std::vector<std::int64_t>& numbers) {
  if (numbers.empty()) return false;
  Merge merge;
  std::size_t size = 0;
  for (const std::int64_t number : numbers) {
    Run& run = *find(number);
    run.merging = true;
    size += run.size;
    merge.ask = merge.ask || run.thin;
    merge.from.push_back({number, claim_place(number, 0), {}, 0, {}});
  }
  merge.into.number = next_number();
  merge.into.filter = filter_for(size);
  merge_ = std::move(merge);
  return true;
}

Result<void> ClaimIndex::read_head(Source& source) {
  source.head.reset();
  if (source.at == ClaimBlockView(source.bytes).size()) {
    Statement& query = queries_[kNextBlock];
    const Rows rows(query);
    const Result<bool> row = query.with(source.from).next();
    if (!row) return row.error();
    if (!*row || run_at(query.integer(0)) != source.run) return {};
    source.from = query.integer(0) + 1;
    source.bytes = query.text(1);
    source.at = 0;
    if (!ClaimBlockView(source.bytes).whole()) return damaged();
  }
  source.head = ClaimBlockView(source.bytes).at(source.at++);
  return {};
}

Result<bool> ClaimIndex::is_there(std::int64_t id) {
  const Rows rows(queries_[kRow]);
  return queries_[kRow].with(id).next();
}

// True: all of them are read. REQUIRES a transaction.
Result<bool> ClaimIndex::merge_some(std::size_t entries_max) {
  Merge& merge = *merge_;
  for (; entries_max > 0; --entries_max) {
    Source* next = nullptr;
    for (Source& source : merge.from)
      if (source.head && (next == nullptr || *source.head < *next->head)) next = &source;
    if (next == nullptr) return true;
    const ClaimEntry entry = *next->head;
    if (const auto done = read_head(*next); !done) return done.error();
    if (entry.id < merge.lowest || entry == merge.last) continue;
    if (merge.ask) {
      const auto there = is_there(entry.id);
      if (!there) return there.error();
      if (!*there) continue;
    }
    if (merge.block.ends_before(entry))
      if (const auto done = put_block(merge.into, merge.block); !done) return done.error();
    merge.block.add(entry);
    merge.into.note(entry);
    merge.last = entry;
  }
  return false;
}

// REQUIRES a transaction.
Result<void> ClaimIndex::end_merge() {
  Merge merge = std::move(*merge_);
  merge_.reset();
  if (auto done = put_block(merge.into, merge.block); !done) return done;
  if (merge.into.size != 0)
    if (auto done = put_run(merge.into); !done) return done;
  for (const Source& source : merge.from) {
    if (auto done = queries_[kDropRun].run(source.run); !done) return done;
    apart_.push_back(source.run);
  }
  std::erase_if(runs_, [](const Run& run) { return run.merging; });
  if (merge.into.size != 0) runs_.push_back(std::move(merge.into));
  return {};
}

void ClaimIndex::begin_sweep() {
  counting_ = 0;
  for (Run& run : runs_) run.looked_at = false;
}

// Rows are counted in the range of a run's ids, at most a step's worth; others in that range make it seem to be
// more.
Result<bool> ClaimIndex::sweep_step(std::int64_t old_below, std::size_t rows_max) {
  Run* run = find(counting_);
  if (run == nullptr) {
    const auto at = std::find_if(runs_.begin(), runs_.end(), [old_below](const Run& one) {
      return !one.looked_at && !one.thin && !one.merging && one.last < old_below;
    });
    if (at == runs_.end()) return false;
    run = &*at;
    counting_ = run->number;
    counted_to_ = run->first - 1;
    counted_ = 0;
  }
  Statement& query = queries_[kRowsFrom];
  const Rows rows(query);
  const Result<bool> row = query.with(counted_to_, run->last, static_cast<std::int64_t>(rows_max)).next();
  if (!row) return row.error();
  const auto counted = static_cast<std::size_t>(query.integer(0));
  counted_ += counted;
  counted_to_ = query.integer(1);
  const bool many = counted_ > run->size / kPartLeft;
  if (!many && counted == rows_max) return true;
  run->looked_at = true;
  run->thin = !many && !run->merging;
  counting_ = 0;
  return true;
}

}  // namespace kgw
