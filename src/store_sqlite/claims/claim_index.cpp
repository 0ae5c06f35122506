#include "store_sqlite/claims/claim_index.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace kgw {
namespace {

using sqlite::Blob;
using sqlite::Database;
using sqlite::Rows;
using sqlite::Statement;
using sqlite::Transaction;

// Eight runs become one, and so on. Half a step of room: what is merged has lost some of its entries.
constexpr std::size_t kFanIn = 8;
constexpr std::size_t kHalf = kFanIn / 2;
// Read at once at a start, when there are more than fit into the memory: 1 MB.
constexpr std::size_t kRowsAtOnce = 65'536;
// In smaller runs everything is kept short by a filter, whatever the larger ones take.
constexpr std::size_t kLevelsWithFilter = 4;

std::string with_names(std::string_view sql, const ClaimIndex::Names& names) {
  std::string text;
  for (const char c : sql) switch (c) {
      case '@': text += names.claims; break;
      case '#': text += names.key; break;
      case '$': text += names.runs; break;
      case '%': text += names.blocks; break;
      case '~': text += '\'', text += names.mark, text += '\''; break;
      default: text += c;
    }
  return text;
}

// In the order of ClaimIndex::Query; for the names, see with_names().
constexpr const char* kSql[] = {
    "SELECT number, first, last, size FROM $ ORDER BY number",
    "INSERT INTO $(number, first, last, size) VALUES(?, ?, ?, ?)",
    "DELETE FROM $ WHERE number = ?",
    "INSERT INTO %(place, entries) VALUES(?, ?)",
    "SELECT place, entries FROM % WHERE place <= ? ORDER BY place DESC LIMIT 1",
    "SELECT place, entries FROM % WHERE place >= ? ORDER BY place LIMIT 1",
    "DELETE FROM % WHERE place IN (SELECT place FROM % WHERE place >= ? AND place < ? LIMIT ?)",
    "SELECT id, # FROM @ WHERE id > ? ORDER BY id LIMIT ?",
    "SELECT value FROM meta WHERE name = ~",
    "INSERT OR REPLACE INTO meta(name, value) VALUES(~, ?)",
    "SELECT 1 FROM @ WHERE id = ?",
    "SELECT min(id) FROM @",
    "SELECT count(*), max(id) FROM (SELECT id FROM @ WHERE id > ? AND id <= ? ORDER BY id LIMIT ?)",
};

}  // namespace

// A start writes it anew when it finds that out; what it does not read to the end then is found by a look-up.
Fault ClaimIndex::damaged() {
  return Fault{ErrorCode::store_unavailable, "The journal's index of claims is damaged."};
}

void ClaimIndex::Run::note(const ClaimEntry& entry) {
  first = size == 0 ? entry.id : std::min(first, entry.id);
  last = size == 0 ? entry.id : std::max(last, entry.id);
  ++size;
  if (filter) filter.add(entry.prefix);
}

Result<void> ClaimIndex::open(Database& db, const Names& names, std::size_t newest_max) {
  newest_max_ = std::max<std::size_t>(newest_max, 1);
  if (auto done = prepare(db, names); !done) return done;
  if (auto done = read_runs(); !done) return done;
  if (auto done = find_strays(); !done) return done;
  {
    const Rows rows(queries_[kMark]);
    const Result<bool> row = queries_[kMark].next();
    if (!row) return row.error();
    to_ = *row ? queries_[kMark].integer(0) : 0;
  }
  // What is not as it was written is written anew, from the claims themselves.
  bool whole = to_ != 0 || runs_.empty();
  for (Run& run : runs_) {
    if (!whole || !wants_filter(run.size)) continue;
    run.filter = filter_for(run.size);
    const auto read = read_filter(run);
    if (!read) return read.error();
    whole = *read;
  }
  if (!whole)
    if (auto done = begin_anew(db); !done) return done;
  return read_newest(db);
}

Result<void> ClaimIndex::prepare(Database& db, const Names& names) {
  static_assert(std::size(kSql) == kQueries);
  for (std::size_t i = 0; i < kQueries; ++i) {
    Result<Statement> statement = db.prepare(with_names(kSql[i], names));
    if (!statement) return statement.error();
    queries_[i] = std::move(*statement);
  }
  return {};
}

