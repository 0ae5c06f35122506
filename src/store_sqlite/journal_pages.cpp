// The pages of JournalReader: exchanges, connection history, the audit trail.
#include <algorithm>

#include "base/limits.hpp"
#include "store/exchange_filter.hpp"
#include "store_sqlite/exchange_columns.hpp"
#include "store_sqlite/journal_reader.hpp"

namespace kgw {
namespace {

using sqlite::Rows;
using sqlite::Statement;

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

std::int64_t first_column(const Statement& row) { return row.integer(0); }

}  // namespace

Result<Page<StoredExchange>> JournalReader::exchanges(const ExchangesQuery& asked) {
  Statement& query = queries_[asked.after ? kExchangesAfter : kExchangesBefore];
  const Rows rows(query);
  query.with(asked.after ? *asked.after : asked.before.value_or(INT64_MAX), kScanMax);
  return read_page<StoredExchange>(
      query, asked.count_max, [](const Statement& row) { return journal_key_of(row); },
      [&asked](const Statement& row) -> std::optional<StoredExchange> {
        if (!asked.kiosk_id.empty() && kiosk_of(row) != asked.kiosk_id) return std::nullopt;
        StoredExchange exchange = exchange_of(row);
        if (!matches(asked, exchange)) return std::nullopt;
        return exchange;
      });
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
