// SqliteJournal's keys and orders: claimed in the commit that has the acceptance, free again when that is
// rejected (an order also when its answer says that it was not done), forgotten some time after the end.
// Implements store_sqlite/sqlite_journal.hpp.
#include <algorithm>
#include <cstring>

#include "store/forgotten.hpp"
#include "store_sqlite/journal_schema.hpp"
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

// An entry costs a tenth of what a row of the other index does.
constexpr std::size_t kEntriesPerRow = 16;

}  // namespace

Result<void> SqliteJournal::open_claims(std::size_t claim_rows) {
  if (auto done = keys_.open(db_, {"claims", "key", "claim_runs", "claim_blocks", kMetaClaimsTo}, claim_rows);
      !done)
    return done;
  return orders_.open(db_, {"order_claims", "order_key", "order_runs", "order_blocks", kMetaOrdersTo},
                      claim_rows);
}

// One after another, so that none waits for the end of another's work.
Result<bool> SqliteJournal::index_step(std::size_t rows_max) {
  for (int tried = 0; tried < 3; ++tried) {
    const unsigned turn = index_turn_++ % 3;
    auto more = turn == 0   ? terms_step(rows_max)
                : turn == 1 ? keys_.merge_step(db_, rows_max * kEntriesPerRow)
                            : orders_.merge_step(db_, rows_max * kEntriesPerRow);
    if (!more || *more) return more;
  }
  return false;
}

// The key comes first: who repeats a request gets its answer, and no word about its order. What gives way for
// its order has no key either.
Result<ClaimVerdict> SqliteJournal::claim(const AcceptedRecord& r) {
  if (r.moved) return claim_what_is_free(r);
  if (r.order->claim) {
    auto key = claim_key(r);
    if (!key || key->claim != Claim::fresh || !r.order->order_claim) return key;
  }
  auto order = claim_order(r);
  if (order && order->claim != Claim::fresh && r.order->claim)
    if (const auto done = free_claim(r.id); !done) return done.error();
  return order;
}

// Of what another gateway has claimed: what is taken here stays whose it is.
Result<ClaimVerdict> SqliteJournal::claim_what_is_free(const AcceptedRecord& r) {
  if (r.order->claim)
    if (auto key = claim_key(r); !key) return key;
  if (r.order->order_claim)
    if (auto order = claim_order(r); !order) return order;
  return ClaimVerdict{};
}

// No unique index stands behind these two: what the index names is compared with its row, in full, and what it
// does not name has nobody. A record that is written a second time finds its own claim.
Result<ClaimVerdict> SqliteJournal::claim_key(const AcceptedRecord& r) {
  const KeyClaim& asked = *r.order->claim;
  const auto near = keys_.look_up(asked.key);
  if (!near) return near.error();
  for (const std::int64_t id : *near) {
    sqlite::Statement& query = queries_[kClaimOf];
    const sqlite::Rows rows(query);
    const Result<bool> row = query.with(id).next();
    if (!row) return row.error();
    if (!*row || !same(query.text(0), asked.key)) continue;
    if (id == r.id.journal_key()) return ClaimVerdict{};
    return ClaimVerdict{same(query.text(1), asked.request) ? Claim::taken : Claim::conflict,
                        holder_of(query.text(2))};
  }
  if (auto done = queries_[kClaim].run(r.id.journal_key(), blob(asked.key), blob(asked.request)); !done)
    return done.error();
  if (db_.changes() != 0) keys_.add(asked.key, r.id.journal_key());
  return ClaimVerdict{};
}

Result<ClaimVerdict> SqliteJournal::claim_order(const AcceptedRecord& r) {
  const Digest& asked = *r.order->order_claim;
  const auto near = orders_.look_up(asked);
  if (!near) return near.error();
  for (const std::int64_t id : *near) {
    sqlite::Statement& query = queries_[kOrderOf];
    const sqlite::Rows rows(query);
    const Result<bool> row = query.with(id).next();
    if (!row) return row.error();
    if (!*row || !same(query.text(0), asked)) continue;
    if (id == r.id.journal_key()) return ClaimVerdict{};
    const bool paid = query.integer(1) == static_cast<std::int64_t>(OrderFate::paid);
    return ClaimVerdict{paid ? Claim::order_paid : Claim::order_open, holder_of(query.text(2))};
  }
  if (auto done = queries_[kClaimOrder].run(r.id.journal_key(), blob(asked),
                                            static_cast<std::int64_t>(OrderFate::open));
      !done)
    return done.error();
  if (db_.changes() != 0) orders_.add(asked, r.id.journal_key());
  return ClaimVerdict{};
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

// After the claims, the index: runs of which all claims are old, and little is left.
Result<bool> SqliteJournal::sweep_claims(const SweepOrder& order, Swept& swept) {
  auto more = sweep_claims_of({kSweepClaims, kDropClaim, order.kept.keys, claims_mark_, swept.keys}, order);
  if (!more || *more) return more;
  return keys_.sweep_step(key_at(order.now - order.kept.keys), order.rows_max);
}

Result<bool> SqliteJournal::sweep_orders(const SweepOrder& order, Swept& swept) {
  auto more = sweep_claims_of({kSweepOrders, kDropOrder, order.kept.orders, orders_mark_, swept.orders}, order);
  if (!more || *more) return more;
  return orders_.sweep_step(key_at(order.now - order.kept.orders), order.rows_max);
}

}  // namespace kgw
