// What the event streams are told: bounded, durable, each change once.
#include "live/news.hpp"

#include <gtest/gtest.h>

#include <deque>

#include "core/kiosk.hpp"

namespace kgw {
namespace {

using namespace std::chrono_literals;

RequestId id(std::uint8_t number) {
  RequestId made;
  made.bytes[0] = 1;
  made.bytes[15] = number;
  return made;
}

class NewsTest : public ::testing::Test {
 protected:
  NewsTest() {
    kiosk->record.id = "K1";
    news.listen(true);
  }
  Exchange exchange(const RequestId& of) {
    Exchange x;
    x.id = of;
    x.kiosk = kiosk;
    x.order = share(Order{kiosk->record.id, "payment", {}, {}});
    x.accepted_at = at;
    return x;
  }
  void accept(std::uint64_t number, const RequestId& of) {
    AcceptedRecord record;
    record.id = of;
    record.order = share(Order{"K1", {}, {}, {}});
    record.accepted_at = at;
    record.dispatched = true;
    const Exchange x = exchange(of);
    news.record(number, &x, record);
  }
  AnsweredRecord answered(const RequestId& of) {
    return {of, at + 5ms, false, true, Outcome::known, nullptr, "K1"};
  }

  const WallTime at = wall_from_ms(1'700'000'000'000);
  std::shared_ptr<Kiosk> kiosk = std::make_shared<Kiosk>();
  News news;
};

TEST_F(NewsTest, ToldOnlyWhenDurableAndAsItIsThen) {
  accept(1, id(1));
  EXPECT_TRUE(news.take_requests(0).rows.empty());
  const auto first = news.take_requests(1).rows;
  ASSERT_EQ(first.size(), 1U);
  EXPECT_EQ(first[0].state, State::dispatched);
  EXPECT_EQ(first[0].dispatched_at, at);
  EXPECT_TRUE(news.take_requests(1).rows.empty());

  Exchange x = exchange(id(1));
  x.sent = Instant(1s);
  news.record(2, &x, answered(id(1)));
  const auto second = news.take_requests(2).rows;
  ASSERT_EQ(second.size(), 1U);
  EXPECT_EQ(second[0].state, State::answered);
  EXPECT_EQ(second[0].answered_at, at + 5ms);
  EXPECT_EQ(second[0].dispatched_at, at);
  EXPECT_EQ(second[0].order.operation, "payment");
}

TEST_F(NewsTest, TwoChangesAreOneRow) {
  accept(1, id(1));
  news.record(2, nullptr, answered(id(1)));
  EXPECT_TRUE(news.take_requests(1).rows.empty()) << "its answer is not durable yet";
  const auto rows = news.take_requests(2).rows;
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].state, State::answered);
}

TEST_F(NewsTest, ARejectionWasNeverDispatched) {
  accept(1, id(1));
  news.record(2, nullptr, EndedRecord{id(1), at, State::rejected, ErrorCode::kiosk_offline, "K1"});
  const auto rows = news.take_requests(2).rows;
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].why, ErrorCode::kiosk_offline);
  EXPECT_EQ(rows[0].outcome, Outcome::not_executed);
  EXPECT_FALSE(rows[0].dispatched_at);
}

TEST_F(NewsTest, WhatTheStoreLostIsNotTold) {
  accept(1, id(1));
  news.forget_unacknowledged();
  EXPECT_TRUE(news.take_requests(9).rows.empty());
}

TEST_F(NewsTest, IsBoundedAndCountsTheRestOfEachKiosk) {
  const auto many = [](std::uint64_t n) {
    RequestId made = id(1);
    made.bytes[14] = static_cast<std::uint8_t>(n >> 8);
    made.bytes[15] = static_cast<std::uint8_t>(n);
    return made;
  };
  constexpr std::uint64_t kSent = limits::kRequestRowsASecond + 50;
  for (std::uint64_t n = 0; n < kSent; ++n) accept(n + 1, many(n));
  news.record(1, nullptr, answered(many(0x7fff)));  // of a request that nothing is known of
  AcceptedRecord other;
  other.id = many(0x7ffe);
  other.order = share(Order{"K2", "payment", {}, {}});
  const auto second = std::make_shared<Kiosk>();
  second->record.id = "K2";
  Exchange x = exchange(other.id);
  x.kiosk = second;
  x.order = other.order;
  news.record(1, &x, other);
  const auto requests = news.take_requests(1000);
  EXPECT_EQ(requests.rows.back().order.kiosk_id, "K2") << "however busy K1 is";
  EXPECT_EQ(requests.rows.size(), limits::kRequestRowsASecond * 3 / 4 + 1);
  EXPECT_EQ(requests.skipped.all, kSent + 2 - requests.rows.size());
  EXPECT_EQ(requests.skipped.by_kiosk.at("K1"), requests.skipped.all);
  EXPECT_FALSE(requests.skipped.by_kiosk.contains("K2"));
  accept(kSent + 1, many(kSent));
  EXPECT_EQ(news.take_requests(1000).rows.size(), 1U) << "there is room again";
}

