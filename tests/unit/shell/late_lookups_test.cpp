// RelayShell and a store that answers when the test wants it to: no late answer is lost because it is slow, or
// because it can't be read.
#include <gtest/gtest.h>

#include <deque>

#include "shell_rig.hpp"

namespace kgw {
namespace {

using namespace std::chrono_literals;

// Its look-ups wait until the test answers them.
class SlowStore final : public testing::IdleJournal {
 public:
  void find_for_answer(RequestId id, FoundExchange callback) override {
    asked.emplace_back(id, std::move(callback));
  }

  std::deque<std::pair<RequestId, FoundExchange>> asked;
};

class NobodyIsTold final : public CallerDesk::Teller {
 public:
  void tell(CallerId, const Reply&, std::string_view, bool) override {}
};

class LateLookups : public ::testing::Test {
 protected:
  void SetUp() override { testing::connect(shell, {"flood", "quiet"}); }
  RequestId say(SessionId session, std::size_t bytes = 2) {
    const RequestId id = ids.next(clock.now().wall);
    shell.apply([&](Relay& relay, Now now, Effects& effects) {
      relay.on_answer(now, session, Answer{id, true, Outcome::known, share(std::string(bytes, 'x'))}, effects);
    });
    return id;
  }
  StoredExchange timed_out(RequestId id, const std::string& kiosk) const {
    StoredExchange x;
    x.id = id;
    x.order.kiosk_id = kiosk;
    x.state = State::timed_out;
    x.accepted_at = clock.now().wall;
    return x;
  }
  // The store answers the one that it was asked for first.
  void answer(Result<std::optional<StoredExchange>> found) {
    const auto callback = std::move(store.asked.front().second);
    store.asked.pop_front();
    callback(std::move(found));
  }
  std::size_t answers_recorded() const {
    std::size_t count = 0;
    for (const Record& record : store.records) count += std::holds_alternative<AnsweredRecord>(record) ? 1 : 0;
    return count;
  }