Result<void> ClaimIndex::read_runs() {
  Statement& query = queries_[kRuns];
  const Rows rows(query);
  for (;;) {
    const Result<bool> row = query.next();
    if (!row) return row.error();
    if (!*row) return {};
    Run& run = runs_.emplace_back();
    run.number = query.integer(0);
    run.first = query.integer(1);
    run.last = query.integer(2);
    run.size = static_cast<std::size_t>(std::max<std::int64_t>(query.integer(3), 0));
    last_number_ = run.number;
  }
}

// False: it is not what its row says.
Result<bool> ClaimIndex::read_filter(Run& run) {
  std::size_t entries = 0;
  std::int64_t from = claim_place(run.number, 0);
  for (;;) {
    Statement& query = queries_[kNextBlock];
    const Rows rows(query);
    const Result<bool> row = query.with(from).next();
    if (!row) return row.error();
    if (!*row || run_at(query.integer(0)) != run.number) return entries == run.size;
    const ClaimBlockView block(query.text(1));
    if (!block.whole()) return false;
    for (std::size_t i = 0; i < block.size(); ++i) run.filter.add(block.at(i).prefix);
    entries += block.size();
    from = query.integer(0) + 1;
  }
}

// Blocks that no listed run has, from a merge that a crash ended.
Result<void> ClaimIndex::find_strays() {
  std::int64_t from = 0;
  for (;;) {
    Statement& query = queries_[kNextBlock];
    const Rows rows(query);
    const Result<bool> row = query.with(from).next();
    if (!row) return row.error();
    if (!*row) return {};
    const std::int64_t number = run_at(query.integer(0));
    if (find(number) == nullptr) apart_.push_back(number);
    last_number_ = std::max(last_number_, number);
    from = claim_place(number + 1, 0);
  }
}

Result<void> ClaimIndex::begin_anew(Database& db) {
  Result<Transaction> transaction = Transaction::begin(db);
  if (!transaction) return transaction.error();
  for (const Run& run : runs_) {
    if (auto done = queries_[kDropRun].run(run.number); !done) return done;
    apart_.push_back(run.number);
  }
  if (auto done = set_mark(0); !done) return done;
  runs_.clear();
  return transaction->commit();
}

// As many as the memory holds stay there; while there are more, they become runs, a commit each.
Result<void> ClaimIndex::read_newest(Database& db) {
  for (;;) {
    std::vector<ClaimEntry> entries;
    {
      Statement& query = queries_[kNewest];
      const Rows rows(query);
      query.with(to_, static_cast<std::int64_t>(kRowsAtOnce));
      for (;;) {
        const Result<bool> row = query.next();
        if (!row) return row.error();
        if (!*row) break;
        const std::string_view key = query.text(1);
        if (key.size() != sizeof(Digest)) return damaged();
        entries.push_back({prefix_of(key), query.integer(0)});
      }
    }
    if (entries.empty()) return {};
    highest_ = entries.back().id;
    if (entries.size() < newest_max_) {
      for (const ClaimEntry& entry : entries) newest_.emplace(entry.prefix, entry.id);
      return {};
    }
    Result<Transaction> transaction = Transaction::begin(db);
    if (!transaction) return transaction.error();
    if (auto done = write_run(entries); !done) return done;
    if (auto done = set_mark(highest_); !done) return done;
    if (auto done = transaction->commit(); !done) return done;
    if (auto done = db.checkpoint(Database::Checkpoint::passive); !done) return done;
  }
}

Result<std::span<const std::int64_t>> ClaimIndex::look_up(const Digest& key) {
  const std::uint64_t prefix = prefix_of(key);
  found_.clear();
  for (auto [at, end] = newest_.equal_range(prefix); at != end; ++at) found_.push_back(at->second);
  for (const Run& run : runs_)
    if (run.filter.may_have(prefix))
      if (const auto done = add_candidates(run, prefix); !done) return done.error();
  return std::span<const std::int64_t>(found_);
}