TEST_F(NewsTest, OneRestlessKioskDoesNotHideAnother) {
  for (std::size_t i = 0; i < limits::kRecordRowsASecond; ++i) {
    news.connection({"K1", at, true, "", ""});
    news.audit({at, "admin", "api", "", "kiosk_added", "K1", ""});
  }
  news.connection({"K2", at, true, "", ""});
  news.audit({at, "other", "api", "", "kiosk_added", "K2", ""});
  const auto connections = news.take_connections();
  EXPECT_EQ(connections.rows.back().kiosk_id, "K2");
  EXPECT_EQ(connections.skipped.all, limits::kRecordRowsASecond / 4);
  EXPECT_EQ(news.take_audit().rows.back().actor, "other");
  EXPECT_EQ(news.take_audit().rows.size(), 0U);
}

TEST_F(NewsTest, KiosksOnceEachTheLongestKnownFirst) {
  for (const char* const one : {"b", "a", "b", "c"}) news.kiosk(one);
  EXPECT_EQ(news.take_kiosks(2), (std::vector<std::string>{"b", "a"}));
  news.kiosk("b");
  EXPECT_EQ(news.take_kiosks(9), (std::vector<std::string>{"c", "b"}));
}

TEST_F(NewsTest, AKioskThatHasAnsweredByNowHasNotChanged) {
  using Ids = std::vector<std::string>;
  const auto changed = [this] {
    news.loads().begin_look();
    news.look_at_loads();
    Ids ids = news.take_kiosks(9);
    for (std::size_t i = 0; i < ids.size(); ++i) news.loads().told(kiosk);
    return ids;
  };
  accept(1, id(1));
  EXPECT_EQ(changed(), Ids{});
  accept(2, id(2));
  Exchange runs = exchange(id(2));
  kiosk->places.push_back(runs);
  EXPECT_FALSE(news.loads().is_as_told(*kiosk));
  EXPECT_EQ(changed(), Ids{"K1"});
  EXPECT_TRUE(news.loads().is_as_told(*kiosk));
  EXPECT_EQ(changed(), Ids{});
  kiosk->places.remove(runs);  // as a place does that nobody answered for: nothing is recorded
  EXPECT_EQ(changed(), Ids{"K1"});
  EXPECT_EQ(changed(), Ids{});
  EXPECT_TRUE(news.loads().is_as_told(*kiosk));
}

TEST_F(NewsTest, NoTurnLooksAtTheLoadOfAllKiosks) {
  constexpr std::size_t kKiosks = 3 * Walk::kStep + 1;
  std::vector<std::shared_ptr<Kiosk>> fleet;
  std::deque<Exchange> running;
  for (std::size_t i = 0; i < kKiosks; ++i) {
    fleet.push_back(std::make_shared<Kiosk>());
    fleet.back()->record.id = "F" + std::to_string(i);
    news.loads().touch(fleet.back());
    running.push_back(exchange(id(1)));
    fleet.back()->places.push_back(running.back());
  }
  std::size_t told = 0;
  news.loads().begin_look();
  for (bool more = true; more;) {
    more = news.look_at_loads();
    const std::size_t now = news.take_kiosks(kKiosks).size();
    EXPECT_LE(now, Walk::kStep);
    told += now;
  }
  EXPECT_EQ(told, kKiosks) << "each once";
  for (std::size_t i = 0; i < kKiosks; ++i) fleet[i]->places.remove(running[i]);
}

TEST_F(NewsTest, NothingWhileNobodyListens) {
  accept(1, id(1));
  news.kiosk("a");
  news.listen(false);
  accept(2, id(2));
  news.kiosk("b");
  news.audit({});
  news.listen(true);
  EXPECT_TRUE(news.take_requests(9).rows.empty());
  EXPECT_TRUE(news.take_kiosks(9).empty());
  EXPECT_TRUE(news.take_audit().rows.empty());
}

TEST_F(NewsTest, OneThatTheStoreDidNotTakeIsNoNews) {
  accept(1, id(1));
  accept(2, id(2));
  news.withdraw(id(1));
  news.withdraw(id(3));
  const auto told = news.take_requests(2);
  ASSERT_EQ(told.rows.size(), 1U);
  EXPECT_EQ(told.rows[0].id, id(2));
  // Its share is free again.
  for (int round = 0; round < 5000; ++round) {
    accept(3, id(1));
    news.withdraw(id(1));
  }
  accept(4, id(2));
  EXPECT_EQ(news.take_requests(4).skipped.all, 0U);
}

}  // namespace
}  // namespace kgw