  testing::StillClock clock;
  SlowStore store;
  NobodyIsTold teller;
  CallerDesk desk{teller};
  testing::LogNames log;
  Metrics metrics;
  KioskSeries series{false};
  SeededRandom random{1};
  RequestIdGenerator ids{random};
  RelayShell shell{RelaySettings{}, clock, desk, store, {log, metrics, series}};
};

TEST_F(LateLookups, ThreeThousandAtOnceAreAllRecorded) {
  for (int i = 0; i < 3000; ++i) say(SessionId{2});
  EXPECT_FALSE(shell.idle());
  while (!store.asked.empty()) answer(timed_out(store.asked.front().first, "quiet"));
  EXPECT_EQ(answers_recorded(), 3000U);
  EXPECT_EQ(metrics.unmatched_answers(), 0U);
}

TEST_F(LateLookups, AFloodOfUnknownIdsIsNobodyElsesLoss) {
  for (int i = 0; i < 20'000; ++i) say(SessionId{1});
  const RequestId mine = say(SessionId{2});
  std::size_t before = 0;
  while (!store.asked.empty()) {
    const bool is_mine = store.asked.front().first == mine;
    if (!is_mine && answers_recorded() == 0) ++before;
    answer(is_mine ? std::optional(timed_out(mine, "quiet")) : std::nullopt);
  }
  EXPECT_EQ(answers_recorded(), 1U);
  EXPECT_LE(before, 2 * limits::kLookupsAskedMax) << "its turn comes soon";
}

// What it answers is known only when the store has found it, and the rules are the operation's.
TEST_F(LateLookups, WhatALateAnswerSaysIsReadByTheRulesOfItsOperation) {
  const OutcomeRules rules({{"payment", {{{{"code", {"91"}}}, AnswerResult::unknown}}}});
  RelayShell ruled{RelaySettings{}, clock, desk, store, {log, metrics, series}, rules};
  testing::connect(ruled, {"one"});
  for (const char* const operation : {"payment", "fiscal"}) {
    const RequestId id = ids.next(clock.now().wall);
    ruled.apply([&](Relay& relay, Now now, Effects& effects) {
      relay.on_answer(now, SessionId{1},
                      Answer{id, true, Outcome::known, share(std::string(R"({"status":"success","code":91})"))},
                      effects);
    });
    StoredExchange found = timed_out(id, "one");
    found.order.operation = operation;
    answer(found);
  }
  ASSERT_EQ(answers_recorded(), 2U);
  const std::vector<Record>& all = store.records;
  EXPECT_EQ(std::get<AnsweredRecord>(all[all.size() - 2]).outcome, Outcome::unknown);
  EXPECT_EQ(std::get<AnsweredRecord>(all.back()).outcome, Outcome::known);
}

TEST_F(LateLookups, AStoreThatCanNotSayIsAskedAgain) {
  const RequestId id = say(SessionId{2});
  answer(Fault{ErrorCode::store_unavailable, {}});
  ASSERT_TRUE(store.asked.empty()) << "not at once";
  EXPECT_TRUE(shell.idle()) << "an end need not wait for it";
  ASSERT_TRUE(shell.next_deadline());
  clock.pass(limits::kLookupRetry);
  shell.on_tick(clock.now());
  ASSERT_EQ(store.asked.size(), 1U);
  answer(Fault{ErrorCode::store_unavailable, {}});
  shell.on_store_recovered(false);
  ASSERT_EQ(store.asked.size(), 1U);
  answer(timed_out(id, "quiet"));
  EXPECT_EQ(answers_recorded(), 1U);
  EXPECT_FALSE(shell.next_deadline());
}

TEST_F(LateLookups, WhatMustGoIsToldForWhatItIs) {
  for (std::size_t i = 0; i < limits::kLookupsAskedMax; ++i) say(SessionId{2});  // the store has enough to do
  const std::size_t each = limits::kFrameBytesMax;
  std::size_t said = 0;
  while (metrics.unmatched_answers() == 0 && said < 100) {
    say(SessionId{1}, each);
    ++said;
  }
  EXPECT_EQ(log.events.back(), "answer_discarded");
  EXPECT_GE(said, limits::kLookupBytesOfKioskMax / each - 1);
  log.events.clear();
  say(SessionId{2}, each);
  EXPECT_TRUE(log.events.empty()) << "the other kiosk has a bound of its own";
  shell.on_end();
  EXPECT_EQ(log.events.size(), said + limits::kLookupsAskedMax)
      << "all that waited and all that was asked about, each by itself";
}

TEST_F(LateLookups, WhatIsBeingAskedAboutAtTheEndIsTold) {
  const RequestId id = say(SessionId{2});
  ASSERT_EQ(store.asked.size(), 1U);
  shell.on_end();
  EXPECT_EQ(log.events, std::vector<std::string>{"answer_discarded"});
  shell.on_end();
  EXPECT_EQ(log.events.size(), 1U) << "once";
  answer(timed_out(id, "quiet"));  // the store comes to it all the same
  EXPECT_EQ(answers_recorded(), 1U);
}

// Broken ones too end their requests (PROTOCOL.md 3), with their text kept.
TEST_F(LateLookups, ABrokenLateAnswerEndsItsRequestWithItsText) {
  const RequestId id = ids.next(clock.now().wall);
  auto taken = Relay::Broken::matches_none;
  shell.apply([&](Relay& relay, Now now, Effects& effects) {
    taken = relay.on_broken_answer(now, SessionId{2}, std::span(&id, 1), share("{NaN}"), effects);
  });
  EXPECT_EQ(taken, Relay::Broken::looked_up);
  ASSERT_EQ(store.asked.size(), 1U);
  answer(timed_out(id, "quiet"));
  ASSERT_EQ(store.records.size(), 1U);
  const auto& record = std::get<AnsweredRecord>(store.records[0]);
  EXPECT_EQ(record.id, id);
  EXPECT_TRUE(record.late);
  EXPECT_FALSE(record.valid);
  EXPECT_EQ(record.outcome, Outcome::unknown);
  EXPECT_EQ(view(record.response), "{NaN}");
}

}  // namespace
}  // namespace kgw
