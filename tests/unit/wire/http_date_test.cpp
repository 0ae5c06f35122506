#include "wire/http_date.hpp"

#include <gtest/gtest.h>

namespace kgw {
namespace {

using std::chrono::seconds;

const WallTime kNow = *parse_rfc3339("2026-11-28T02:00:00Z");

std::optional<WallTime> date(std::string_view text) { return parse_http_date(text, kNow); }

TEST(HttpDate, the_three_forms_name_one_moment) {
  const auto moment = parse_rfc3339("1994-11-06T08:49:37Z");
  EXPECT_EQ(date("Sun, 06 Nov 1994 08:49:37 GMT"), moment);
  EXPECT_EQ(date("Sunday, 06-Nov-94 08:49:37 GMT"), moment);
  EXPECT_EQ(date("Sun Nov  6 08:49:37 1994"), moment);
  EXPECT_EQ(date("Wed Nov 16 08:49:37 1994"), parse_rfc3339("1994-11-16T08:49:37Z"));
}

TEST(HttpDate, a_year_of_two_digits_is_never_far_ahead) {
  EXPECT_EQ(date("Sunday, 01-Jan-76 00:00:00 GMT"), parse_rfc3339("2076-01-01T00:00:00Z"));
  EXPECT_EQ(date("Saturday, 01-Jan-77 00:00:00 GMT"), parse_rfc3339("1977-01-01T00:00:00Z"));
}

TEST(HttpDate, what_is_none) {
  for (const std::string_view text :
       {"", "120", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 UTC", "Sun, 6 Nov 1994 08:49:37 GMT",
        "Sun, 31 Feb 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:00:00 GMT", "Sun, 06 Nov 1994 08:49:37 GMT ",
        "Sun, 06 Nox 1994 08:49:37 GMT", "Sun, 06 Nov -994 08:49:37 GMT", "2026-11-28T02:00:00Z"})
    EXPECT_EQ(date(text), std::nullopt) << text;
}

TEST(RetryAfter, seconds_or_a_date) {
  EXPECT_EQ(parse_retry_after("120", "", kNow), seconds(120));
  EXPECT_EQ(parse_retry_after("0", "", kNow), seconds(0));
  EXPECT_EQ(parse_retry_after("Sat, 28 Nov 2026 02:00:30 GMT", "", kNow), seconds(30));
  EXPECT_EQ(parse_retry_after("Sat, 28 Nov 2026 01:59:30 GMT", "", kNow), seconds(0));
  EXPECT_GT(parse_retry_after("99999999999999999999", "", kNow), seconds(1'000'000));
  for (const std::string_view text : {"", "-1", "+5", "1.5", "soon", " 5"})
    EXPECT_EQ(parse_retry_after(text, "", kNow), std::nullopt) << text;
}

TEST(RetryAfter, a_date_is_measured_by_the_clock_of_who_wrote_it) {
  EXPECT_EQ(parse_retry_after("Sat, 28 Nov 2026 05:00:30 GMT", "Sat, 28 Nov 2026 05:00:00 GMT", kNow),
            seconds(30));
  EXPECT_EQ(parse_retry_after("Sat, 28 Nov 2026 02:00:30 GMT", "no date", kNow), seconds(30));
}

}  // namespace
}  // namespace kgw
