// Answers that nobody may have got are written down, tried again until they are, and ended by whoever reads
// them.
#include "shell/unclaimed.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <string>

#include "base/limits.hpp"
#include "shell_rig.hpp"

namespace kgw {
namespace {

using namespace std::chrono_literals;

// It writes, and finds, when the test says so.
class SlowStore final : public testing::IdleJournal, public Registry {
 public:
  void find_for_answer(RequestId, FoundExchange callback) override { asked.push_back(std::move(callback)); }
  void write_registry(std::vector<RegistryChange> changes, Written callback) override {
    batches.emplace_back(std::move(changes), std::move(callback));
  }
  void note_connection(ConnectionRecord) override {}
  // The batch that was handed over first is written, or not.
  std::vector<RegistryChange> end_batch(Result<void> done = {}) {
    auto [changes, callback] = std::move(batches.front());
    batches.pop_front();
    callback(std::move(done));
    return changes;
  }
  std::deque<FoundExchange> asked;
  std::deque<std::pair<std::vector<RegistryChange>, Written>> batches;
};

class NobodyIsTold final : public CallerDesk::Teller {
 public:
  void tell(CallerId, const Reply&, std::string_view, bool) override {}
};

class Watching final : public Onlooker {
 public:
  void on_answers_overdue(const std::vector<UnclaimedAnswer>& answers) override {
    for (const UnclaimedAnswer& one : answers) overdue.push_back(one.id);
  }
  void on_answer_claimed(const RequestId& id) override { claimed.push_back(id); }
  std::vector<RequestId> overdue, claimed;
};

class UnclaimedTest : public ::testing::Test {
 protected:
  void SetUp() override { shell.onlookers().add(watching); }
  RequestId lose(AnswerResult result = AnswerResult::success) {
    Reply r;
    r.id = ids.next(clock.now().wall);
    r.order = share(Order{"K1", "payment", {}, "shop"});
    r.result = result;
    unclaimed.on_answer_untold(r);
    return r.id;
  }
  static StoredExchange answered(const RequestId& id) {
    StoredExchange x;
    x.id = id;
    x.order = Order{"K1", "payment", {}, "shop"};
    x.state = State::answered;
    x.response = share(std::string(R"({"status":"success"})"));
    return x;
  }
  void pass(Milliseconds time) {
    clock.pass(time);
    unclaimed.on_tick(clock.now());
  }
  template <class T>
  static std::vector<RequestId> all_of(const std::vector<RegistryChange>& changes) {
    std::vector<RequestId> all;
    for (const RegistryChange& change : changes)
      if (const T* const record = std::get_if<T>(&change)) all.push_back(record->id);
    return all;
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
  Watching watching;
  RelayShell shell{RelaySettings{}, clock, desk, store, {log, metrics, series}};
  Unclaimed unclaimed{Unclaimed::Settings{{"payment"}, 2min}, shell, store, store, clock, log};
};

TEST_F(UnclaimedTest, WhatNobodyWaitedForIsListedAndClaimedByItsKey) {
  const RequestId id = lose();
  EXPECT_EQ(all_of<UnclaimedRecord>(store.end_batch()), std::vector{id});
  EXPECT_TRUE(unclaimed.is_unclaimed(answered(id)));
  EXPECT_EQ(unclaimed.of_owner("shop", 10), std::vector{id});
  EXPECT_TRUE(unclaimed.of_owner("rival", 10).empty());
  unclaimed.on_answer_replayed(ids.next(clock.now().wall));
  EXPECT_TRUE(store.batches.empty());
  unclaimed.on_answer_replayed(id);
  StoredExchange stale = answered(id);
  stale.unclaimed = true;
  EXPECT_FALSE(unclaimed.is_unclaimed(stale)) << "as of now, not as it was read";
  EXPECT_EQ(all_of<ClaimedRecord>(store.end_batch()), std::vector{id});
  EXPECT_EQ(watching.claimed, std::vector{id});
  EXPECT_TRUE(unclaimed.of_owner("shop", 10).empty());
}

TEST_F(UnclaimedTest, OneBatchAtATimeAndAgainUntilItIsWritten) {
  const RequestId a = lose();
  const RequestId b = lose();
  const RequestId c = lose();
  ASSERT_EQ(store.batches.size(), 1U);
  EXPECT_EQ(all_of<UnclaimedRecord>(store.end_batch(Fault{ErrorCode::store_unavailable, {}})), std::vector{a});
  EXPECT_TRUE(store.batches.empty()) << "not at once again";
  pass(1s);
  EXPECT_EQ(all_of<UnclaimedRecord>(store.end_batch()), (std::vector{a, b, c}));
  EXPECT_TRUE(store.batches.empty());
}

TEST_F(UnclaimedTest, WhatCouldNotBeWrittenGoesWithTheFirstCommitAfterAnOutage) {
  EXPECT_TRUE(unclaimed.idle());
  const RequestId id = lose();
  EXPECT_FALSE(unclaimed.idle());
  store.end_batch(Fault{ErrorCode::store_unavailable, {}});
  EXPECT_TRUE(store.batches.empty());
  EXPECT_FALSE(unclaimed.idle()) << "it had no room, and may have some soon";
  shell.on_store_failed("full");
  EXPECT_TRUE(unclaimed.idle()) << "nobody waits for a store that is away";
  shell.on_store_recovered(false);
  EXPECT_EQ(all_of<UnclaimedRecord>(store.end_batch()), std::vector{id});
  EXPECT_TRUE(unclaimed.idle());
}

TEST_F(UnclaimedTest, WhatAStoreHasLostIsWrittenAgain) {
  const RequestId id = lose();
  store.end_batch();
  unclaimed.write_again();
  ASSERT_EQ(store.batches.size(), 1U);
  EXPECT_EQ(all_of<UnclaimedRecord>(store.end_batch()), std::vector{id});
}

TEST_F(UnclaimedTest, WhoAcknowledgesHearsOnceItIsDurable) {
  const RequestId id = lose();
  store.end_batch();
  std::vector<bool> heard;
  const auto hear = [&](const Result<void>& done) { heard.push_back(done.has_value()); };
  unclaimed.claim(answered(id), ClaimedBy::ack, hear);
  EXPECT_TRUE(heard.empty());
  store.end_batch(Fault{ErrorCode::store_unavailable, {}});
  EXPECT_EQ(heard, std::vector{false});
  unclaimed.claim(answered(id), ClaimedBy::ack, hear);
  EXPECT_EQ(heard, std::vector{false}) << "that is not durable by being said twice";
  pass(1s);
  EXPECT_EQ(all_of<ClaimedRecord>(store.end_batch()), (std::vector{id, id})) << "it has been read all the same";
  EXPECT_EQ(heard, (std::vector{false, true}));
  unclaimed.claim(answered(id), ClaimedBy::ack, hear);
  EXPECT_EQ(heard, (std::vector{false, true, true})) << "there is nothing left to write";
}

TEST_F(UnclaimedTest, WhatWasLostOnItsWayIsLookedUp) {
  const RequestId a = ids.next(clock.now().wall), b = ids.next(clock.now().wall);
  unclaimed.on_answer_lost(a);
  unclaimed.on_answer_lost(b);
  ASSERT_EQ(store.asked.size(), 1U) << "one at a time";
  const auto answer = [&](Result<std::optional<StoredExchange>> found) {
    const FoundExchange callback = std::move(store.asked.front());
    store.asked.pop_front();
    callback(std::move(found));
  };
  answer(Fault{ErrorCode::store_unavailable, {}});
  EXPECT_TRUE(store.asked.empty());
  pass(1s);
  ASSERT_EQ(store.asked.size(), 1U) << "it is not forgotten";
  answer(std::optional(answered(a)));
  answer(std::optional<StoredExchange>());
  EXPECT_TRUE(store.asked.empty());
  EXPECT_EQ(all_of<UnclaimedRecord>(store.end_batch()), std::vector{a});
}

TEST_F(UnclaimedTest, ASuccessThatNobodyReadsIsOverdue) {
  const RequestId paid = lose();
  const RequestId read = lose();
  lose(AnswerResult::declined);
  EXPECT_EQ(unclaimed.next_deadline(), clock.now().steady + 2min);
  unclaimed.claim(read, ClaimedBy::look);
  pass(2min - 1ms);
  EXPECT_TRUE(watching.overdue.empty());
  pass(1ms);
  EXPECT_EQ(watching.overdue, std::vector{paid});
  pass(1h);
  EXPECT_EQ(watching.overdue.size(), 1U) << "once";
}

// Who is told to ask (202) and never does keeps nobody else's alert away.
TEST_F(UnclaimedTest, OneOwnerDoesNotFillItForOthers) {
  const auto lose_one_of = [this](const std::string& owner) {
    Reply r;
    r.id = ids.next(clock.now().wall);
    r.order = share(Order{"K1", "payment", {}, owner});
    r.result = AnswerResult::success;
    unclaimed.on_answer_untold(r);
    return r.id;
  };
  for (std::size_t i = 0; i < limits::kUnclaimedMax; ++i) lose_one_of("loud");
  const RequestId quiet = lose_one_of("quiet");
  EXPECT_EQ(unclaimed.answers().size(), limits::kUnclaimedMax / 2 + 1);
  pass(2min);
  EXPECT_EQ(std::count(watching.overdue.begin(), watching.overdue.end(), quiet), 1);
  for (const auto& [id, answer] : Unclaimed::Answers(unclaimed.answers())) unclaimed.claim(id, ClaimedBy::feed);
  EXPECT_TRUE(unclaimed.answers().contains(lose_one_of("loud"))) << "his share is free again";
}

TEST_F(UnclaimedTest, AStartGoesOnWithWhatTheStoreListed) {
  StoredExchange old = answered(ids.next(clock.now().wall));
  old.answered_at = clock.now().wall - 1h;
  StoredExchange fresh = answered(ids.next(clock.now().wall));
  fresh.answered_at = clock.now().wall - 1min;
  unclaimed.restore({old, fresh});
  EXPECT_TRUE(store.batches.empty()) << "it is written already";
  pass(0ms);
  EXPECT_EQ(watching.overdue, std::vector{old.id});
  pass(1min);
  EXPECT_EQ(watching.overdue, (std::vector{old.id, fresh.id}));
  unclaimed.claim(old.id, ClaimedBy::feed);
  EXPECT_EQ(watching.claimed, std::vector{old.id});
}

}  // namespace
}  // namespace kgw
