// SqliteJournal's unclaimed answers: listed and claimed by records; after a crash, those that were answered in
// its last moments (docs/journal.md). Implements store_sqlite/sqlite_journal.hpp.
#include <algorithm>
#include <utility>

#include "base/limits.hpp"
#include "store_sqlite/exchange_columns.hpp"
#include "store_sqlite/journal_schema.hpp"
#include "store_sqlite/sqlite_journal.hpp"

namespace kgw {
namespace {

using sqlite::Transaction;

constexpr auto kToldTime = std::chrono::seconds(1);

}  // namespace

Result<void> SqliteJournal::apply(const UnclaimedRecord& r) {
  return queries_[kUnclaimed].run(r.id.journal_key(), to_ms(r.at));
}

// Also where it was not listed yet: who has read it before the gateway knew is not to be waited for.
Result<void> SqliteJournal::apply(const ClaimedRecord& r) {
  return queries_[kClaimed].run(r.id.journal_key(), to_ms(r.at), static_cast<std::int64_t>(r.how));
}

// Along with a commit, at most once a second. An answer leaves in the turn that learns of its commit, so it has
// left, or is listed, when a commit is written that was handed over two marks later.
Result<void> SqliteJournal::write_told_mark(Instant now) {
  if (now - told_at_ < kToldTime) return {};
  told_at_ = now;
  if (told_[0] != told_to_)
    if (auto done = set_meta(kMetaToldTo, told_[0]); !done) return done;
  told_to_ = told_[0];
  told_ = {told_[1], last_end_};
  return {};
}

// At a start only: a journal that is opened again while the gateway lives has lost nobody's answer.
Result<void> SqliteJournal::list_untold() {
  if (told_to_ >= last_end_) return {};
  Result<Transaction> transaction = Transaction::begin(db_);
  if (!transaction) return transaction.error();
  auto list = db_.prepare("INSERT OR IGNORE INTO unclaimed(id, at) SELECT id, ? FROM answered WHERE seq > ?");
  if (!list) return list.error();
  if (auto done = list->run(to_ms(opened_at_), told_to_); !done) return done;
  if (auto done = set_meta(kMetaToldTo, last_end_); !done) return done;
  if (auto done = transaction->commit(); !done) return done;
  told_to_ = last_end_;
  told_ = {last_end_, last_end_};
  return {};
}

Result<std::vector<StoredExchange>> SqliteJournal::load_unclaimed() {
  auto query = db_.prepare("SELECT " KGW_EXCHANGE_COLUMNS(
      "r.response") "WHERE a.id IN (SELECT id FROM unclaimed WHERE claimed_at IS NULL ORDER BY id DESC LIMIT "
                    "?) "
                    "ORDER BY a.id");
  if (!query) return query.error();
  std::vector<StoredExchange> unclaimed;
  query->with(static_cast<std::int64_t>(limits::kUnclaimedMax));
  for (;;) {
    const Result<bool> row = query->next();
    if (!row) return row.error();
    if (!*row) return unclaimed;
    unclaimed.push_back(exchange_of(*query));
  }
}

}  // namespace kgw