Result<void> ClaimIndex::add_candidates(const Run& run, std::uint64_t prefix) {
  Statement& query = queries_[kBlockFor];
  const Rows rows(query);
  const Result<bool> row = query.with(claim_place(run.number, prefix)).next();
  if (!row) return row.error();
  if (!*row || run_at(query.integer(0)) != run.number) return {};  // below its first entry
  const ClaimBlockView block(query.text(1));
  if (!block.whole()) return damaged();
  block.add_ids(prefix, found_);
  return {};
}

void ClaimIndex::add(const Digest& key, std::int64_t id) {
  newest_.emplace(prefix_of(key), id);
  highest_ = std::max(highest_, id);
  late_ = late_ || id <= to_;
}

// One with an id below the mark (a request that is appended again after an outage, behind younger ones, or
// comes from another gateway) is read by no start: it goes into a run at once.
Result<void> ClaimIndex::end_commit() {
  if (newest_.size() < newest_max_ && !late_) return {};
  std::vector<ClaimEntry> entries;
  entries.reserve(newest_.size());
  for (const auto& [prefix, id] : newest_) entries.push_back({prefix, id});
  if (auto done = write_run(entries); !done) return done;
  newest_.clear();
  late_ = false;
  return highest_ > to_ ? set_mark(highest_) : Result<void>();
}

Result<void> ClaimIndex::set_mark(std::int64_t to) {
  to_ = to;
  return queries_[kSetMark].run(to);
}

// REQUIRES a transaction.
Result<void> ClaimIndex::write_run(std::vector<ClaimEntry>& entries) {
  std::sort(entries.begin(), entries.end());
  Run run;
  run.number = next_number();
  run.filter = filter_for(entries.size());
  ClaimBlock block;
  for (const ClaimEntry& entry : entries) {
    if (block.ends_before(entry))
      if (auto done = put_block(run, block); !done) return done;
    block.add(entry);
    run.note(entry);
  }
  if (auto done = put_block(run, block); !done) return done;
  if (auto done = put_run(run); !done) return done;
  runs_.push_back(std::move(run));
  return {};
}

Result<void> ClaimIndex::put_run(const Run& run) {
  return queries_[kPutRun].run(run.number, run.first, run.last, static_cast<std::int64_t>(run.size));
}

Result<void> ClaimIndex::put_block(const Run& run, ClaimBlock& block) {
  if (block.size() == 0) return {};
  auto done = queries_[kPutBlock].run(claim_place(run.number, block.first()), Blob{block.bytes()});
  block.clear();
  return done;
}

// Without one, each look-up reads a block of the run.
bool ClaimIndex::wants_filter(std::size_t size) const {
  if (level_of(size) < kLevelsWithFilter) return true;
  std::size_t bytes = ClaimFilter::bytes_for(size);
  for (const Run& run : runs_) bytes += run.merging ? 0 : run.filter.bytes();
  return bytes <= kFilterBytesMax;
}

ClaimFilter ClaimIndex::filter_for(std::size_t size) const {
  return wants_filter(size) ? ClaimFilter(size) : ClaimFilter();
}

std::size_t ClaimIndex::level_of(std::size_t size) const {
  std::size_t level = 0;
  for (std::size_t most = newest_max_ * kHalf; size >= most; most *= kFanIn) ++level;
  return level;
}

// Always a higher one, so that blocks are appended; after the last one come those at the beginning that are
// free again.
std::int64_t ClaimIndex::next_number() {
  const auto taken = [this](std::int64_t number) {
    return find(number) != nullptr || std::find(apart_.begin(), apart_.end(), number) != apart_.end() ||
           (merge_ && merge_->into.number == number);
  };
  do last_number_ = last_number_ + 1 < kClaimRunsMax ? last_number_ + 1 : 1;
  while (taken(last_number_));
  return last_number_;
}

ClaimIndex::Run* ClaimIndex::find(std::int64_t number) {
  const auto at =
      std::find_if(runs_.begin(), runs_.end(), [number](const Run& run) { return run.number == number; });
  return at == runs_.end() ? nullptr : &*at;
}

}  // namespace kgw
