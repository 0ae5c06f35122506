#include "telegram/send_queue.hpp"

#include <gtest/gtest.h>

#include "base/limits.hpp"
#include "telegram/buttons.hpp"
#include "telegram/strangers.hpp"

namespace kgw::telegram {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class SendQueueTest : public ::testing::Test {
 protected:
  SendQueue queue;
  Instant now{std::chrono::hours(1)};
  int dropped = 0;

  void add(std::int64_t chat, Importance importance = Importance::answer, const std::string& text = "x") {
    Message message;
    message.chat = chat;
    message.importance = importance;
    message.parameters["text"] = text;
    message.done = [this](const ApiAnswer& answer) { dropped += answer.ok ? 0 : 1; };
    queue.add(std::move(message));
  }
  // What leaves now, and is taken at once.
  std::optional<Message> leave() {
    auto message = queue.next(now);
    if (message) queue.sent(*message, now);
    return message;
  }
};

TEST_F(SendQueueTest, OneASecondInAChat) {
  add(1);
  add(1);
  add(2);
  EXPECT_TRUE(leave());
  now += SendQueue::kGap;
  EXPECT_TRUE(leave()) << "another chat";
  EXPECT_FALSE(leave());
  EXPECT_EQ(queue.next_time(now), now + seconds(1) - SendQueue::kGap);
  now += milliseconds(949);
  EXPECT_FALSE(leave());
  now += milliseconds(1);
  EXPECT_TRUE(leave());
  EXPECT_FALSE(queue.next_time(now));
}

TEST_F(SendQueueTest, TwentyAMinuteInAGroup) {
  for (int i = 0; i < 30; ++i) add(-5);
  int left = 0;
  const Instant start = now;
  while (now - start < SendQueue::kGroupWindow) {
    left += leave() ? 1 : 0;
    now += seconds(1);
  }
  EXPECT_EQ(left, 20);
  EXPECT_TRUE(leave());
}

TEST_F(SendQueueTest, SoManyASecondInAll) {
  for (int i = 1; i <= 40; ++i) add(i);
  int left = 0;
  for (const Instant end = now + seconds(1); now < end; now += milliseconds(1)) left += leave() ? 1 : 0;
  EXPECT_EQ(left, 20) << "evenly, below the 30 that Telegram allows";
}

TEST_F(SendQueueTest, OneOfAChatIsOutAtATime) {
  add(1, Importance::answer, "a");
  add(1, Importance::alert, "b");
  auto first = queue.next(now);
  now += seconds(100);
  EXPECT_FALSE(queue.next(now)) << "its order would be lost";
  EXPECT_FALSE(queue.next_time(now));
  EXPECT_TRUE(queue.waits_for(1));
  queue.again(std::move(*first), now, seconds(7));
  EXPECT_EQ(queue.next_time(now), now + seconds(7));
  now += seconds(7);
  EXPECT_EQ(leave()->parameters["text"], "a") << "in its place";
}

TEST_F(SendQueueTest, TheImportantGoFirst) {
  add(1, Importance::log);
  add(2, Importance::answer);
  add(3, Importance::alert);
  EXPECT_EQ(leave()->chat, 3);
  now += SendQueue::kGap;
  EXPECT_EQ(leave()->chat, 2);
  now += SendQueue::kGap;
  EXPECT_EQ(leave()->chat, 1);
}

TEST_F(SendQueueTest, PastItsBoundTheOldestLeastImportantGoes) {
  add(7, Importance::alert);
  add(1, Importance::log, "oldest");
  add(1, Importance::log, "second");
  for (std::size_t i = 0; i < limits::kTelegramQueueMax - 2; ++i) add(8, Importance::answer);
  EXPECT_EQ(queue.size(), limits::kTelegramQueueMax);
  EXPECT_EQ(dropped, 1);
  EXPECT_EQ(queue.take_dropped(1), 1U);
  EXPECT_EQ(queue.take_dropped(1), 0U);
  add(8);
  add(8);
  EXPECT_EQ(dropped, 3);
  EXPECT_EQ(queue.take_dropped(1), 1U);
  EXPECT_EQ(queue.take_dropped(8), 1U);
  EXPECT_EQ(leave()->chat, 7);
}

TEST_F(SendQueueTest, FollowsAGroupThatMoved) {
  add(-1, Importance::answer, "a");
  add(-1, Importance::answer, "b");
  auto first = queue.next(now);
  queue.move(-1, -100);
  first->chat = -100;
  queue.again(std::move(*first), now, seconds(1));
  now += seconds(1);
  auto sent = leave();
  EXPECT_EQ(sent->chat, -100);
  EXPECT_EQ(sent->parameters["text"], "a");
  add(-1, Importance::answer, "c");
  now += seconds(10);
  EXPECT_EQ(leave()->chat, -100);
  now += seconds(10);
  EXPECT_EQ(leave()->chat, -100);
  queue.move(-100, -200);
  add(-1);
  EXPECT_EQ(queue.where(-1), -200);
}

TEST_F(SendQueueTest, NothingLeavesWhileAllRest) {
  queue.rest_all(now + seconds(30));
  add(1);
  EXPECT_FALSE(leave());
  EXPECT_EQ(queue.next_time(now), now + seconds(30));
}

TEST(Buttons, OnlyWhoWasAskedInTimeAndOnce) {
  SeededRandom random(1);
  Buttons buttons(random);
  const Instant now{std::chrono::hours(1)};
  const std::string nonce = buttons.add({7, seconds(120), true}, now, [](const Pressed&, std::string_view) {});
  const std::string yes = Buttons::data(nonce, "yes");
  EXPECT_LE(yes.size(), 64U);
  EXPECT_EQ(buttons.press(yes, 8, now).refusal, Buttons::Refusal::not_yours);
  EXPECT_EQ(buttons.press(yes, 7, now + seconds(120)).refusal, Buttons::Refusal::unknown);
  EXPECT_EQ(buttons.press(nonce, 7, now).refusal, Buttons::Refusal::unknown) << "no choice";
  const auto press = buttons.press(yes, 7, now + seconds(119));
  EXPECT_FALSE(press.refusal);
  EXPECT_EQ(press.choice, "yes");
  EXPECT_EQ(buttons.press(yes, 7, now).refusal, Buttons::Refusal::unknown) << "once";
}

TEST(Buttons, PagesForEveryAdminAgainAndAgainBounded) {
  SeededRandom random(1);
  Buttons buttons(random);
  const Instant now{std::chrono::hours(1)};
  const auto nothing = [](const Pressed&, std::string_view) {};
  const std::string nonce = buttons.add({std::nullopt, seconds(3600), false}, now, nothing);
  for (int user = 1; user < 5; ++user) EXPECT_FALSE(buttons.press(nonce + ":3", user, now).refusal);
  for (std::size_t i = 0; i < Buttons::kSetsMax; ++i) buttons.add({1, seconds(120), true}, now, nothing);
  EXPECT_TRUE(buttons.press(nonce + ":3", 1, now).refusal) << "the oldest is gone";
}

TEST(Strangers, OnceAMinuteAndSoManyInAll) {
  Strangers strangers;
  Instant now{std::chrono::hours(1)};
  EXPECT_TRUE(strangers.answers(1, now));
  EXPECT_FALSE(strangers.answers(1, now + seconds(59)));
  EXPECT_TRUE(strangers.answers(1, now + seconds(60)));
  now += seconds(60);
  int answered = 0;
  for (int user = 100; user < 200; ++user) answered += strangers.answers(user, now) ? 1 : 0;
  EXPECT_EQ(answered, 19);
}

}  // namespace
}  // namespace kgw::telegram
