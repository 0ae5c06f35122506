// Whose order it is (PROTOCOL.md 1.6), on disk and in Redis. Memory claims none: UNIQUE_ORDERS is refused
// there.
#include "conformance_rig.hpp"
#include "embedded_store_rig.hpp"

namespace kgw::testing {
namespace {

using namespace std::chrono_literals;

Digest order_claim(std::uint8_t order) {
  Digest digest{};
  digest[31] = order;
  return digest;
}
AcceptedRecord ordered(RequestId id, std::uint8_t order, std::uint8_t key = 0, bool dispatched = true) {
  AcceptedRecord record = Records::accepted(id, dispatched);
  Order claiming = *record.order;
  claiming.order_claim = order_claim(order);
  if (key != 0) claiming.claim.emplace().key[31] = key;
  record.order = share(std::move(claiming));
  return record;
}
AnsweredRecord says(RequestId id, std::uint8_t order, AnswerResult result) {
  AnsweredRecord record = Records::answered(id);
  record.order_claim = order_claim(order);
  record.result = result;
  record.outcome = outcome_of(result);
  return record;
}
EndedRecord ends(RequestId id, std::uint8_t order, State state, ErrorCode why) {
  EndedRecord record = Records::ended(id, state, why);
  record.order_claim = order_claim(order);
  return record;
}

class OrderConformance : public StoreConformance {
 protected:
  // What the store says of one more request for this order; nothing of it is left.
  ClaimVerdict verdict_of(std::uint8_t order, std::uint8_t key = 0) {
    const RequestId id = make.id();
    life->withdrawn.clear();
    life->write({ordered(id, order, key, false)});
    if (life->withdrawn.empty()) {
      life->write({ends(id, order, State::rejected, ErrorCode::kiosk_offline)});
      return {};
    }
    EXPECT_FALSE(*life->find(id)) << "it gave way, and something of it was written";
    return life->withdrawn[0].verdict;
  }
};

TEST_P(OrderConformance, WhatAnAnswerSaysDecidesWhetherItsOrderIsFree) {
  const std::pair<AnswerResult, Claim> cases[] = {
      {AnswerResult::success, Claim::order_paid}, {AnswerResult::declined, Claim::fresh},
      {AnswerResult::failed, Claim::fresh},       {AnswerResult::error, Claim::order_open},
      {AnswerResult::unknown, Claim::order_open}, {AnswerResult::unclassified, Claim::order_open}};
  std::uint8_t order = 1;
  for (const auto& [result, claim] : cases) {
    SCOPED_TRACE(name(result));
    const RequestId id = make.id();
    life->write({ordered(id, order)});
    EXPECT_EQ(verdict_of(order).claim, Claim::order_open) << "it is open";
    life->write({says(id, order, result)});
    const ClaimVerdict after = verdict_of(order);
    EXPECT_EQ(after.claim, claim);
    if (claim != Claim::fresh) {
      EXPECT_EQ(after.holder, id);
    }
    life->store->close();
    start();
    EXPECT_EQ(verdict_of(order).claim, claim) << "after a restart";
    ++order;
  }
}

TEST_P(OrderConformance, InOneCommitTheFirstHasItAndTheOthersGiveWay) {
  const RequestId first = make.id(), second = make.id(), other = make.id(), third = make.id();
  life->write({ordered(first, 7), ordered(second, 7), ordered(other, 8), says(first, 7, AnswerResult::declined),
               ordered(third, 7)});
  ASSERT_EQ(life->withdrawn.size(), 1u);
  EXPECT_EQ(life->withdrawn[0].number, 2u);
  EXPECT_EQ(life->withdrawn[0].verdict.claim, Claim::order_open);
  EXPECT_EQ(life->withdrawn[0].verdict.holder, first);
  EXPECT_FALSE(*life->find(second));
  EXPECT_EQ(life->get(third).state, State::dispatched) << "behind the refusal of the first it is free";
}

TEST_P(OrderConformance, ARejectionFreesItAndATimeoutDoesNotUntilALateAnswer) {
  const RequestId rejected = make.id(), unknown = make.id();
  life->write({ordered(rejected, 7, 0, false), ends(rejected, 7, State::rejected, ErrorCode::kiosk_offline)});
  EXPECT_EQ(verdict_of(7).claim, Claim::fresh);
  life->write({ordered(unknown, 7), ends(unknown, 7, State::timed_out, ErrorCode::timeout)});
  EXPECT_EQ(verdict_of(7).claim, Claim::order_open);
  // Said twice, it takes nothing from the one who has it now.
  life->write({ends(rejected, 7, State::rejected, ErrorCode::kiosk_offline)});
  EXPECT_EQ(verdict_of(7).holder, unknown);
  ASSERT_TRUE(life->get(unknown).order.order_claim) << "a late answer's record must name it";
  AnsweredRecord late = says(unknown, 7, AnswerResult::success);
  late.late = true;
  life->write({late});
  EXPECT_EQ(verdict_of(7).claim, Claim::order_paid);
  // The first answer wins.
  AnsweredRecord another = says(unknown, 7, AnswerResult::declined);
  another.response = share(R"({"status":"declined"})");
  life->write({another});
  EXPECT_EQ(verdict_of(7).claim, Claim::order_paid);
}

TEST_P(OrderConformance, ACancelledOneFreesIt) {
  const RequestId cancelled = make.id();
  life->write({ordered(cancelled, 7, 0, false), ends(cancelled, 7, State::cancelled, ErrorCode::caller_gone)});
  EXPECT_EQ(verdict_of(7).claim, Claim::fresh);
}

// PROTOCOL.md 1.3 before 1.6: who repeats a request gets its answer; and who gives way for an order leaves its
// key free.
TEST_P(OrderConformance, AKeyComesBeforeItsOrder) {
  const RequestId first = make.id();
  life->write({ordered(first, 7, 1), says(first, 7, AnswerResult::success)});
  EXPECT_EQ(verdict_of(7, 1).claim, Claim::taken) << "the same key: its answer again";
  EXPECT_EQ(verdict_of(7, 2).claim, Claim::order_paid) << "a new key for the same order";
  EXPECT_FALSE(life->find_claimed(ordered({}, 7, 2).order->claim->key)) << "that key is free";
  EXPECT_EQ(verdict_of(8, 2).claim, Claim::fresh) << "and may be used";
}

TEST_P(OrderConformance, WrittenTwiceItFindsItsOwnAndOpenAtAStartItHasIt) {
  const RequestId id = make.id();
  life->write({ordered(id, 7, 1, false)});
  life->write({ordered(id, 7, 1, true)});
  EXPECT_TRUE(life->withdrawn.empty());
  life->store->close();
  start();
  ASSERT_EQ(life->image.open.size(), 1u);
  EXPECT_EQ(life->image.open[0].order.order_claim, order_claim(7));
  EXPECT_EQ(verdict_of(7).holder, id);
}

TEST_P(OrderConformance, AResolutionSettlesWhatNobodyKnew) {
  const auto resolve = [&](RequestId id, std::uint8_t order, Resolution result) {
    ResolvedRecord resolved = Records::resolved(id, result);
    resolved.order_claim = order_claim(order);
    ASSERT_TRUE(life->write_registry({resolved}));
  };
  const RequestId done = make.id(), not_done = make.id(), answered = make.id(), again = make.id();
  for (const auto& [id, order] : {std::pair(done, 1), {not_done, 2}, {answered, 3}, {again, 4}}) {
    const auto number = static_cast<std::uint8_t>(order);
    life->write({ordered(id, number), ends(id, number, State::timed_out, ErrorCode::timeout)});
  }
  resolve(done, 1, Resolution::done);
  EXPECT_EQ(verdict_of(1).claim, Claim::order_paid);
  resolve(not_done, 2, Resolution::not_done);
  EXPECT_EQ(verdict_of(2).claim, Claim::fresh);
  // A gateway whose Redis has lost something writes again what it has in memory.
  resolve(again, 4, Resolution::not_done);
  life->write({ordered(again, 4), ends(again, 4, State::timed_out, ErrorCode::timeout)});
  EXPECT_EQ(verdict_of(4).claim, Claim::fresh);
  // Its answer came while somebody looked.
  AnsweredRecord late = says(answered, 3, AnswerResult::success);
  late.late = true;
  life->write({late});
  resolve(answered, 3, Resolution::not_done);
  EXPECT_EQ(verdict_of(3).claim, Claim::order_paid);
}

// What another gateway has claimed is claimed here as well, unless it is taken; it is written in any case.
TEST_P(OrderConformance, WhatMovesHereBringsItsClaims) {
  const auto moved = [&](RequestId id, std::uint8_t order, std::uint8_t key) {
    AcceptedRecord record = ordered(id, order, key, false);
    record.moved = true;
    AnsweredRecord answered = says(id, order, AnswerResult::success);
    answered.key = record.order->claim->key;
    life->write({record, answered});
    EXPECT_TRUE(life->withdrawn.empty());
    EXPECT_EQ(life->get(id).state, State::answered);
  };
  const RequestId first = make.id(), second = make.id();
  moved(first, 7, 1);
  EXPECT_EQ(life->get(first).order.order_claim, order_claim(7));
  EXPECT_TRUE(life->get(first).order.claim);
  EXPECT_EQ(verdict_of(7, 1).claim, Claim::taken);
  EXPECT_EQ(verdict_of(7, 2).holder, first);
  life->withdrawn.clear();
  moved(second, 7, 1);
  EXPECT_FALSE(life->get(second).order.order_claim) << "it is the first one's";
  EXPECT_FALSE(life->get(second).order.claim);
  EXPECT_EQ(verdict_of(7, 2).holder, first);
}

// Kept for UNIQUE_ORDERS_WINDOW from the final state, and as long as nobody knows the outcome.
TEST_F(EmbeddedStoreTest, AnOrderIsForgottenSomeTimeAfterItsEnd) {
  settings.keep_orders = 3h;
  start();
  const auto accept = [&](std::uint8_t order) {
    AcceptedRecord record = ordered(make.id(clock.now().wall), order);
    record.accepted_at = clock.now().wall;
    life->write({record});
    return record.id;
  };
  const auto taken = [&](std::uint8_t order) {
    life->withdrawn.clear();
    const RequestId id = make.id(clock.now().wall);
    life->write({ordered(id, order), ends(id, order, State::rejected, ErrorCode::draining)});
    return !life->withdrawn.empty();
  };
  const RequestId paid = accept(1), unknown = accept(2);
  (void)accept(3);
  clock.pass(30min);
  AnsweredRecord answered = says(paid, 1, AnswerResult::success);
  answered.answered_at = clock.now().wall;
  EndedRecord ended = ends(unknown, 2, State::timed_out, ErrorCode::timeout);
  ended.ended_at = clock.now().wall;
  life->write({answered, ended});
  clock.pass(2h + 45min);
  life->sweep(clock);
  EXPECT_TRUE(taken(1)) << "counted from its end, not from its acceptance";
  clock.pass(30min);
  life->sweep(clock);
  EXPECT_FALSE(taken(1));
  EXPECT_TRUE(taken(2)) << "nobody knows what became of it";
  EXPECT_TRUE(taken(3)) << "open";
}

INSTANTIATE_TEST_SUITE_P(Journals, OrderConformance, ::testing::Values(Home::embedded, Home::redis), home_name);

}  // namespace
}  // namespace kgw::testing
