#include "base/clock.hpp"

#include <gtest/gtest.h>

namespace kgw {
namespace {

TEST(Rfc3339, GoesThereAndBack) {
  for (const std::int64_t ms : {0LL, 1LL, 951'782'400'000LL, 1'795'644'819'123LL}) {
    const WallTime t = wall_from_ms(ms);
    EXPECT_EQ(parse_rfc3339(rfc3339(t)), t) << rfc3339(t);
  }
}

TEST(Rfc3339, TakesAnyFractionAndCutsItToMilliseconds) {
  const WallTime whole = *parse_rfc3339("2024-02-29T23:59:59Z");
  EXPECT_EQ(parse_rfc3339("2024-02-29T23:59:59.5Z"), whole + Milliseconds(500));
  EXPECT_EQ(parse_rfc3339("2024-02-29T23:59:59.123456Z"), whole + Milliseconds(123));
  EXPECT_EQ(parse_rfc3339("2024-02-29T23:59:59.000999999Z"), whole);
}

TEST(Rfc3339, RefusesTheRest) {
  for (const char* const text :
       {"", "2024", "2024-02-30T00:00:00Z", "2023-02-29T00:00:00Z", "2024-01-01T24:00:00Z",
        "2024-01-01T00:60:00Z", "2024-01-01T00:00:00", "2024-01-01T00:00:00+01:00", "2024-01-01 00:00:00Z",
        "2024-01-01T00:00:00.Z", "2024-01-01T00:00:00.1234567890Z", "2024-01-01T00:00:00.-1Z",
        "2024-01-01T00:00:+1Z", "2024-1-01T00:00:00ZZ"})
    EXPECT_FALSE(parse_rfc3339(text)) << text;
}

}  // namespace
}  // namespace kgw
