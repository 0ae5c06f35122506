// One exchange as SQL assembles it from the journal's tables, and its conversion to a StoredExchange.
// Internal to store_sqlite/.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "core/records.hpp"
#include "sqlite/database.hpp"

namespace kgw {

// An exchange's first final state counts (PROTOCOL.md 1.2: a final state never changes), except that an
// answer takes precedence. Each join finds at most one row: `d` is the dispatch after waiting, `e` the first
// end.
#define KGW_EXCHANGE_COLUMNS(response)                                                                      \
  "a.request_id, a.kiosk, a.operation, a.order_id, a.accepted_at, a.deadline_at, a.session IS NOT NULL, "   \
  "d.at, "                                                                                                  \
  "r.answered_at, r.late, r.valid, r.outcome, " response                                                    \
  ", e.state, e.at, e.why, a.owner, a.id, v.at, v.result, v.note, v.actor, u.url, e.seq, n.id IS NOT NULL " \
  "FROM accepted a LEFT JOIN answered r ON r.id = a.id LEFT JOIN ended d ON d.id = a.id AND d.state = 1 "   \
  "LEFT JOIN callback_urls u ON u.id = a.id "                                                               \
  "LEFT JOIN resolved v ON v.id = a.id "                                                                    \
  "LEFT JOIN ended e ON e.seq = (SELECT min(seq) FROM ended WHERE id = a.id AND state IN (3, 4, 5)) "       \
  "LEFT JOIN unclaimed n ON n.id = a.id AND n.claimed_at IS NULL "

// Require a row of KGW_EXCHANGE_COLUMNS.
StoredExchange exchange_of(const sqlite::Statement& row);
// As it was when its first end (below) was written, whatever was answered later. Requires one.
StoredExchange ended_exchange_of(const sqlite::Statement& row);
// Of its first end; nullopt: none.
std::optional<std::int64_t> end_number_of(const sqlite::Statement& row);
bool is_answered_late(const sqlite::Statement& row);
bool is_answered(const sqlite::Statement& row);
std::string_view owner_of(const sqlite::Statement& row);
std::string_view kiosk_of(const sqlite::Statement& row);
std::int64_t journal_key_of(const sqlite::Statement& row);

// answered.valid: 0: not a JSON object; 1: one, and what it says is not kept; from 2 on: 2 and AnswerResult's
// number. In this column since every version takes what is not 0 for a valid answer, and since it stands before
// the answer's bytes, which may fill hundreds of pages.
std::int64_t valid_column(bool is_valid, std::optional<AnswerResult> result);

}  // namespace kgw
