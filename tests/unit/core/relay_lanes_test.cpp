// A kiosk's lines: each operation with a limit of its own waits in its own: PROTOCOL.md 1.2, Lanes.
#include "relay_fixture.hpp"

namespace kgw {
namespace {

using namespace std::chrono_literals;

class OperationLanesTest : public RelayTest {
 protected:
  static RelaySettings limited() {
    RelaySettings settings;
    settings.max_in_flight = 3;
    settings.operations = {{"payment", 1}, {"fiscal", 1}};
    return settings;
  }
  OperationLanesTest() : RelayTest(limited()) {}
  // From on_send to the frame's departure.
  RequestId out_of(const std::string& operation) {
    const RequestId id = send_of(operation);
    recorded(id, RecordKind::accepted);
    EXPECT_EQ(all<SendFrame>().size(), 1U) << operation;
    return id;
  }
  std::size_t dispatched() const {
    std::size_t all_of_them = 0;
    for (const Persist& persist : all<Persist>())
      all_of_them += std::holds_alternative<DispatchedRecord>(persist.record);
    return all_of_them;
  }
  RequestId waits_of(const std::string& operation, Milliseconds timeout = 45s) {
    const RequestId id = send_of(operation, timeout);
    EXPECT_FALSE(record<AcceptedRecord>().dispatched) << operation;
    recorded(id, RecordKind::accepted);
    EXPECT_TRUE(nothing()) << operation;
    return id;
  }
};

TEST_F(OperationLanesTest, AReceiptDoesNotWaitBehindACard) {
  const SessionId session = up("k1");
  const RequestId card = out_of("payment");
  const RequestId second = waits_of("payment");
  const RequestId receipt = out_of("fiscal");
  out_of("print");
  EXPECT_EQ(relay.waiting(), 1U);

  answer(session, receipt);
  EXPECT_EQ(dispatched(), 0U) << "a place of the kiosk's is none for a second card";
  answer(session, card);
  EXPECT_EQ(record<DispatchedRecord>().id, second);
}

TEST_F(OperationLanesTest, EachOperationGoesInOrderAndTheKiosksPlacesGoToWhoCameFirst) {
  const SessionId session = up("k1");
  const RequestId card = out_of("payment");
  const RequestId receipt = out_of("fiscal");
  const RequestId slip = out_of("print");
  const RequestId second_slip = waits_of("print");
  const RequestId second_card = waits_of("payment");
  const RequestId second_receipt = waits_of("fiscal");
  const RequestId third_slip = waits_of("kds");

  answer(session, receipt);
  EXPECT_EQ(record<DispatchedRecord>().id, second_slip) << "it came first of those that may";
  answer(session, card);
  EXPECT_EQ(record<DispatchedRecord>().id, second_card);
  answer(session, slip);
  EXPECT_EQ(record<DispatchedRecord>().id, second_receipt);
  answer(session, second_card);
  EXPECT_EQ(all<Unmatched>().size(), 1U) << "it was not sent yet: its answer counts for nothing";
  recorded(second_slip, RecordKind::dispatched);
  answer(session, second_slip);
  EXPECT_EQ(record<DispatchedRecord>().id, third_slip);
  EXPECT_EQ(relay.waiting(), 0U);
}

TEST_F(OperationLanesTest, ATimedOutCardKeepsTheNextOneWaitingAndNoReceipt) {
  const SessionId session = up("k1");
  const RequestId card = send_of("payment", 2s);
  recorded(card, RecordKind::accepted);
  const RequestId second = waits_of("payment", 300s);
  pass(2s);
  recorded(card, RecordKind::ended);
  const RequestId receipt = out_of("fiscal");
  answer(session, receipt);
  EXPECT_EQ(dispatched(), 0U);
  pass(60s);
  EXPECT_EQ(record<DispatchedRecord>().id, second);
}

TEST_F(OperationLanesTest, OneThatLeavesItsLineLetsTheNextOneThrough) {
  up("k1");
  const RequestId card = send_of("payment");  // its record is under way
  const RequestId second = waits_of("payment", 2s);
  const RequestId third = waits_of("payment", 300s);
  pass(2s);
  EXPECT_EQ(record<EndedRecord>().id, second);
  EXPECT_EQ(record<EndedRecord>().why, ErrorCode::kiosk_busy);
  run([&] { relay.on_caller_gone(now, CallerId(1), card, effects); });
  recorded(card, RecordKind::accepted);
  EXPECT_EQ(record<DispatchedRecord>().id, third);
}

// Until the store has said whose its key is, a request keeps its turn in its own line only.
TEST_F(OperationLanesTest, OneThatClaimsItsKeyHoldsUpItsOwnOperationOnly) {
  const SessionId session = up("k1");
  const RequestId card = out_of("payment");
  KeyClaim key;
  key.key[0] = 7;
  const RequestId second = send_of("payment", 45s, key);
  const RequestId third = waits_of("payment");
  answer(session, card);
  EXPECT_EQ(dispatched(), 0U) << "neither it nor the one behind it";
  out_of("fiscal");
  recorded(second, RecordKind::accepted);
  EXPECT_EQ(record<DispatchedRecord>().id, second);
  EXPECT_EQ(relay.exchange(third)->phase, Phase::waiting);
}

TEST_F(OperationLanesTest, WhatWasOutBeforeARestartKeepsItsPlace) {
  StoredExchange was = stored(State::dispatched);
  run([&] { relay.restore_exchange(now, was, effects); });
  const SessionId session = up("k1");
  const RequestId second = waits_of("payment");
  answer(session, was.id);
  EXPECT_EQ(record<DispatchedRecord>().id, second);
}

TEST_F(OperationLanesTest, AllWhoWaitAreRejectedInTheOrderInWhichTheyCame) {
  const SessionId session = up("k1");
  out_of("payment");
  out_of("fiscal");
  std::vector<RequestId> waiting;
  for (const char* const operation : {"payment", "fiscal", "payment"}) waiting.push_back(waits_of(operation));
  down(session);
  std::vector<RequestId> ended;
  for (const Persist& persist : all<Persist>()) ended.push_back(persist.id);
  EXPECT_EQ(ended, waiting);
  EXPECT_EQ(relay.waiting(), 0U);
}

// ---------------------------------------------------------------- waiting for a kiosk (Header-Wait-Online)

class WaitOnlineTest : public RelayTest {
 protected:
  static RelaySettings small() {
    RelaySettings settings;
    settings.max_in_flight = 1;
    settings.lane_waiting_max = 6;
    settings.lane_reserved = 1;
    settings.offline_of_kiosk_max = 3;
    settings.offline_max = 5;
    return settings;
  }
  WaitOnlineTest() : RelayTest(small()) {}
  RequestId waiting(Milliseconds wait, const std::string& owner = "shop", const std::string& to = "k1") {
    const RequestId id = ids.next(now.wall);
    last_caller = CallerId(static_cast<std::uint64_t>(last_caller) + 1);
    SendRequest request{id, share(Order{to, "print", "42", owner}), 45s, last_caller, envelope("{}")};
    request.wait_online = wait;
    run([&] { relay.on_send(now, request, effects); });
    return id;
  }
  RequestId accepted(Milliseconds wait, const std::string& owner = "shop", const std::string& to = "k1") {
    const RequestId id = waiting(wait, owner, to);
    EXPECT_FALSE(record<AcceptedRecord>().dispatched);
    recorded(id, RecordKind::accepted);
    EXPECT_TRUE(nothing());
    return id;
  }
  ErrorCode refused() const { return one<Reply>().error.value_or(ErrorCode::internal_error); }
};

TEST_F(WaitOnlineTest, ItIsSentWhenTheKioskAppears) {
  const RequestId first = waiting(60s);
  EXPECT_EQ(record<AcceptedRecord>().deadline_at - now.wall, 105s) << "at the latest";
  recorded(first, RecordKind::accepted);
  const RequestId second = accepted(60s);
  EXPECT_EQ(relay.offline(), 2U);
  pass(59s);
  EXPECT_TRUE(nothing());
  const SessionId session = up("k1");
  EXPECT_EQ(record<DispatchedRecord>().id, first) << "in order";
  EXPECT_EQ(relay.offline(), 0U);
  recorded(first, RecordKind::dispatched);
  pass(44s);
  EXPECT_TRUE(nothing()) << "its answer's time began when the kiosk came";
  answer(session, first);
  EXPECT_EQ(record<DispatchedRecord>().id, second);
  pass(1s);
  recorded(second, RecordKind::dispatched);
  EXPECT_EQ(record<EndedRecord>().why, ErrorCode::store_unavailable) << "so did that of the one behind it";
}

TEST_F(WaitOnlineTest, NobodyCame) {
  const RequestId id = accepted(60s);
  pass(60s);
  EXPECT_EQ(record<EndedRecord>().state, State::rejected);
  recorded(id, RecordKind::ended);
  EXPECT_EQ(one<Reply>().error, ErrorCode::kiosk_offline);
  EXPECT_EQ(relay.offline(), 0U);
}

TEST_F(WaitOnlineTest, AKioskThatGoesAwayIsWaitedForAgain) {
  const SessionId session = up("k1");
  send_out();
  const RequestId may = accepted(60s);
  const RequestId may_not = send();
  recorded(may_not, RecordKind::accepted);
  pass(30s);
  down(session);
  EXPECT_EQ(record<EndedRecord>().id, may_not);
  EXPECT_EQ(record<EndedRecord>().why, ErrorCode::kiosk_offline);
  EXPECT_TRUE(relay.exchange(may)->offline);
  up("k1");
  pass(44s);
  EXPECT_EQ(relay.exchange(may)->phase, Phase::waiting)
      << "the first one keeps its place, and its time goes on";
}

TEST_F(WaitOnlineTest, ADisabledOrRemovedKioskIsNotWaitedFor) {
  const RequestId id = accepted(60s);
  KioskRecord off = kiosk("k1");
  off.enabled = false;
  change(off);
  EXPECT_EQ(record<EndedRecord>().id, id);
  EXPECT_EQ(record<EndedRecord>().why, ErrorCode::kiosk_disabled);
  waiting(60s);
  EXPECT_EQ(refused(), ErrorCode::kiosk_disabled);
  const RequestId other = accepted(60s, "shop", "k2");
  run([&] { relay.on_kiosk_removed(now, "k2", false, effects); });
  EXPECT_EQ(record<EndedRecord>().id, other);
  EXPECT_EQ(relay.offline(), 0U);
}

TEST_F(WaitOnlineTest, ANewTokenChangesNothing) {
  const RequestId id = accepted(60s);
  KioskRecord renewed = kiosk("k1");
  renewed.token_digest[0] = 2;
  change(renewed);
  EXPECT_TRUE(nothing());
  up("k1");
  EXPECT_EQ(record<DispatchedRecord>().id, id);
}

TEST_F(WaitOnlineTest, ThoseWhoWaitAreBounded) {
  for (int i = 0; i < 3; ++i) accepted(60s);
  waiting(60s);
  EXPECT_EQ(refused(), ErrorCode::kiosk_busy) << "at one kiosk";
  accepted(60s, "other");  // a place that is left for others
  waiting(60s, "shop", "k2");
  EXPECT_EQ(refused(), ErrorCode::overloaded) << "one owner leaves places to others";
  accepted(60s, "third", "k2");
  waiting(60s, "fourth", "k2");
  EXPECT_EQ(refused(), ErrorCode::overloaded) << "in all";
  up("k1");
  EXPECT_EQ(relay.offline(), 1U);
}

TEST_F(WaitOnlineTest, WhoWaitsNoMoreGivesItsPlaceBack) {
  for (int round = 0; round < 5; ++round) {
    for (int i = 0; i < 3; ++i) accepted(60s);
    pass(60s);
    EXPECT_EQ(relay.offline(), 0U);
  }
}

TEST_F(WaitOnlineTest, ADrainRejectsThemAtOnce) {
  const RequestId id = accepted(60s);
  run([&] { relay.on_drain(now, effects); });
  EXPECT_EQ(record<EndedRecord>().why, ErrorCode::draining);
  recorded(id, RecordKind::ended);
  EXPECT_EQ(one<Reply>().error, ErrorCode::draining);
}

// ---------------------------------------------------------------- cancelled (PROTOCOL.md 1.5)

class CancelTest : public OperationLanesTest {
 protected:
  void cancel(const RequestId& id) {
    run([&] { relay.on_cancel(now, id, effects); });
  }
  // Its end is durable: who waited for it hears that it was cancelled.
  void expect_told(const RequestId& id) {
    recorded(id, RecordKind::ended);
    EXPECT_EQ(one<Reply>().error, ErrorCode::caller_gone);
    EXPECT_EQ(one<Reply>().outcome, Outcome::not_executed);
    EXPECT_TRUE(one<Reply>().cancelled);
    EXPECT_FALSE(relay.holds(id));
  }
};

TEST_F(CancelTest, OneThatWaitsLeavesItsLine) {
  const SessionId session = up("k1");
  const RequestId card = out_of("payment");
  const RequestId second = waits_of("payment");
  const RequestId third = waits_of("payment");
  cancel(second);
  ASSERT_EQ(effects.size(), 1U) << "durable before it is told";
  EXPECT_EQ(record<EndedRecord>().state, State::cancelled);
  expect_told(second);
  answer(session, card);
  EXPECT_EQ(record<DispatchedRecord>().id, third);
}

TEST_F(CancelTest, OneWhoseRecordIsUnderWayIsCancelledWhenThatIsThere) {
  up("k1");
  const RequestId id = send_of("payment");
  const RequestId second = waits_of("payment");
  cancel(id);
  EXPECT_TRUE(nothing()) << "it can't be called back before";
  recorded(id, RecordKind::accepted);
  EXPECT_EQ(all<SendFrame>().size(), 0U);
  EXPECT_EQ(all<Persist>().at(0).id, id);
  EXPECT_EQ(record<EndedRecord>().state, State::cancelled);
  EXPECT_EQ(record<DispatchedRecord>().id, second) << "its place is another's";
  expect_told(id);
}

TEST_F(CancelTest, WhatWasSentOrIsOverStaysAsItIs) {
  const SessionId session = up("k1");
  const RequestId card = out_of("payment");
  cancel(card);
  EXPECT_TRUE(nothing());
  answer(session, card);
  cancel(card);
  EXPECT_TRUE(nothing());
  recorded(card, RecordKind::answered);
  EXPECT_FALSE(one<Reply>().error);
  EXPECT_FALSE(one<Reply>().cancelled);
  cancel(card);
  EXPECT_TRUE(nothing());
}

TEST_F(CancelTest, WhatTheStoresFailureRejectsWasNotCancelled) {
  up("k1");
  const RequestId id = send_of("payment");
  cancel(id);
  store_fails();
  EXPECT_EQ(one<Reply>().error, ErrorCode::store_unavailable);
  EXPECT_FALSE(one<Reply>().cancelled);
  store_recovers();
  EXPECT_EQ(record<EndedRecord>().state, State::rejected);
}

// The store is slow: that it never was sent can't be said yet, nor that it was cancelled.
TEST_F(CancelTest, WhoHearsThatNobodyKnowsIsNotToldThatItWasCancelled) {
  up("k1");
  const RequestId id = send_of("payment", 2s);
  cancel(id);
  pass(2s);
  EXPECT_EQ(one<Reply>().error, ErrorCode::timeout);
  EXPECT_FALSE(one<Reply>().cancelled);
  recorded(id, RecordKind::accepted);
  EXPECT_EQ(record<EndedRecord>().state, State::cancelled);
}

TEST_F(CancelTest, ItsKeyIsFreeAgain) {
  up("k1");
  out_of("payment");
  KeyClaim key;
  key.key[0] = 7;
  const RequestId second = send_of("payment", 45s, key);
  recorded(second, RecordKind::accepted);
  cancel(second);
  EXPECT_EQ(record<EndedRecord>().key, key.key);
  const RequestId again = send_of("payment", 45s, key);
  EXPECT_EQ(all<Join>().size(), 0U);
  EXPECT_EQ(record<AcceptedRecord>().id, again);
}

}  // namespace
}  // namespace kgw
