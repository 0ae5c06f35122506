// One key, one execution (PROTOCOL.md 1.3).
#include "relay_fixture.hpp"

namespace kgw {
namespace {

using namespace std::chrono_literals;

class RelayClaims : public RelayTest {
 protected:
  static KeyClaim claim(std::uint8_t key, std::uint8_t request = 1) {
    KeyClaim claim;
    claim.key[0] = key;
    claim.request[0] = request;
    return claim;
  }
  RequestId send_keyed(std::uint8_t key = 7, std::uint8_t request = 1, const std::string& to = "k1") {
    const RequestId id = ids.next(now.wall);
    last_caller = CallerId(static_cast<std::uint64_t>(last_caller) + 1);
    Order order{to, "payment", "42", "shop"};
    order.claim = claim(key, request);
    const SendRequest request_{id, share(std::move(order)), 45s, last_caller, envelope("{}")};
    run([&] { relay.on_send(now, request_, effects); });
    return id;
  }
  void not_recorded(RequestId id, Claim why, RequestId holder) {
    run([&] { relay.on_recorded(now, id, RecordKind::accepted, ClaimVerdict{why, holder}, effects); });
  }
  void found(const FindClaimed& asked, const std::optional<StoredExchange>& exchange) {
    run([&] { relay.on_claimed(now, asked, exchange, effects); });
  }
  StoredExchange stored(State state, std::uint8_t request = 1) {
    StoredExchange x;
    x.id = ids.next(now.wall);
    x.order = Order{"k1", "payment", "42", "shop"};
    x.order.claim = claim(7, request);
    x.state = state;
    x.accepted_at = now.wall;
    x.deadline_at = now.wall + 45s;
    if (state == State::answered) {
      x.outcome = Outcome::known;
      x.response = share(R"({"status":"success"})");
    }
    return x;
  }
};

TEST_F(RelayClaims, TheSecondWaitsForTheFirst) {
  const SessionId session = up("k1");
  const RequestId first = send_keyed();
  const CallerId caller = last_caller;
  recorded(first, RecordKind::accepted);
  EXPECT_EQ(all<SendFrame>().size(), 1U);
  send_keyed();
  const Join join = one<Join>();
  EXPECT_EQ(join.id, first);
  EXPECT_EQ(join.caller, last_caller);
  EXPECT_EQ(join.party, caller);
  EXPECT_TRUE(all<Persist>().empty()) << "nothing of the second is recorded, and nothing sent";
  answer(session, first);
  recorded(first, RecordKind::answered);
  EXPECT_EQ(one<Reply>().caller, caller);
  EXPECT_TRUE(relay.idle());
}

TEST_F(RelayClaims, WithAnotherRequestTheKeyIsRefused) {
  up("k1");
  recorded(send_keyed(7, 1), RecordKind::accepted);
  send_keyed(7, 2);
  const Reply reply = one<Reply>();
  EXPECT_EQ(reply.error, ErrorCode::idempotency_key_reused);
  EXPECT_FALSE(reply.id) << "nothing was recorded";
  EXPECT_EQ(reply.outcome, Outcome::not_executed);
}

// The first one's key may yet turn out to be another's, and for this very request.
TEST_F(RelayClaims, AConflictWithOneWhoseKeyIsNotItsOwnYetIsAskedOfTheStore) {
  up("k1");
  send_keyed(7, 1);
  send_keyed(7, 2);
  EXPECT_TRUE(all<Reply>().empty());
  const FindClaimed asked = one<FindClaimed>();
  StoredExchange done = stored(State::answered, 2);
  found(asked, done);
  EXPECT_EQ(one<Reply>().answer, done.response);
}

TEST_F(RelayClaims, AfterATimeoutTheSameIsToldAgain) {
  up("k1");
  const RequestId first = send_keyed();
  recorded(first, RecordKind::accepted);
  pass(45s);
  recorded(first, RecordKind::ended);
  send_keyed();
  const Reply reply = one<Reply>();
  EXPECT_EQ(reply.error, ErrorCode::timeout);
  EXPECT_EQ(reply.id, first);
  EXPECT_TRUE(reply.replayed);
  EXPECT_EQ(reply.outcome, Outcome::unknown);
}

TEST_F(RelayClaims, ARejectionFreesTheKey) {
  const SessionId session = up("k1");
  const RequestId first = send_keyed();
  down(session);
  recorded(first, RecordKind::accepted);
  const Persist ended = one<Persist>();
  ASSERT_EQ(ended.kind, RecordKind::ended);
  EXPECT_EQ(std::get<EndedRecord>(ended.record).key, claim(7).key);
  up("k1");
  const RequestId second = send_keyed();
  EXPECT_EQ(one<Persist>().id, second) << "it is another one's first";
}

// Its end is acknowledged when the key has been another's for a while.
TEST_F(RelayClaims, ARejectionsEndTakesNoKeyFromTheNext) {
  change(kiosk("k1", 1));
  up("k1");
  send_out();
  const RequestId first = send_keyed();
  recorded(first, RecordKind::accepted);
  run([&] { relay.on_caller_gone(now, last_caller, first, effects); });
  const RequestId second = send_keyed();
  EXPECT_EQ(one<Persist>().id, second);
  recorded(first, RecordKind::ended);
  EXPECT_FALSE(relay.holds(first));
  send_keyed();
  EXPECT_EQ(one<Join>().id, second);
}

// It had closed its sending side; who joins it has not.
TEST_F(RelayClaims, OneThatWasGivenUpGoesOnForWhoJoinsIt) {
  up("k1");
  const RequestId first = send_keyed();
  pass(limits::kHalfCloseTime);
  run([&] { relay.on_caller_half_gone(now, last_caller, first, effects); });
  send_keyed();
  EXPECT_EQ(one<Join>().id, first);
  recorded(first, RecordKind::accepted);
  EXPECT_EQ(one<SendFrame>().id, first);
}

// Its acceptance is on the way; that of one which has to give way must leave nothing else behind.
TEST_F(RelayClaims, NothingIsRecordedBeforeTheKeyIsItsOwn) {
  const SessionId session = up("k1");
  const RequestId id = send_keyed();
  run([&] { relay.on_caller_gone(now, last_caller, id, effects); });
  down(session);
  EXPECT_TRUE(all<Persist>().empty());
  pass(45s);
  EXPECT_TRUE(all<Persist>().empty());
  recorded(id, RecordKind::accepted);
  EXPECT_EQ(one<Persist>().kind, RecordKind::ended);
}

TEST_F(RelayClaims, OneThatWaitedForItsPlaceIsDispatchedOnceTheKeyIsItsOwn) {
  change(kiosk("k1", 1));
  const SessionId session = up("k1");
  const RequestId before = send_out();
  const RequestId id = send_keyed();
  answer(session, before);
  EXPECT_EQ(all<Persist>().size(), 1U) << "the answer's";
  recorded(id, RecordKind::accepted);
  EXPECT_EQ(one<Persist>().kind, RecordKind::dispatched);
  recorded(id, RecordKind::dispatched);
  EXPECT_EQ(one<SendFrame>().id, id);
}

TEST_F(RelayClaims, OneWhoseKeyIsTakenGivesWay) {
  change(kiosk("k1", 1));
  up("k1");
  const StoredExchange done = stored(State::answered);
  const RequestId id = send_keyed();
  const CallerId caller = last_caller;
  const RequestId behind = send();
  not_recorded(id, Claim::taken, done.id);
  EXPECT_EQ(one<Withdrawn>().id, id);
  EXPECT_EQ(one<Persist>().id, behind) << "its place is the next one's";
  const FindClaimed asked = one<FindClaimed>();
  EXPECT_FALSE(asked.why);
  found(asked, done);
  const Reply reply = one<Reply>();
  EXPECT_EQ(reply.caller, caller);
  EXPECT_EQ(reply.id, done.id);
  EXPECT_TRUE(reply.replayed);
  EXPECT_FALSE(reply.error);
  EXPECT_EQ(reply.answer, done.response);
}

TEST_F(RelayClaims, AnAnswerIsGivenAgainThoughTheKioskIsOffline) {
  send_keyed();
  const FindClaimed asked = one<FindClaimed>();
  EXPECT_EQ(asked.why, ErrorCode::kiosk_offline);
  const StoredExchange done = stored(State::answered);
  found(asked, done);
  EXPECT_EQ(one<Reply>().answer, done.response);
  found(asked, std::nullopt);
  EXPECT_EQ(one<Reply>().error, ErrorCode::kiosk_offline);
  EXPECT_FALSE(one<Reply>().replayed);
}

TEST_F(RelayClaims, WhatTheStoreSays) {
  send_keyed();
  const FindClaimed asked = one<FindClaimed>();
  found(asked, stored(State::timed_out));
  EXPECT_EQ(one<Reply>().error, ErrorCode::timeout);
  EXPECT_EQ(one<Reply>().outcome, Outcome::unknown);
  found(asked, stored(State::dispatched));
  const FindClaimed again = one<FindClaimed>();
  EXPECT_TRUE(all<Reply>().empty()) << "it may have ended since it was read";
  found(again, stored(State::dispatched));
  EXPECT_EQ(one<Reply>().error, ErrorCode::timeout) << "it is not known here: nobody knows";
  found(asked, stored(State::rejected));
  EXPECT_EQ(one<Reply>().error, ErrorCode::kiosk_offline) << "it has no key any more";
  found(asked, stored(State::cancelled));
  EXPECT_EQ(one<Reply>().error, ErrorCode::kiosk_offline) << "nor has that one";
  found(asked, stored(State::answered, 2));
  EXPECT_EQ(one<Reply>().error, ErrorCode::idempotency_key_reused);
  StoredExchange broken = stored(State::answered);
  broken.response_valid = false;
  found(asked, broken);
  EXPECT_EQ(one<Reply>().error, ErrorCode::invalid_response);
  StoredExchange emptied = stored(State::answered);
  emptied.response = nullptr;
  found(asked, emptied);
  EXPECT_EQ(one<Reply>().error, ErrorCode::request_expired);
  EXPECT_EQ(one<Reply>().id, emptied.id);
  run([&] { relay.on_claimed(now, asked, Fault{ErrorCode::store_unavailable, {}}, effects); });
  EXPECT_EQ(one<Reply>().error, ErrorCode::store_unavailable);
}

TEST_F(RelayClaims, ARestartKeepsTheKeyOfWhatMayBeRunning) {
  StoredExchange open = stored(State::dispatched);
  run([&] { relay.restore_exchange(now, open, effects); });
  const SessionId session = up("k1");
  send_keyed();
  EXPECT_EQ(one<Join>().id, open.id);
  EXPECT_EQ(one<Join>().party, CallerId::none);
  const CallerId caller = last_caller;
  answer(session, open.id);
  recorded(open.id, RecordKind::answered);
  EXPECT_TRUE(all<LateAnswer>().empty());
  EXPECT_EQ(one<Reply>().caller, caller);
}

// The store is told of the first one's rejection before the second's acceptance: then that one is the first.
TEST_F(RelayClaims, OneThatGaveWayToARejectedOneTriesAgain) {
  change(kiosk("k1", 1));
  const SessionId session = up("k1");
  const RequestId before = send_out();
  const RequestId first = send_keyed();
  run([&] { relay.on_caller_gone(now, last_caller, first, effects); });
  const RequestId second = send_keyed();
  EXPECT_EQ(one<Persist>().id, second) << "the first one has no key any more";
  recorded(first, RecordKind::accepted);
  EXPECT_EQ(one<Persist>().kind, RecordKind::ended);
  not_recorded(second, Claim::taken, first);
  EXPECT_EQ(one<Persist>().id, second) << "behind the first one's end";
  recorded(first, RecordKind::ended);
  recorded(second, RecordKind::accepted);
  answer(session, before);
  recorded(second, RecordKind::dispatched);
  EXPECT_EQ(one<SendFrame>().id, second);
}

// Each caller brings its own deadline and its own name, also when the store is asked first.
TEST_F(RelayClaims, WhoJoinsAndWhoIsLookedUpKeepsItsDeadline) {
  run([&] { relay.restore_exchange(now, stored(State::dispatched), effects); });
  pass(10s);
  send_keyed();
  EXPECT_EQ(one<Join>().expires, now.steady + 45s);
  send_keyed(8);
  const FindClaimed asked = one<FindClaimed>();
  EXPECT_EQ(asked.expires, now.steady + 45s);
  EXPECT_EQ(asked.asker, "shop");
  run([&] { relay.on_claimed(now, asked, Fault{ErrorCode::overloaded, {}}, effects); });
  EXPECT_TRUE(one<Reply>().key_unread) << "it is not said that nobody had this key";
}

}  // namespace
}  // namespace kgw
