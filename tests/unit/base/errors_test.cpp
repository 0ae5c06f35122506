#include "base/errors.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "base/clock.hpp"

namespace kgw {
namespace {

TEST(Errors, EachHasItsOwnNameASentenceAndAStatus) {
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < kErrorCodeCount; ++i) {
    const ErrorInfo& one = info(static_cast<ErrorCode>(i));
    EXPECT_EQ(one.code, static_cast<ErrorCode>(i));
    EXPECT_TRUE(names.insert(one.name).second) << one.name;
    EXPECT_TRUE(one.sentence.ends_with('.')) << one.name;
    EXPECT_GE(one.http_status, 400) << one.name;
    EXPECT_LT(one.http_status, 600) << one.name;
    EXPECT_NE(http_reason(one.http_status), "Unknown") << one.name;
  }
}

// PROTOCOL.md 1.1: 400-429 and 503 say that nothing was sent and nothing will be; the others never do, and 410
// says that nobody knows.
TEST(Errors, OnlyWhatWasSurelyNotSentIsSafeToRetry) {
  for (std::size_t i = 0; i < kErrorCodeCount; ++i) {
    const ErrorInfo& one = info(static_cast<ErrorCode>(i));
    const bool unknown =
        one.http_status == 410 || one.http_status == 500 || one.http_status == 502 || one.http_status == 504;
    const bool done_by_another = one.http_status == 409 || one.http_status == 422;
    EXPECT_EQ(one.safe_to_retry, !unknown && !done_by_another) << one.name;
    const bool heard = one.code != ErrorCode::caller_gone;  // else nobody is there to try again
    if (heard && (one.http_status == 503 || one.http_status == 429)) {
      EXPECT_GT(one.retry_after_seconds, 0) << one.name;
    }
  }
}

TEST(Errors, AreNumberedAsTheProtocolSays) {
  EXPECT_EQ(info(ErrorCode::kiosk_busy).http_status, 429);
  EXPECT_EQ(info(ErrorCode::timeout).http_status, 504);
  EXPECT_EQ(info(ErrorCode::invalid_response).http_status, 502);
  EXPECT_EQ(info(ErrorCode::store_unavailable).name, "store_unavailable");
  EXPECT_EQ(info(ErrorCode::kiosk_disabled).http_status, 403);
}

TEST(Rfc3339, WritesUtcWithMilliseconds) {
  EXPECT_EQ(rfc3339(wall_from_ms(0)), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(rfc3339(wall_from_ms(1'709'210'096'789)), "2024-02-29T12:34:56.789Z");
  EXPECT_EQ(rfc3339(wall_from_ms(253'402'300'799'999)), "9999-12-31T23:59:59.999Z");
  EXPECT_EQ(rfc3339(wall_from_ms(-1)), "1969-12-31T23:59:59.999Z");
  std::string out = "at ";
  append_rfc3339(out, wall_from_ms(1));
  EXPECT_EQ(out, "at 1970-01-01T00:00:00.001Z");
}

}  // namespace
}  // namespace kgw
