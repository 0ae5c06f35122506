// One exchange as SQL puts it together from the journal's tables, and back into a StoredExchange. Internal to
// store/.
#pragma once

#include "core/records.hpp"
#include "sqlite/database.hpp"

namespace kgw {

// The first of an exchange's final states stands (PROTOCOL.md 1.2: a final state never changes); an answer
// beats it. The join finds at most one row each: `d` is the dispatch after waiting, `e` the first end.
#define KGW_EXCHANGE_COLUMNS(response)                                                                    \
  "a.request_id, a.kiosk, a.operation, a.order_id, a.accepted_at, a.deadline_at, a.session IS NOT NULL, " \
  "d.at, "                                                                                                \
  "r.answered_at, r.late, r.valid, r.outcome, " response                                                  \
  ", e.state, e.at, e.why, a.owner, a.id "                                                                \
  "FROM accepted a LEFT JOIN answered r ON r.id = a.id LEFT JOIN ended d ON d.id = a.id AND d.state = 1 " \
  "LEFT JOIN ended e ON e.seq = (SELECT min(seq) FROM ended WHERE id = a.id AND state IN (3, 4, 5)) "

// REQUIRES a row of KGW_EXCHANGE_COLUMNS.
StoredExchange exchange_of(const sqlite::Statement& row);
std::string_view kiosk_of(const sqlite::Statement& row);
std::int64_t journal_key_of(const sqlite::Statement& row);

}  // namespace kgw
