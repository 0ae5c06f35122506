#include "admin/requests_query.hpp"

#include <algorithm>
#include <chrono>
#include <initializer_list>
#include <optional>
#include <string>

#include "base/errors.hpp"
#include "http/page_query.hpp"
#include "store/forgotten.hpp"
#include "wire/http_head.hpp"

namespace kgw {
namespace {

constexpr std::size_t kListDefault = 100;
constexpr std::size_t kListMax = 1000;
constexpr std::size_t kIdBeginningMin = 8;
// A journal key contains the time of the acceptance, or a later one: keys keep growing while the clock is set
// back. So much is allowed for.
constexpr auto kSetBackMax = std::chrono::hours(24);
constexpr auto kTurnMax = std::chrono::minutes(1);  // between the two looks at the clock

// A member of the query that must be one of an enumeration's names, in lower case.
template <class Enum>
Result<std::optional<Enum>> one_of(std::string_view query, std::string_view member,
                                   std::initializer_list<Enum> values) {
  const auto text = query_value(query, member);
  if (!text) return std::optional<Enum>();
  std::string allowed;
  for (const Enum value : values) {
    if (*text == name(value)) return std::optional(value);
    allowed.append(allowed.empty() ? "" : ", ").append(name(value));
  }
  return Fault{ErrorCode::invalid_argument, "'" + std::string(member) + "' must be one of " + allowed + "."};
}

Result<std::optional<ErrorCode>> error_of(std::string_view query) {
  const auto text = query_value(query, "error");
  if (!text) return std::optional<ErrorCode>();
  if (const auto error = error_named(*text)) return std::optional(*error);
  return Fault{ErrorCode::invalid_argument,
               "'error' must be the name of an error with which a request was refused, such as kiosk_busy."};
}

// The ids that begin with `text`.
std::optional<ExchangesQuery::Ids> ids_beginning(std::string_view text) {
  if (text.size() < kIdBeginningMin || text.size() > RequestId::kTextSize) return std::nullopt;
  std::string first = "00000000-0000-0000-0000-000000000000";
  std::string last = "ffffffff-ffff-ffff-ffff-ffffffffffff";
  std::copy(text.begin(), text.end(), first.begin());
  std::copy(text.begin(), text.end(), last.begin());
  const auto lowest = RequestId::parse(first);
  const auto highest = RequestId::parse(last);
  if (!lowest || !highest) return std::nullopt;
  return ExchangesQuery::Ids{*lowest, *highest};
}

Result<std::optional<ExchangesQuery::Ids>> ids_of(std::string_view query) {
  const auto text = query_value(query, "request_id");
  if (!text) return std::optional<ExchangesQuery::Ids>();
  if (const auto ids = ids_beginning(*text)) return ids;
  return Fault{ErrorCode::invalid_argument,
               "'request_id' must be a request id, or its first 8 characters or more, as in 01a207a6-7332."};
}

// Begins the search where the first match can be: whoever asks for an hour of last month does not read all that
// came since.
void narrow(ExchangesQuery& query) {
  if (query.after) {
    query.after = std::max(*query.after, lowest_key(query) - 1);
    return;
  }
  std::int64_t before = query.before.value_or(INT64_MAX);
  if (query.ids) before = std::min(before, query.ids->last.journal_key() + 1);
  if (query.to) before = std::min(before, key_at(*query.to + kSetBackMax));
  if (before != INT64_MAX) query.before = before;
}

}  // namespace

std::int64_t lowest_key(const ExchangesQuery& query) {
  std::int64_t lowest = 0;
  if (query.ids) lowest = query.ids->first.journal_key();
  if (query.from) lowest = std::max(lowest, key_at(*query.from - kTurnMax));
  return lowest;
}

Result<ExchangesQuery> requests_query(std::string_view text) {
  ExchangesQuery query;
  const auto limit = page_limit(text, kListDefault, kListMax);
  if (!limit) return limit.error();
  const auto cursor = page_cursor(text);
  if (!cursor) return cursor.error();
  const std::string order = query_value(text, "order").value_or("newest");
  if (order != "newest" && order != "oldest")
    return Fault{ErrorCode::invalid_argument, "'order' must be newest or oldest (which requests come first)."};
  const auto times = page_times(text);
  if (!times) return times.error();
  const auto state = one_of(text, "state",
                            {State::accepted, State::dispatched, State::answered, State::timed_out,
                             State::rejected, State::cancelled});
  if (!state) return state.error();
  const auto outcome = one_of(text, "outcome", {Outcome::known, Outcome::unknown, Outcome::not_executed});
  if (!outcome) return outcome.error();
  const auto result = one_of(text, "result",
                             {AnswerResult::success, AnswerResult::declined, AnswerResult::failed,
                              AnswerResult::error, AnswerResult::unknown, AnswerResult::unclassified});
  if (!result) return result.error();
  const auto error = error_of(text);
  if (!error) return error.error();
  const auto ids = ids_of(text);
  if (!ids) return ids.error();
  const auto unclaimed = flag_of(text, "unclaimed");
  if (!unclaimed) return unclaimed.error();
  if (*unclaimed == false) return Fault{ErrorCode::invalid_argument, "'unclaimed' must be true, or left out."};
  query.unclaimed = unclaimed->has_value();
  query.count_max = *limit;
  if (order == "oldest") query.after = cursor->value_or(0);
  else query.before = *cursor;
  query.from = times->from;
  query.to = times->to;
  query.state = *state;
  query.outcome = *outcome;
  query.result = *result;
  query.error = *error;
  query.ids = *ids;
  query.kiosk_id = query_value(text, "kiosk_id").value_or("");
  query.operation = query_value(text, "operation_type").value_or("");
  query.order_id = query_value(text, "order_id").value_or("");
  query.owner = query_value(text, "owner").value_or("");
  narrow(query);
  return query;
}

}  // namespace kgw
