#include "store_sqlite/exchange_columns.hpp"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <memory>
#include <string>

namespace kgw {
namespace {

static_assert(static_cast<int>(State::dispatched) == 1 && static_cast<int>(State::timed_out) == 3 &&
              static_cast<int>(State::rejected) == 4 && static_cast<int>(State::cancelled) == 5);

enum Column {
  request_id,
  kiosk,
  operation,
  order_id,
  accepted_at,
  deadline_at,
  left_at_once,
  left_later,
  answered_at,
  late,
  valid,
  outcome,
  response,
  end_state,
  ended_at,
  why,
  owner,
  key,
  resolved_at,
  resolved_as,
  resolved_note,
  resolved_by,
  callback,
  end_number,
  unclaimed
};

// The first number of `valid` that says the result as well.
constexpr std::int64_t kValidWithResult = 2;

std::optional<AnswerResult> result_in(std::int64_t valid) {
  const std::int64_t number = valid - kValidWithResult;
  if (number < 0 || number >= static_cast<std::int64_t>(std::size(kAnswerResults))) return std::nullopt;
  return static_cast<AnswerResult>(number);
}

StoredExchange exchange_of(const sqlite::Statement& row, bool answered) {
  StoredExchange x;
  const std::string_view id = row.text(request_id);
  std::memcpy(x.id.bytes.data(), id.data(), std::min(id.size(), x.id.bytes.size()));
  x.order.kiosk_id = row.text(kiosk);
  x.order.operation = row.text(operation);
  x.order.order_id = row.text(order_id);
  x.order.owner = row.text(owner);
  x.order.callback_url = row.text(callback);
  x.accepted_at = wall_from_ms(row.integer(accepted_at));
  x.deadline_at = wall_from_ms(row.integer(deadline_at));
  if (row.integer(left_at_once) != 0) x.dispatched_at = x.accepted_at;
  else if (!row.is_null(left_later)) x.dispatched_at = wall_from_ms(row.integer(left_later));
  x.state = x.dispatched_at ? State::dispatched : State::accepted;
  if (!row.is_null(end_state)) {
    x.state = static_cast<State>(row.integer(end_state));
    x.ended_at = wall_from_ms(row.integer(ended_at));
    x.outcome = x.state == State::timed_out ? Outcome::unknown : Outcome::not_executed;
    if (x.state == State::rejected) x.why = error_named(row.text(why));
    // What was to leave in the very commit that failed was rejected afterwards: it did not leave.
    if (x.state != State::timed_out && !answered) x.dispatched_at.reset();
  }
  if (answered) {
    x.state = State::answered;
    x.answered_at = wall_from_ms(row.integer(answered_at));
    x.late = row.integer(late) != 0;
    x.response_valid = row.integer(valid) != 0;
    x.outcome = static_cast<Outcome>(row.integer(outcome));
    x.result = result_kept(x.response_valid, x.outcome, result_in(row.integer(valid)));
    x.why.reset();
    x.unclaimed = row.integer(unclaimed) != 0;
    if (!row.is_null(response)) x.response = share(std::string(row.text(response)));
  }
  if (!row.is_null(resolved_at))
    x.resolved = std::make_shared<const Resolved>(
        Resolved{static_cast<Resolution>(row.integer(resolved_as)), std::string(row.text(resolved_note)),
                 std::string(row.text(resolved_by)), wall_from_ms(row.integer(resolved_at))});
  return x;
}

}  // namespace

std::int64_t valid_column(bool is_valid, std::optional<AnswerResult> result) {
  if (!is_valid || !result) return is_valid ? 1 : 0;
  return kValidWithResult + static_cast<std::int64_t>(*result);
}

std::string_view kiosk_of(const sqlite::Statement& row) { return row.text(kiosk); }
std::int64_t journal_key_of(const sqlite::Statement& row) { return row.integer(key); }
std::string_view owner_of(const sqlite::Statement& row) { return row.text(owner); }
bool is_answered(const sqlite::Statement& row) { return !row.is_null(answered_at); }
bool is_answered_late(const sqlite::Statement& row) { return is_answered(row) && row.integer(late) != 0; }
std::optional<std::int64_t> end_number_of(const sqlite::Statement& row) {
  return row.is_null(end_number) ? std::nullopt : std::optional(row.integer(end_number));
}

StoredExchange exchange_of(const sqlite::Statement& row) { return exchange_of(row, is_answered(row)); }
StoredExchange ended_exchange_of(const sqlite::Statement& row) { return exchange_of(row, false); }

}  // namespace kgw
