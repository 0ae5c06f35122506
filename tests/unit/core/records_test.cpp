#include "core/records.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace kgw {
namespace {

WallTime at(std::int64_t ms) { return wall_from_ms(1'790'000'000'000 + ms); }

AcceptedRecord accepted(bool dispatched) {
  AcceptedRecord r;
  r.id.bytes[0] = 1;
  r.order = share(Order{"k1", "payment", "42", "shop"});
  r.accepted_at = at(0);
  r.deadline_at = at(1000);
  r.dispatched = dispatched;
  return r;
}
DispatchedRecord dispatched() { return {accepted(true).id, at(5), SessionId{1}, "k1"}; }
AnsweredRecord answered(bool late = false) {
  AnsweredRecord r;
  r.id = accepted(true).id;
  r.answered_at = at(50);
  r.late = late;
  r.response = share("{}");
  return r;
}
EndedRecord ended(State state, ErrorCode why = ErrorCode::timeout) {
  return {accepted(true).id, at(1000), state, why, "k1"};
}

StoredExchange after(const std::vector<Record>& records) {
  StoredExchange x;
  for (const Record& record : records) {
    apply(x, record);
    EXPECT_FALSE(apply(x, record)) << "the second time changes nothing";
  }
  return x;
}

TEST(Records, AreAllOfOneExchange) {
  for (const Record& record :
       std::vector<Record>{accepted(true), dispatched(), answered(), ended(State::timed_out)})
    EXPECT_EQ(id_of(record), accepted(true).id);
}

TEST(Records, MakeAnExchangeStepByStep) {
  StoredExchange x = after({accepted(false)});
  EXPECT_EQ(x.id, accepted(true).id);
  EXPECT_EQ(x.order.order_id, "42");
  EXPECT_EQ(x.state, State::accepted);
  EXPECT_EQ(x.deadline_at, at(1000));
  EXPECT_FALSE(x.dispatched_at);
  EXPECT_EQ(after({accepted(true)}).dispatched_at, at(0));
  EXPECT_EQ(after({accepted(false), dispatched()}).dispatched_at, at(5));
  x = after({accepted(false), dispatched(), answered()});
  EXPECT_EQ(x.state, State::answered);
  EXPECT_EQ(x.outcome, Outcome::known);
  EXPECT_EQ(x.answered_at, at(50));
  EXPECT_EQ(view(x.response), "{}");
}

TEST(Records, AcceptedAgainMayHaveLeft) {
  EXPECT_EQ(after({accepted(false), accepted(true)}).dispatched_at, at(0));
  EXPECT_EQ(after({accepted(true), accepted(false)}).state, State::dispatched);
  EXPECT_EQ(after({accepted(false), ended(State::rejected), accepted(true)}).state, State::rejected);
}

TEST(Records, TheFirstEndStandsAndAnAnswerOutdoesIt) {
  StoredExchange x = after({accepted(true), ended(State::timed_out), ended(State::rejected)});
  EXPECT_EQ(x.state, State::timed_out);
  EXPECT_EQ(x.outcome, Outcome::unknown);
  EXPECT_FALSE(x.why);
  x = after({accepted(true), ended(State::timed_out), answered(true)});
  EXPECT_EQ(x.state, State::answered);
  EXPECT_TRUE(x.late);
  EXPECT_EQ(x.ended_at, at(1000));
  EXPECT_EQ(x.outcome, Outcome::known);
  x = after({accepted(true), answered(), ended(State::timed_out)});
  EXPECT_EQ(x.state, State::answered);
  EXPECT_FALSE(x.ended_at);
}

TEST(Records, WhatWasRejectedDidNotLeave) {
  const StoredExchange x = after({accepted(true), ended(State::rejected, ErrorCode::kiosk_offline)});
  EXPECT_EQ(x.outcome, Outcome::not_executed);
  EXPECT_EQ(x.why, ErrorCode::kiosk_offline);
  EXPECT_FALSE(x.dispatched_at);
  EXPECT_EQ(after({accepted(false), ended(State::cancelled)}).outcome, Outcome::not_executed);
}

}  // namespace
}  // namespace kgw
