// JournalReader's pages: exchanges, connection history, the audit trail.
// Implements store_sqlite/journal_reader.hpp.
#include <algorithm>
#include <iterator>

#include "base/limits.hpp"
#include "store/exchange_filter.hpp"
#include "store_sqlite/exchange_columns.hpp"
#include "store_sqlite/journal_reader.hpp"
#include "store_sqlite/journal_schema.hpp"

namespace kgw {
namespace {

using sqlite::Rows;
using sqlite::Statement;

// What a look at a run of the index costs, in rows.
constexpr std::size_t kRunRows = 32;
constexpr auto kScanMax = static_cast<std::int64_t>(limits::kStoreScanRowsMax);

// Reads rows until the page is full or the scan's bound is reached. `number_of` gives a row's cursor, `take`
// the row when it belongs into the page.
template <class Row, class NumberOf, class Take>
Result<Page<Row>> read_page(Statement& query, std::size_t count_max, NumberOf number_of, Take take) {
  Page<Row> page;
  std::int64_t scanned = 0;
  std::int64_t last = 0;
  for (;;) {
    const Result<bool> row = query.next();
    if (!row) return row.error();
    if (!*row) break;
    if (page.rows.size() == count_max) {  // there is one more
      page.next = last;
      return page;
    }
    ++scanned;
    last = number_of(query);
    if (auto taken = take(query)) page.rows.push_back(std::move(*taken));
  }
  if (scanned == kScanMax) page.next = last;
  return page;
}

// What a query asks of the index. All that it has has ended, so it has nothing for a query of open ones.
struct Sieve {
  TermGroups groups;
  bool nothing = false;
};

Sieve sieve_of(const ExchangesQuery& asked) {
  const auto ended = [](State state) { return term_of(TermKind::ended, static_cast<std::int64_t>(state)); };
  Sieve sieve;
  if (!asked.kiosk_id.empty()) sieve.groups.push_back({term_of(TermKind::kiosk, asked.kiosk_id)});
  if (!asked.order_id.empty()) sieve.groups.push_back({term_of(TermKind::order, asked.order_id)});
  if (asked.state && *asked.state >= State::timed_out) sieve.groups.push_back({ended(*asked.state)});
  // Whatever had ended otherwise than with a plain answer: a late one may have changed the outcome since.
  if (asked.outcome == Outcome::unknown || asked.outcome == Outcome::not_executed ||
      asked.result == AnswerResult::unknown)
    sieve.groups.push_back({term_of(TermKind::doubt, ""), ended(State::timed_out), ended(State::rejected),
                            ended(State::cancelled)});
  sieve.nothing =
      asked.state == State::accepted || asked.state == State::dispatched || asked.outcome == Outcome::open;
  return sieve;
}

std::int64_t first_column(const Statement& row) { return row.integer(0); }

}  // namespace

Result<Page<StoredExchange>> JournalReader::scan(Statement& query, const ExchangesQuery& asked,
                                                 std::size_t count_max) {
  return read_page<StoredExchange>(
      query, count_max, [](const Statement& row) { return journal_key_of(row); },
      [&asked](const Statement& row) -> std::optional<StoredExchange> {
        if (!asked.kiosk_id.empty() && kiosk_of(row) != asked.kiosk_id) return std::nullopt;
        StoredExchange exchange = exchange_of(row);
        if (!matches(asked, exchange)) return std::nullopt;
        return exchange;
      });
}

// One snapshot: the index and the rows above it must fit together.
Result<Page<StoredExchange>> JournalReader::exchanges(const ExchangesQuery& asked) {
  if (const auto begun = db_.exec("BEGIN"); !begun) return begun.error();
  auto page = find(asked);
  const auto ended = db_.exec("ROLLBACK");
  if (page && !ended) return ended.error();
  return page;
}

// Row by row, but for what the index has of rare ones.
Result<Page<StoredExchange>> JournalReader::find(const ExchangesQuery& asked) {
  if (asked.unclaimed) return find_unclaimed(asked);
  const Sieve sieve = sieve_of(asked);
  const bool by_index = sieve.nothing || !sieve.groups.empty();
  const auto indexed = by_index ? indexed_to() : Result<std::int64_t>(0);
  if (!indexed) return indexed.error();
  if (!asked.after) {
    const std::int64_t before = asked.before.value_or(INT64_MAX);
    Page<StoredExchange> page;
    if (before > *indexed + 1) {
      Statement& query = queries_[by_index ? kExchangesBetween : kExchangesBefore];
      const Rows rows(query);
      if (by_index) query.with(before, *indexed, kScanMax);
      else query.with(before, kScanMax);
      auto scanned = scan(query, asked, asked.count_max);
      if (!scanned || scanned->next || !by_index) return scanned;
      page = std::move(*scanned);
    }
    if (!sieve.nothing)
      if (const auto found = find_indexed(asked, sieve.groups, *indexed, page); !found) return found.error();
    return page;
  }
  Page<StoredExchange> page;
  if (*asked.after < *indexed && !sieve.nothing) {
    if (const auto found = find_indexed(asked, sieve.groups, *indexed, page); !found) return found.error();
    if (page.next) return page;
    if (page.rows.size() == asked.count_max) {
      page.next = *indexed;
      return page;
    }
  }
  Statement& query = queries_[kExchangesAfter];
  const Rows rows(query);
  query.with(std::max(*asked.after, *indexed), kScanMax);
  auto scanned = scan(query, asked, asked.count_max - page.rows.size());
  if (!scanned) return scanned.error();
  std::move(scanned->rows.begin(), scanned->rows.end(), std::back_inserter(page.rows));
  page.next = scanned->next;
  return page;
}

// Few of many: from the list itself.
Result<Page<StoredExchange>> JournalReader::find_unclaimed(const ExchangesQuery& asked) {
  Statement& query = queries_[asked.after ? kUnclaimedAfter : kUnclaimedBefore];
  const Rows rows(query);
  query.with(asked.after ? *asked.after : asked.before.value_or(INT64_MAX), kScanMax);
  Page<StoredExchange> page;
  std::int64_t scanned = 0;
  std::int64_t last = 0;
  for (;; ++scanned) {
    const Result<bool> row = query.next();
    if (!row) return row.error();
    if (!*row) break;
    if (page.rows.size() == asked.count_max) {
      page.next = last;
      return page;
    }
    last = query.integer(0);
    auto exchange = exchange_at(last, asked);
    if (!exchange) return exchange.error();
    if (*exchange) page.rows.push_back(std::move(**exchange));
  }
  if (scanned == kScanMax) page.next = last;
  return page;
}

// One more than the page takes is looked for: whether it is the last.
Result<void> JournalReader::find_indexed(const ExchangesQuery& asked, const TermGroups& groups,
                                         std::int64_t indexed_to, Page<StoredExchange>& page) {
  const bool forward = asked.after.has_value();
  const std::int64_t cursor = forward ? *asked.after : asked.before.value_or(INT64_MAX);
  Statement& runs = queries_[forward ? kRunsAfter : kRunsBefore];
  const Rows reset(runs);
  runs.with(cursor, indexed_to);
  std::optional<std::int64_t> last =
      page.rows.empty() ? std::nullopt : std::optional(page.rows.back().id.journal_key());
  std::size_t cost = 0;
  for (;;) {
    const Result<bool> run = runs.next();
    if (!run) return run.error();
    if (!*run) return {};
    auto keys = keys_with(runs.text(2), groups);
    if (!keys) return Fault{ErrorCode::store_unavailable, "the journal's index is damaged"};
    if (!forward) std::reverse(keys->begin(), keys->end());
    for (const std::int64_t key : *keys) {
      if (forward ? key <= cursor : key >= cursor) continue;
      ++cost;
      auto exchange = exchange_at(key, asked);
      if (!exchange) return exchange.error();
      if (!*exchange) continue;
      if (page.rows.size() == asked.count_max) {
        page.next = last;
        return {};
      }
      page.rows.push_back(std::move(**exchange));
      last = key;
    }
    cost += kRunRows;
    if (cost < limits::kStoreScanRowsMax) continue;
    page.next = page.rows.size() == asked.count_max ? last : runs.integer(forward ? 1 : 0);
    return {};
  }
}

Result<std::optional<StoredExchange>> JournalReader::exchange_at(std::int64_t key,
                                                                 const ExchangesQuery& asked) {
  Statement& query = queries_[kExchangeOf];
  const Rows rows(query);
  const Result<bool> row = query.with(key).next();
  if (!row) return row.error();
  if (!*row || (!asked.kiosk_id.empty() && kiosk_of(query) != asked.kiosk_id))
    return std::optional<StoredExchange>();
  StoredExchange exchange = exchange_of(query);
  if (!matches(asked, exchange)) return std::optional<StoredExchange>();
  return std::optional(std::move(exchange));
}

Result<std::int64_t> JournalReader::indexed_to() {
  Statement& query = queries_[kIndexedTo];
  const Rows rows(query);
  const Result<bool> row = query.with(kMetaIndexedTo).next();
  if (!row) return row.error();
  return *row ? query.integer(0) : std::int64_t{0};
}

Result<Page<StoredConnection>> JournalReader::connections(const HistoryQuery& asked) {
  Statement& query = queries_[asked.about.empty() ? kConnections : kConnectionsOf];
  const Rows rows(query);
  const std::int64_t before = asked.before.value_or(INT64_MAX);
  if (asked.about.empty()) query.with(before, kScanMax);
  else query.with(before, kScanMax, asked.about);
  return read_page<StoredConnection>(
      query, asked.count_max, first_column, [&asked](const Statement& row) -> std::optional<StoredConnection> {
        StoredConnection c{row.integer(0),      std::string(row.text(1)), wall_from_ms(row.integer(2)),
                           row.integer(3) != 0, std::string(row.text(4)), std::string(row.text(5))};
        if (!is_within(asked, c.at) || (asked.visible && !asked.visible(c.kiosk_id))) return std::nullopt;
        return c;
      });
}

Result<Page<StoredAudit>> JournalReader::audit(const HistoryQuery& asked) {
  Statement& query = queries_[asked.about.empty() ? kAudit : kAuditOf];
  const Rows rows(query);
  const std::int64_t before = asked.before.value_or(INT64_MAX);
  if (asked.about.empty()) query.with(before, kScanMax);
  else query.with(before, kScanMax, asked.about);
  return read_page<StoredAudit>(
      query, asked.count_max, first_column, [&asked](const Statement& row) -> std::optional<StoredAudit> {
        if (!is_within(asked, wall_from_ms(row.integer(1)))) return std::nullopt;
        return StoredAudit{row.integer(0),
                           {wall_from_ms(row.integer(1)), std::string(row.text(2)), std::string(row.text(3)),
                            std::string(row.text(4)), std::string(row.text(5)), std::string(row.text(6)),
                            std::string(row.text(7))}};
      });
}

}  // namespace kgw
