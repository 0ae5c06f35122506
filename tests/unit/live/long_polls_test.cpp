// Callers that wait for a request's end are called once, at its end or when their time is over.
#include "live/long_polls.hpp"

#include <gtest/gtest.h>

#include "base/random.hpp"

namespace kgw {
namespace {

using namespace std::chrono_literals;

class Polls : public testing::Test {
 protected:
  bool wait(const std::string& holder, const RequestId& id, Instant until) {
    return polls.wait(holder, id, until, [this, holder] { over.push_back(holder); });
  }
  void end(const RequestId& id) {
    Reply reply;
    reply.id = id;
    polls.on_request_ended(reply);
  }
  SeededRandom random{1};
  RequestIdGenerator ids{random};
  const RequestId first = ids.next(wall_from_ms(1)), second = ids.next(wall_from_ms(1));
  const Instant now{1h};
  LongPolls polls;
  std::vector<std::string> over;
};

TEST_F(Polls, EndWithTheirRequest) {
  ASSERT_TRUE(wait("a", first, now + 10s));
  ASSERT_TRUE(wait("b", first, now + 20s));
  ASSERT_TRUE(wait("c", second, now + 20s));
  end(first);
  EXPECT_EQ(over, (std::vector<std::string>{"a", "b"}));
  end(first);
  EXPECT_EQ(polls.next_deadline(), now + 20s) << "nothing is left of those that are over";
  polls.on_tick({now + 15s, {}});
  EXPECT_EQ(over.size(), 2U) << "each once";
  polls.on_tick({now + 20s, {}});
  EXPECT_EQ(over.back(), "c");
  EXPECT_FALSE(polls.next_deadline());
}

TEST_F(Polls, EndWhenTheirTimeIsOver) {
  ASSERT_TRUE(wait("a", first, now + 10s));
  ASSERT_TRUE(wait("b", first, now + 20s));
  EXPECT_EQ(polls.next_deadline(), now + 10s);
  polls.on_tick({now + 10s, {}});
  EXPECT_EQ(over, std::vector<std::string>{"a"});
  EXPECT_EQ(polls.next_deadline(), now + 20s);
  end(first);
  EXPECT_EQ(over.size(), 2U);
}

TEST_F(Polls, OneMayAskAgainWhenItIsOver) {
  bool again = false;
  ASSERT_TRUE(polls.wait("a", first, now + 10s, [&] { again = wait("a", first, now + 20s); }));
  end(first);
  EXPECT_TRUE(again);
  end(first);
  EXPECT_EQ(over.size(), 1U);
}

TEST_F(Polls, NobodyTakesAllPlaces) {
  std::size_t taken = 0;
  while (wait("greedy", first, now + 10s)) ++taken;
  EXPECT_EQ(taken, limits::kLongPollsMax / 2);
  EXPECT_TRUE(wait("other", second, now + 10s));
  end(first);
  EXPECT_TRUE(wait("greedy", first, now + 10s)) << "the places are free again";
}

}  // namespace
}  // namespace kgw
