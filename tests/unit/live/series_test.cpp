// The charts' figures: quantiles, steps, rings.
#include "live/series.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>

namespace kgw {
namespace {

using namespace std::chrono_literals;

class SeriesTest : public ::testing::Test {
 protected:
  void step(const Series::Totals& totals = {}) {
    now = {series.next_sample(), now.wall + 5s};
    series.sample(now, totals);
  }
  boost::json::object of(int window) { return boost::json::parse(series.json(window)).as_object(); }

  Now now{Instant(1h), wall_from_ms(1'700'000'000'000)};
  Series series{now.steady};
};

TEST(FineHistogram, QuantilesAreWithinAnEighth) {
  const FineHistogram none;
  EXPECT_FALSE(none.quantile_ms(none, 0.5));
  for (const std::int64_t us : {0, 1, 7, 8, 9, 100, 999, 12'345, 1'000'000, 59'000'000}) {
    FineHistogram one;
    for (int i = 0; i < 100; ++i) one.record(std::chrono::microseconds(us));
    const double ms = *one.quantile_ms(none, 0.5);
    EXPECT_NEAR(ms, static_cast<double>(us) / 1000, static_cast<double>(us) / 8000 + 0.001) << us;
  }
  FineHistogram mixed;
  for (int i = 1; i <= 1000; ++i) mixed.record(std::chrono::milliseconds(i));
  EXPECT_NEAR(*mixed.quantile_ms(none, 0.5), 500, 63);
  EXPECT_NEAR(*mixed.quantile_ms(none, 0.99), 990, 63);
  const FineHistogram before = mixed;
  mixed.record(2s);  // of a step only what came in it counts
  EXPECT_NEAR(*mixed.quantile_ms(before, 0.5), 2000, 250);
  mixed.record(100h);  // beyond all buckets
  mixed.record(-1ns);
  EXPECT_TRUE(mixed.quantile_ms(before, 1).has_value());
}

TEST_F(SeriesTest, APointHasWhatCameInItsStep) {
  series.record(20ms);
  Series::Totals totals{.requests = 7, .answered = 5, .errors = {}, .online = 3};
  totals.errors[static_cast<std::size_t>(ErrorCode::timeout)] = 2;
  step(totals);
  totals.requests = 8;
  step(totals);
  const auto points = of(900).at("points").as_array();
  ASSERT_EQ(points.size(), 2U);
  EXPECT_EQ(of(900).at("step_seconds"), 5);
  EXPECT_EQ(points[0].at("t"), 1'700'000'005);
  EXPECT_EQ(points[0].at("requests"), 7);
  EXPECT_EQ(points[0].at("answered"), 5);
  EXPECT_EQ(boost::json::serialize(points[0].at("errors")), R"({"timeout":2})");
  EXPECT_EQ(points[0].at("online"), 3);
  EXPECT_NEAR(points[0].at("p50_ms").as_double(), 20, 2.5);
  EXPECT_EQ(points[1].at("requests"), 1);
  EXPECT_EQ(boost::json::serialize(points[1].at("errors")), "{}");
  EXPECT_TRUE(points[1].at("p99_ms").is_null());
}

TEST_F(SeriesTest, LongerStepsAddUp) {
  Series::Totals totals;
  for (int i = 0; i < 60; ++i) {
    totals.requests += 2;
    step(totals);
  }
  EXPECT_EQ(of(900).at("points").as_array().size(), 60U);
  ASSERT_EQ(of(3600).at("points").as_array().size(), 20U);
  EXPECT_EQ(of(3600).at("points").at(7).at("requests"), 6);
  ASSERT_EQ(of(86400).at("points").as_array().size(), 1U);
  EXPECT_EQ(of(86400).at("points").at(0).at("requests"), 120);
}

TEST_F(SeriesTest, RingsAreBoundedAndTheOldestGoesFirst) {
  for (int i = 0; i < 200; ++i) step();
  const auto points = of(900).at("points").as_array();
  ASSERT_EQ(points.size(), 180U);
  EXPECT_EQ(points.front().at("t"), 1'700'000'000 + 5 * 21);
  EXPECT_EQ(points.back().at("t"), 1'700'000'000 + 5 * 200);
}

TEST_F(SeriesTest, AStallIsOneLongStep) {
  now = {now.steady + 60s, now.wall + 60s};
  series.sample(now, {});
  EXPECT_GE(series.next_sample(), now.steady);
  EXPECT_EQ(of(900).at("points").as_array().size(), 1U);
}

}  // namespace
}  // namespace kgw
