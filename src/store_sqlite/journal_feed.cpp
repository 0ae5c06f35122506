// JournalReader's feed: what became final, in that order. Merges `answered` and `ended`, whose rows are
// numbered together; rows of journals from before 0.2 are not, and only those of one table are in order.
// Implements store_sqlite/journal_reader.hpp.
#include <string>
#include <utility>

#include "base/limits.hpp"
#include "store_sqlite/exchange_columns.hpp"
#include "store_sqlite/journal_reader.hpp"

namespace kgw {
namespace {

using sqlite::Rows;
using sqlite::Statement;

// A row's number: an old journal may have the same `seq` in both tables, an end stands before an answer.
constexpr std::int64_t number_of(std::int64_t seq, bool answered) { return 2 * seq + (answered ? 1 : 0); }

}  // namespace

// One snapshot: what is read of an exchange must fit what was read of its end.
Result<FinalsPage> JournalReader::finals(const FinalsQuery& asked) {
  if (const auto begun = db_.exec("BEGIN"); !begun) return begun.error();
  FinalsPage page;
  page.next = asked.after;
  std::size_t bytes = 0;
  Result<void> done;
  {
    Statement& query = queries_[kFinals];
    const Rows rows(query);
    query.with((asked.after - 1) >> 1, asked.after >> 1, static_cast<std::int64_t>(limits::kStoreScanRowsMax));
    for (std::size_t scanned = 0;; ++scanned) {
      const Result<bool> row = query.next();
      if (!row) done = row.error();
      if (!row || !*row) {
        page.more = scanned == limits::kStoreScanRowsMax;
        break;
      }
      page.more = page.rows.size() == asked.count_max || bytes >= limits::kFeedPageBytesMax;
      if (page.more) break;
      const bool answered = query.integer(2) != 0;
      const std::size_t before = page.rows.size();
      done = add_final(asked, answered, query.integer(0), query.integer(1), page);
      if (!done) break;
      if (page.rows.size() > before) bytes += view(page.rows.back().exchange.response).size();
      page.next = number_of(query.integer(0), answered);
    }
  }
  for (const RequestId& id : asked.unclaimed) {
    if (!done) break;
    const auto is_passed = passed(id, asked.after);
    if (!is_passed) done = is_passed.error();
    else if (*is_passed) page.passed.push_back(id);
  }
  const auto ended = db_.exec("ROLLBACK");
  if (!done) return done.error();
  if (!ended) return ended.error();
  return page;
}

Result<bool> JournalReader::passed(const RequestId& id, std::int64_t after) {
  Statement& query = queries_[kAnswerOf];
  const Rows rows(query);
  const Result<bool> row = query.with(id.journal_key()).next();
  if (!row) return row.error();
  return *row && number_of(query.integer(0), true) <= after;
}

// An end does not count if another came before it, nor if the answer was no late one: then it is of a commit
// whose outcome was unknown, and the answer stood before it.
Result<void> JournalReader::add_final(const FinalsQuery& asked, bool answered, std::int64_t seq,
                                      std::int64_t key, FinalsPage& page) {
  Statement& query = queries_[kFinalOf];
  const Rows rows(query);
  const Result<bool> row = query.with(key).next();
  if (!row) return row.error();
  if (!*row) return {};
  if (asked.view.owner && owner_of(query) != *asked.view.owner) return {};
  if (asked.view.kiosk && !asked.view.kiosk(std::string(kiosk_of(query)))) return {};
  if (answered) {
    page.rows.push_back({number_of(seq, answered), exchange_of(query)});
  } else if (end_number_of(query) == seq && (!is_answered(query) || is_answered_late(query))) {
    page.rows.push_back({number_of(seq, answered), ended_exchange_of(query)});
  }
  return {};
}

}  // namespace kgw
