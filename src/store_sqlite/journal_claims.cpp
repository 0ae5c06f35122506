// SqliteJournal's keys: claimed in the commit that has the acceptance, free again when that is rejected,
// forgotten some time after the end. Implements store_sqlite/sqlite_journal.hpp.
#include <algorithm>
#include <cstring>

#include "store/forgotten.hpp"
#include "store_sqlite/sqlite_journal.hpp"

namespace kgw {
namespace {

using sqlite::Blob;
using sqlite::Transaction;

Blob blob(const Digest& digest) {
  return {std::string_view(reinterpret_cast<const char*>(digest.data()), digest.size())};
}

bool same(std::string_view bytes, const Digest& digest) {
  return bytes.size() == digest.size() && std::memcmp(bytes.data(), digest.data(), digest.size()) == 0;
}

}  // namespace

// A record that is written a second time finds its own claim.
Result<ClaimVerdict> SqliteJournal::claim(const AcceptedRecord& r) {
  const KeyClaim& asked = *r.order->claim;
  if (auto done = queries_[kClaim].run(r.id.journal_key(), blob(asked.key), blob(asked.request)); !done)
    return done.error();
  if (db_.changes() != 0) return ClaimVerdict{};
  sqlite::Statement& query = queries_[kClaimOf];
  const sqlite::Rows rows(query);
  const Result<bool> row = query.with(blob(asked.key)).next();
  if (!row) return row.error();
  if (!*row || query.integer(0) == r.id.journal_key()) return ClaimVerdict{};
  ClaimVerdict verdict{same(query.text(1), asked.request) ? Claim::taken : Claim::conflict, {}};
  const std::string_view holder = query.text(2);
  std::memcpy(verdict.holder.bytes.data(), holder.data(), std::min(holder.size(), verdict.holder.bytes.size()));
  return verdict;
}

Result<void> SqliteJournal::free_claim(const RequestId& id) {
  return queries_[kDropClaim].run(id.journal_key());
}

// Only what was accepted long enough ago can have ended so long ago.
Result<bool> SqliteJournal::sweep_claims(const SweepOrder& order, Swept& swept) {
  const WallTime cut = order.now - order.kept.keys;
  std::vector<std::int64_t> due;
  std::size_t rows = 0;
  {
    sqlite::Statement& query = queries_[kSweepClaims];
    const sqlite::Rows reset(query);
    query.with(claims_mark_, key_at(cut), to_ms(cut), static_cast<std::int64_t>(order.rows_max));
    for (;; ++rows) {
      const Result<bool> row = query.next();
      if (!row) return row.error();
      if (!*row) break;
      claims_mark_ = query.integer(0);
      if (query.integer(1) != 0) due.push_back(claims_mark_);
    }
  }
  if (!due.empty()) {
    Result<Transaction> transaction = Transaction::begin(db_);
    if (!transaction) return transaction.error();
    for (const std::int64_t id : due)
      if (const auto done = queries_[kDropClaim].run(id); !done) return done.error();
    if (const auto done = transaction->commit(); !done) return done.error();
    swept.keys += due.size();
  }
  return rows == order.rows_max;
}

}  // namespace kgw
