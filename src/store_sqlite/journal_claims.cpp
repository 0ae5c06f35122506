// SqliteJournal's keys and orders: claimed in the commit that has the acceptance, free again when that is
// rejected (an order also when its answer says that it was not done), forgotten some time after the end.
// Implements store_sqlite/sqlite_journal.hpp.
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

RequestId holder_of(std::string_view bytes) {
  RequestId id;
  std::memcpy(id.bytes.data(), bytes.data(), std::min(bytes.size(), id.bytes.size()));
  return id;
}

}  // namespace

// The key comes first: who repeats a request gets its answer, and no word about its order. What gives way for
// its order has no key either.
Result<ClaimVerdict> SqliteJournal::claim(const AcceptedRecord& r) {
  if (r.moved) return claim_what_is_free(r);
  if (r.order->claim) {
    const auto key = claim_key(r);
    if (!key || key->claim != Claim::fresh || !r.order->order_claim) return key;
  }
  const auto order = claim_order(r);
  if (order && order->claim != Claim::fresh && r.order->claim)
    if (const auto done = free_claim(r.id); !done) return done.error();
  return order;
}

// Of what another gateway has claimed: what is taken here stays whose it is.
Result<ClaimVerdict> SqliteJournal::claim_what_is_free(const AcceptedRecord& r) {
  if (r.order->claim)
    if (const auto key = claim_key(r); !key) return key;
  if (r.order->order_claim)
    if (const auto order = claim_order(r); !order) return order;
  return ClaimVerdict{};
}

// A record that is written a second time finds its own claim.
Result<ClaimVerdict> SqliteJournal::claim_key(const AcceptedRecord& r) {
  const KeyClaim& asked = *r.order->claim;
  if (auto done = queries_[kClaim].run(r.id.journal_key(), blob(asked.key), blob(asked.request)); !done)
    return done.error();
  if (db_.changes() != 0) return ClaimVerdict{};
  sqlite::Statement& query = queries_[kClaimOf];
  const sqlite::Rows rows(query);
  const Result<bool> row = query.with(blob(asked.key)).next();
  if (!row) return row.error();
  if (!*row || query.integer(0) == r.id.journal_key()) return ClaimVerdict{};
  return ClaimVerdict{same(query.text(1), asked.request) ? Claim::taken : Claim::conflict,
                      holder_of(query.text(2))};
}

Result<ClaimVerdict> SqliteJournal::claim_order(const AcceptedRecord& r) {
  const Digest& asked = *r.order->order_claim;
  if (auto done = queries_[kClaimOrder].run(r.id.journal_key(), blob(asked),
                                            static_cast<std::int64_t>(OrderFate::open));
      !done)
    return done.error();
  if (db_.changes() != 0) return ClaimVerdict{};
  sqlite::Statement& query = queries_[kOrderOf];
  const sqlite::Rows rows(query);
  const Result<bool> row = query.with(blob(asked)).next();
  if (!row) return row.error();
  if (!*row || query.integer(0) == r.id.journal_key()) return ClaimVerdict{};
  const bool paid = query.integer(1) == static_cast<std::int64_t>(OrderFate::paid);
  return ClaimVerdict{paid ? Claim::order_paid : Claim::order_open, holder_of(query.text(2))};
}

Result<void> SqliteJournal::free_claim(const RequestId& id) {
  return queries_[kDropClaim].run(id.journal_key());
}

Result<void> SqliteJournal::settle_order(const RequestId& id, OrderFate fate, WallTime at) {
  if (fate == OrderFate::open) return {};
  if (fate == OrderFate::free) return queries_[kDropOrder].run(id.journal_key());
  return queries_[kSettleOrder].run(id.journal_key(), static_cast<std::int64_t>(fate), to_ms(at));
}

Result<void> SqliteJournal::resolve_order(const RequestId& id, const Resolved& what) {
  constexpr auto kOpen = static_cast<std::int64_t>(OrderFate::open);
  if (what.result == Resolution::not_done) return queries_[kDropOrderOf].run(id.journal_key(), kOpen);
  return queries_[kResolveOrder].run(id.journal_key(), static_cast<std::int64_t>(OrderFate::paid),
                                     to_ms(what.at), kOpen);
}

struct SqliteJournal::ClaimSweep {
  Query find;  // exchanges from a mark on, and whether their claims are due
  Query drop;
  Milliseconds kept;
  std::int64_t& mark;
  std::uint64_t& swept;
};

// Only what was accepted long enough ago can have ended so long ago.
Result<bool> SqliteJournal::sweep_claims_of(const ClaimSweep& sweep, const SweepOrder& order) {
  const WallTime cut = order.now - sweep.kept;
  std::vector<std::int64_t> due;
  std::size_t rows = 0;
  {
    sqlite::Statement& query = queries_[sweep.find];
    const sqlite::Rows reset(query);
    query.with(sweep.mark, key_at(cut), to_ms(cut), static_cast<std::int64_t>(order.rows_max));
    for (;; ++rows) {
      const Result<bool> row = query.next();
      if (!row) return row.error();
      if (!*row) break;
      sweep.mark = query.integer(0);
      if (query.integer(1) != 0) due.push_back(sweep.mark);
    }
  }
  if (!due.empty()) {
    Result<Transaction> transaction = Transaction::begin(db_);
    if (!transaction) return transaction.error();
    for (const std::int64_t id : due)
      if (const auto done = queries_[sweep.drop].run(id); !done) return done.error();
    if (const auto done = transaction->commit(); !done) return done.error();
    sweep.swept += due.size();
  }
  return rows == order.rows_max;
}

Result<bool> SqliteJournal::sweep_claims(const SweepOrder& order, Swept& swept) {
  return sweep_claims_of({kSweepClaims, kDropClaim, order.kept.keys, claims_mark_, swept.keys}, order);
}

Result<bool> SqliteJournal::sweep_orders(const SweepOrder& order, Swept& swept) {
  return sweep_claims_of({kSweepOrders, kDropOrder, order.kept.orders, orders_mark_, swept.orders}, order);
}

}  // namespace kgw
