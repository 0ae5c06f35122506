#include "callbacks/endpoint_health.hpp"

#include <gtest/gtest.h>

namespace kgw {
namespace {

using namespace std::chrono_literals;

class EndpointHealthTest : public ::testing::Test {
 protected:
  Now now{Instant(1000h), WallTime(20'000 * 24h)};
  EndpointHealth health{8};

  void fail(const std::string& owner = "shop", const std::string& endpoint = "https://a.example") {
    health.on_failure(owner, endpoint, "503", now);
  }
  void pass(Milliseconds time) {
    now.steady += time;
    now.wall += time;
    health.on_tick(now);
  }
};

TEST_F(EndpointHealthTest, raised_after_an_hour_and_cleared_by_a_success) {
  const WallTime begin = now.wall;
  fail();
  EXPECT_EQ(health.next_deadline(), now.steady + 1h);
  pass(59min);
  health.on_failure("shop", "https://a.example", "connection refused", now);
  EXPECT_FALSE(health.fresh());
  pass(1min);
  auto news = health.take_news();
  ASSERT_EQ(news.size(), 1U);
  EXPECT_EQ(news[0].owner, "shop");
  EXPECT_EQ(news[0].endpoint, "https://a.example");
  EXPECT_TRUE(news[0].failing);
  EXPECT_EQ(news[0].since, begin);
  EXPECT_EQ(news[0].why, "connection refused");
  EXPECT_EQ(health.failing(), 1U);
  fail();
  pass(10h);
  EXPECT_FALSE(health.fresh()) << "once, not a stream";
  health.on_success("shop", "https://a.example");
  news = health.take_news();
  ASSERT_EQ(news.size(), 1U);
  EXPECT_FALSE(news[0].failing);
  EXPECT_EQ(health.failing(), 0U);
  EXPECT_EQ(health.next_deadline(), std::nullopt);
}

TEST_F(EndpointHealthTest, a_success_in_between_begins_the_hour_anew) {
  fail();
  pass(59min);
  health.on_success("shop", "https://a.example");
  fail();
  pass(59min);
  EXPECT_FALSE(health.fresh());
  pass(1min);
  EXPECT_TRUE(health.fresh());
}

TEST_F(EndpointHealthTest, each_owner_and_each_endpoint_has_its_own) {
  fail("shop", "https://a.example");
  pass(30min);
  fail("shop", "https://b.example");
  fail("bar", "https://a.example");
  health.on_success("bar", "https://a.example");
  pass(30min);
  EXPECT_EQ(health.take_news().size(), 1U);
  health.on_success("bar", "https://a.example");
  EXPECT_FALSE(health.fresh()) << "another owner's success";
  pass(30min);
  const auto news = health.take_news();
  ASSERT_EQ(news.size(), 1U);
  EXPECT_EQ(news[0].endpoint, "https://b.example");
}

TEST_F(EndpointHealthTest, the_hour_goes_on_over_a_restart) {
  health.on_owed("shop", "https://a.example", now.wall - 50min, now);
  pass(10min);
  auto news = health.take_news();
  ASSERT_EQ(news.size(), 1U);
  EXPECT_EQ(news[0].since, now.wall - 1h);
  health.on_owed("bar", "https://b.example", now.wall - 10min, now);
  health.on_owed("bar", "https://b.example", now.wall - 30h, now);  // an older one comes to light
  health.on_owed("bar", "https://b.example", now.wall - 5min, now);
  pass(0min);
  news = health.take_news();
  ASSERT_EQ(news.size(), 1U);
  EXPECT_EQ(news[0].since, now.wall - 30h);
}

TEST_F(EndpointHealthTest, an_older_one_that_comes_to_light_clears_nothing_earlier) {
  fail();
  pass(1h);
  const auto news = health.take_news();
  ASSERT_EQ(news.size(), 1U);
  const auto cleared_at = health.next_deadline();
  health.on_owed("shop", "https://a.example", now.wall - 30h, now);
  EXPECT_EQ(health.next_deadline(), cleared_at);
  pass(71h - 1min);
  EXPECT_EQ(health.failing(), 1U);
}

TEST_F(EndpointHealthTest, a_clock_that_is_set_raises_nothing) {
  fail();
  now.wall += 10h;
  pass(59min);
  EXPECT_FALSE(health.fresh());
}

TEST_F(EndpointHealthTest, one_that_is_used_no_more_is_cleared) {
  fail();
  pass(2h);
  EXPECT_TRUE(health.take_news().front().failing);
  fail();
  pass(72h - 1min);
  EXPECT_FALSE(health.fresh());
  pass(1min);
  const auto news = health.take_news();
  ASSERT_EQ(news.size(), 1U);
  EXPECT_FALSE(news[0].failing);
}

TEST_F(EndpointHealthTest, is_bounded_with_a_share_for_each_owner) {
  for (unsigned i = 0; i < 100; ++i) fail("shop", "https://" + std::to_string(i) + ".shop.example");
  fail("bar", "https://bar.example");
  pass(1h);
  const auto news = health.take_news();
  EXPECT_EQ(news.size(), 5U) << "half of the room, and the other's one";
  EXPECT_EQ(health.failing(), 5U);
  for (const EndpointNews& one : news) health.on_success(one.owner, one.endpoint);
  EXPECT_EQ(health.failing(), 0U);
  fail("shop", "https://new.shop.example");
  EXPECT_TRUE(health.next_deadline()) << "there is room again";
}

TEST_F(EndpointHealthTest, keeps_little_of_what_went_wrong) {
  health.on_failure("shop", "https://a.example", std::string(100'000, 'x'), now);
  pass(1h);
  EXPECT_EQ(health.take_news().front().why.size(), limits::kCallbackWhyBytesMax);
}

}  // namespace
}  // namespace kgw
