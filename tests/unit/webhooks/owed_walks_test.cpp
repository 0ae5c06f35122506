#include "webhooks/owed_walks.hpp"

#include <gtest/gtest.h>

namespace kgw {
namespace {

using namespace std::chrono_literals;
constexpr Instant kNow{std::chrono::hours(1)};
using After = std::optional<std::int64_t>;

TEST(OwedWalks, a_start_reads_page_after_page_to_the_end) {
  OwedWalks walks;
  EXPECT_EQ(walks.next(0, kNow), After(0));
  EXPECT_EQ(walks.next(0, kNow), std::nullopt) << "a page is being read";
  walks.on_page(100, 100, kNow);
  EXPECT_EQ(walks.next(0, kNow), After(100));
  walks.on_page(140, {}, kNow);
  EXPECT_EQ(walks.next(0, kNow), std::nullopt);
  EXPECT_EQ(walks.next_deadline(), std::nullopt);
}

// A walk that has read everything.
OwedWalks at_the_end(std::int64_t last = 140) {
  OwedWalks walks;
  walks.next(0, kNow);
  walks.on_page(last, {}, kNow);
  return walks;
}

TEST(OwedWalks, a_record_is_read_once_it_is_durable) {
  OwedWalks walks = at_the_end();
  walks.on_record(7);
  EXPECT_EQ(walks.next(6, kNow), std::nullopt);
  EXPECT_EQ(walks.next(7, kNow), After(140));
  walks.on_page(141, {}, kNow);
  EXPECT_EQ(walks.next(7, kNow), std::nullopt);
}

TEST(OwedWalks, what_is_appended_all_the_time_does_not_hold_up_what_is_durable) {
  OwedWalks walks = at_the_end();
  walks.on_record(7);
  walks.on_record(9);
  EXPECT_EQ(walks.next(8, kNow), After(140));
  walks.on_record(10);
  walks.on_page(141, {}, kNow);
  EXPECT_EQ(walks.next(8, kNow), std::nullopt);
  EXPECT_EQ(walks.next(10, kNow), After(141)) << "9 and 10 were not there when the page was asked for";
}

TEST(OwedWalks, an_empty_page_does_not_lose_its_place) {
  OwedWalks walks = at_the_end();
  walks.on_record(7);
  walks.next(7, kNow);
  walks.on_page({}, {}, kNow);
  walks.on_record(8);
  EXPECT_EQ(walks.next(8, kNow), After(140));
}

TEST(OwedWalks, what_found_no_room_is_walked_to_again_later) {
  OwedWalks walks = at_the_end();
  walks.on_left_out();
  EXPECT_EQ(walks.next(0, kNow), std::nullopt);
  ASSERT_TRUE(walks.next_deadline());
  EXPECT_EQ(*walks.next_deadline(), kNow + limits::kCallbackWalkAgain);
  const Instant later = *walks.next_deadline();
  EXPECT_EQ(walks.next(0, later), After(0));
  walks.on_page(100, 100, later);
  EXPECT_EQ(walks.next(0, later), std::nullopt) << "it rests between two pages";
  EXPECT_EQ(*walks.next_deadline(), later + limits::kCallbackWalkRest);
  EXPECT_EQ(walks.next(0, later + limits::kCallbackWalkRest), After(100));
  walks.on_page(140, 140, later);
  EXPECT_EQ(walks.next(0, later + 1min), std::nullopt) << "behind that, the newest are followed";
}

TEST(OwedWalks, a_walk_comes_the_later_the_longer_the_last_one_took) {
  OwedWalks walks;
  walks.next(0, kNow);
  walks.on_page(100, 100, kNow + 5s);
  walks.next(0, kNow + 5s);
  walks.on_page(140, {}, kNow + 10s);
  walks.on_record(1);
  walks.next(1, kNow + 2h);
  walks.on_page(141, {}, kNow + 2h);  // no walk
  walks.on_left_out();
  EXPECT_EQ(walks.next(1, kNow + 2h), std::nullopt);
  EXPECT_EQ(*walks.next_deadline(), kNow + 2h + 100s);
}

TEST(OwedWalks, the_newest_go_before_a_walk) {
  OwedWalks walks = at_the_end();
  walks.walk_all(kNow);
  EXPECT_EQ(walks.next(0, kNow), After(0));
  walks.on_record(3);
  walks.on_page(50, 50, kNow);
  const Instant later = kNow + limits::kCallbackWalkRest;
  EXPECT_EQ(walks.next(3, later), After(140));
  walks.on_page(141, {}, later);
  EXPECT_EQ(walks.next(3, later), After(50));
}

TEST(OwedWalks, a_replay_is_found_by_a_walk_at_once) {
  OwedWalks walks = at_the_end();
  walks.walk_all(kNow);
  EXPECT_EQ(walks.next(0, kNow), After(0));
}

TEST(OwedWalks, a_failed_page_is_read_again) {
  OwedWalks walks = at_the_end();
  walks.on_record(3);
  EXPECT_EQ(walks.next(3, kNow), After(140));
  walks.on_page_failed(kNow);
  EXPECT_EQ(walks.next(3, kNow), std::nullopt);
  EXPECT_EQ(walks.next(3, kNow + limits::kCallbackReadRetry), After(140));

  walks = at_the_end();
  walks.walk_all(kNow);
  walks.next(0, kNow);
  walks.on_page_failed(kNow);
  EXPECT_EQ(walks.next(0, kNow + limits::kCallbackReadRetry), After(0));
}

TEST(OwedWalks, after_an_outage_everything_is_read_again) {
  OwedWalks walks = at_the_end();
  walks.on_record(3);
  walks.on_store_down();
  EXPECT_EQ(walks.next(100, kNow), std::nullopt) << "it was not certain";
  walks.on_store_up(kNow);
  EXPECT_EQ(walks.next(2, kNow), After(0));
}

TEST(OwedWalks, a_page_of_before_an_outage_does_not_move_what_begins_anew) {
  OwedWalks walks = at_the_end();
  walks.on_record(3);
  EXPECT_EQ(walks.next(3, kNow), After(140));
  walks.on_store_down();
  walks.on_store_up(kNow);
  walks.on_page(200, {}, kNow);
  EXPECT_EQ(walks.next(3, kNow), After(0));
}

}  // namespace
}  // namespace kgw
