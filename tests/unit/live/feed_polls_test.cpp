// Readers of the feed that wait are called once: when a request of their owner ends, or their time is over.
#include "live/feed_polls.hpp"

#include <gtest/gtest.h>

#include "base/random.hpp"

namespace kgw {
namespace {

using namespace std::chrono_literals;

class Feeds : public testing::Test {
 protected:
  using Listening = std::shared_ptr<FeedPolls::Listening>;
  Listening listen(const std::string& owner, Instant until) { return polls->listen(owner, owner, until); }
  // As the handler does: who waits is held by what it waits for.
  void wait(const std::string& owner, Instant until) {
    const Listening one = listen(owner, until);
    ASSERT_TRUE(one);
    one->wait([this, one, owner] { over.push_back(owner); });
  }
  void end(const std::string& owner, bool recorded = true) {
    Reply reply;
    if (recorded) reply.id = ids.next(wall_from_ms(1));
    reply.order = share(Order{"K1", "payment", {}, owner});
    polls->on_request_ended(reply);
  }
  SeededRandom random{1};
  RequestIdGenerator ids{random};
  const Instant now{1h};
  std::optional<FeedPolls> polls{std::in_place};
  std::vector<std::string> over;
};

TEST_F(Feeds, EndWithARequestOfTheirOwner) {
  wait("shop", now + 10s);
  wait("shop", now + 20s);
  wait("rival", now + 20s);
  end("nobody");
  end("rival", false);
  EXPECT_TRUE(over.empty());
  end("shop");
  EXPECT_EQ(over, (std::vector<std::string>{"shop", "shop"}));
  EXPECT_EQ(polls->next_deadline(), now + 20s) << "nothing is left of those that are over";
  LateAnswer late{};
  late.owner = "rival";
  polls->on_late_answer(late);
  EXPECT_EQ(over.size(), 3U);
  EXPECT_FALSE(polls->next_deadline());
}

TEST_F(Feeds, EndWhenTheirTimeIsOver) {
  wait("shop", now + 10s);
  wait("rival", now + 20s);
  EXPECT_EQ(polls->next_deadline(), now + 10s);
  polls->on_tick({now + 10s, {}});
  EXPECT_EQ(over, std::vector<std::string>{"shop"});
  EXPECT_EQ(polls->next_deadline(), now + 20s);
}

TEST_F(Feeds, WhatEndsWhileOneReadsIsNews) {
  const Listening one = listen("shop", now + 10s);
  EXPECT_FALSE(polls->next_deadline()) << "it does not wait yet";
  EXPECT_FALSE(one->take_news());
  end("rival");
  EXPECT_FALSE(one->take_news());
  end("shop");
  EXPECT_TRUE(one->take_news());
  EXPECT_FALSE(one->take_news());
}

TEST_F(Feeds, NobodyTakesAllPlaces) {
  std::vector<Listening> held;
  while (Listening one = listen("greedy", now + 10s)) held.push_back(std::move(one));
  EXPECT_EQ(held.size(), limits::kFeedPollsMax / 2);
  EXPECT_TRUE(listen("other", now + 10s));
  held.clear();
  EXPECT_TRUE(listen("greedy", now + 10s)) << "the places are free again";
}

TEST_F(Feeds, AReaderMayOutliveThem) {
  const Listening one = listen("shop", now + 10s);
  wait("rival", now + 10s);
  polls.reset();
  EXPECT_TRUE(over.empty());
}

}  // namespace
}  // namespace kgw
