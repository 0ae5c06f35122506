// Where in the journal the matches of a query can be: whoever asks for little reads little.
#include "admin/requests_query.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

#include "store/exchange_filter.hpp"
#include "store/forgotten.hpp"

namespace kgw {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kId = "01a207a6-7332-7abc-8def-0123456789ab";

ExchangesQuery asked(const std::string& text) {
  auto query = requests_query(text);
  EXPECT_TRUE(query) << text;
  return query ? *query : ExchangesQuery{};
}
std::int64_t key_of(std::string_view id) { return RequestId::parse(id)->journal_key(); }
bool finds(const std::string& text, std::string_view id) {
  StoredExchange x;
  x.id = *RequestId::parse(id);
  return matches(asked(text), x);
}

TEST(RequestsQuery, TheBeginningOfAnIdIsARunOfKeys) {
  const ExchangesQuery whole = asked("request_id=" + std::string(kId));
  EXPECT_EQ(whole.before, key_of(kId) + 1);
  EXPECT_EQ(lowest_key(whole), key_of(kId));
  const ExchangesQuery minute = asked("request_id=01a207a6");
  EXPECT_EQ(lowest_key(minute), key_of("01a207a6-0000-7000-8000-000000000000"));
  EXPECT_EQ(minute.before, key_of("01a207a6-ffff-7fff-bfff-ffffffffffff") + 1);
  EXPECT_EQ(asked("request_id=01a207a6&cursor=5").before, 5) << "a page further on";
  EXPECT_EQ(asked("request_id=01a207a6&order=oldest").after, lowest_key(minute) - 1);
}

TEST(RequestsQuery, TheBeginningOfAnIdMatchesNothingElse) {
  for (std::size_t length = 8; length <= kId.size(); ++length)
    EXPECT_TRUE(finds("request_id=" + std::string(kId.substr(0, length)), kId)) << length;
  EXPECT_TRUE(finds("request_id=01A207A6-7332-7ABC-8D", kId));
  EXPECT_FALSE(finds("request_id=01a207a6-7333", kId));
  EXPECT_FALSE(finds("request_id=01a207a6-7332-7abc-8df", kId)) << "of the same key";
  EXPECT_FALSE(finds("request_id=01a207a6-7332-7abc-8dee", kId));
}

TEST(RequestsQuery, WhatIsNoBeginningOfAnId) {
  for (const char* const text : {"", "01a207a", "01a207a67332", "01a207a6_",
                                 "01a207a6-7332-7abc-8def-0123456789ab0", "g1a207a6", "%2001a207a6"})
    EXPECT_FALSE(requests_query("request_id=" + std::string(text))) << text;
}

TEST(RequestsQuery, ASpanOfTimeIsARunOfKeys) {
  const WallTime from = *parse_rfc3339("2026-11-01T10:00:00Z");
  const WallTime to = *parse_rfc3339("2026-11-01T11:00:00Z");
  const std::string span = "from=2026-11-01T10:00:00Z&to=2026-11-01T11:00:00Z";
  const ExchangesQuery query = asked(span);
  EXPECT_LT(lowest_key(query), key_at(from));
  EXPECT_GT(lowest_key(query), key_at(from - 1h));
  EXPECT_GT(*query.before, key_at(to)) << "keys grow on while the clock is set back";
  EXPECT_LE(*query.before, key_at(to + 24h));
  const ExchangesQuery oldest = asked(span + "&order=oldest");
  EXPECT_EQ(oldest.after, lowest_key(query) - 1);
  EXPECT_FALSE(oldest.before);
  EXPECT_EQ(lowest_key(asked("from=1969-12-31T00:00:00Z")), 0);
}

TEST(RequestsQuery, WhoAsksForAllIsToldOfAll) {
  const ExchangesQuery query = asked("");
  EXPECT_FALSE(query.before);
  EXPECT_FALSE(query.after);
  EXPECT_EQ(lowest_key(query), 0);
  EXPECT_EQ(asked("order=oldest").after, 0);
  EXPECT_EQ(asked("order=oldest&cursor=7").after, 7);
}

TEST(RequestsQuery, RefusedWithAnError) {
  StoredExchange x;
  x.state = State::rejected;
  x.why = ErrorCode::kiosk_busy;
  EXPECT_TRUE(matches(asked("error=kiosk_busy"), x));
  EXPECT_FALSE(matches(asked("error=caller_gone"), x));
  x.state = State::timed_out;
  EXPECT_FALSE(matches(asked("error=kiosk_busy"), x));
  EXPECT_FALSE(requests_query("error=bad_luck"));
}

}  // namespace
}  // namespace kgw
