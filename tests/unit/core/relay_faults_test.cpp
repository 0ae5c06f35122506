// Deadlines, callers, the store, restarts and the end: PROTOCOL.md 1.2.
#include "relay_fixture.hpp"

namespace kgw {
namespace {

using namespace std::chrono_literals;

// ---------------------------------------------------------------- deadlines

TEST_F(RelayTest, TimeoutIsDurableBeforeItIsTold) {
  up("k1");
  const RequestId id = send_out("k1", 5s);
  pass(4999ms);
  EXPECT_TRUE(nothing());
  pass(1ms);
  EXPECT_EQ(record<EndedRecord>().state, State::timed_out);
  EXPECT_EQ(all<Reply>().size(), 0U);
  recorded(id, RecordKind::ended);
  EXPECT_EQ(one<Reply>().error, ErrorCode::timeout);
  EXPECT_EQ(one<Reply>().outcome, Outcome::unknown);
}

TEST_F(RelayTest, AnswerReadBeforeTheDeadlineWins) {
  const SessionId session = up("k1");
  const RequestId id = send_out("k1", 5s);
  pass(4999ms);
  answer(session, id);
  pass(5s);
  EXPECT_TRUE(nothing()) << "its commit may take its time";
  recorded(id, RecordKind::answered);
  EXPECT_FALSE(one<Reply>().error);
}

TEST_F(RelayTest, AnswerWhileTheTimeoutIsBeingRecordedIsLate) {
  const SessionId session = up("k1");
  const RequestId id = send_out("k1", 5s);
  pass(5s);
  answer(session, id);
  EXPECT_TRUE(record<AnsweredRecord>().late);
  recorded(id, RecordKind::ended);
  EXPECT_EQ(one<Reply>().error, ErrorCode::timeout);
  recorded(id, RecordKind::answered);
  EXPECT_EQ(all<Reply>().size(), 0U);
  EXPECT_EQ(one<LateAnswer>().id, id);
  EXPECT_EQ(relay.exchanges(), 0U);
}

TEST_F(RelayTest, ALateAnswerSaysHowLongItsDeviceTookAndHowLate) {
  const SessionId session = up("k1");
  const RequestId id = send_out("k1", 5s);
  pass(5s);
  recorded(id, RecordKind::ended);
  pass(7s);
  answer(session, id);
  recorded(id, RecordKind::answered);
  EXPECT_EQ(one<LateAnswer>().took, 12s);
  EXPECT_EQ(one<LateAnswer>().late_by, 7s);
}

TEST_F(RelayTest, RecordThatTookTooLongIsNotSent) {
  up("k1");
  const RequestId id = send("k1", 5s);
  pass(5s);
  EXPECT_EQ(one<Reply>().error, ErrorCode::timeout);
  recorded(id, RecordKind::accepted);
  EXPECT_EQ(all<SendFrame>().size(), 0U);
  EXPECT_EQ(record<EndedRecord>().state, State::rejected);
  recorded(id, RecordKind::ended);
  EXPECT_EQ(all<Reply>().size(), 0U) << "told once";
  EXPECT_EQ(relay.exchanges(), 0U);
}

// ---------------------------------------------------------------- callers

TEST_F(RelayTest, CallerGoneCancelsNothingThatWasSent) {
  const SessionId session = up("k1");
  const RequestId id = send_out();
  run([&] { relay.on_caller_gone(now, last_caller, id, effects); });
  EXPECT_TRUE(nothing());
  answer(session, id);
  recorded(id, RecordKind::answered);
  EXPECT_EQ(one<Reply>().caller, CallerId::none) << "a line for the log";
}

TEST_F(RelayTest, CallerGoneBeforeTheRecordIsDurable) {
  up("k1");
  const RequestId id = send();
  run([&] { relay.on_caller_gone(now, last_caller, id, effects); });
  recorded(id, RecordKind::accepted);
  EXPECT_EQ(all<SendFrame>().size(), 0U);
  EXPECT_EQ(record<EndedRecord>().state, State::rejected);
}

TEST_F(RelayTest, CallerGoneWhileItWaits) {
  change(kiosk("k1", 1));
  up("k1");
  send_out();
  const RequestId waiting = send_out();
  run([&] { relay.on_caller_gone(now, CallerId(999), waiting, effects); });
  EXPECT_TRUE(nothing()) << "another's caller";
  run([&] { relay.on_caller_gone(now, last_caller, waiting, effects); });
  EXPECT_EQ(record<EndedRecord>().state, State::rejected);
}

TEST_F(RelayTest, WhoHalfClosesRightBehindItsRequestHasSaidAll) {
  up("k1");
  const RequestId id = send();
  pass(99ms);
  run([&] { relay.on_caller_half_gone(now, last_caller, id, effects); });
  recorded(id, RecordKind::accepted);
  EXPECT_EQ(one<SendFrame>().id, id);
}

TEST_F(RelayTest, WhoHalfClosesLaterHasGivenUp) {
  const SessionId session = up("k1");
  const RequestId id = send();
  const CallerId caller = last_caller;
  pass(100ms);
  run([&] { relay.on_caller_half_gone(now, caller, id, effects); });
  EXPECT_TRUE(nothing());
  recorded(id, RecordKind::accepted);
  EXPECT_EQ(all<SendFrame>().size(), 0U);
  EXPECT_EQ(record<EndedRecord>().why, ErrorCode::caller_gone);
  recorded(id, RecordKind::ended);
  EXPECT_EQ(one<Reply>().caller, caller) << "it may still read";

  const RequestId sent = send_out();
  pass(100ms);
  run([&] { relay.on_caller_half_gone(now, last_caller, sent, effects); });
  answer(session, sent);
  recorded(sent, RecordKind::answered);
  EXPECT_FALSE(one<Reply>().error) << "what was sent goes on";
}

// ---------------------------------------------------------------- the store

TEST_F(RelayTest, StoreFailureRefusesWhatWasNotSent) {
  change(kiosk("k1", 1));
  up("k1");
  const RequestId dispatching = send();
  const RequestId waiting = send();
  store_fails();
  const auto replies = all<Reply>();
  ASSERT_EQ(replies.size(), 2U);
  EXPECT_EQ(replies[0].id, dispatching);
  EXPECT_EQ(replies[1].id, waiting);
  for (const Reply& reply : replies) EXPECT_EQ(reply.error, ErrorCode::store_unavailable);
  EXPECT_EQ(all<Persist>().size(), 0U);
  recorded(dispatching, RecordKind::accepted);
  EXPECT_EQ(all<SendFrame>().size(), 0U);

  store_recovers();
  ASSERT_EQ(all<Persist>().size(), 3U) << "acceptances are void as well; one was acknowledged after all";
  for (const RequestId& id : {dispatching, waiting}) recorded(id, RecordKind::ended);
  EXPECT_EQ(all<Reply>().size(), 0U);
  EXPECT_EQ(relay.exchanges(), 0U);
}

TEST_F(RelayTest, StoreFailureHoldsAnswers) {
  const SessionId session = up("k1");
  const RequestId id = send_out();
  store_fails();
  EXPECT_TRUE(nothing());
  answer(session, id, "{\"held\":1}");
  EXPECT_TRUE(nothing()) << "not durable: not told, and the store takes nothing";
  store_recovers();
  EXPECT_EQ(*record<AnsweredRecord>().response, "{\"held\":1}");
  recorded(id, RecordKind::answered);
  EXPECT_EQ(*one<Reply>().answer, "{\"held\":1}");
}

TEST_F(RelayTest, HeldAnswersCallerIsToldAfterTheGrace) {
  const SessionId session = up("k1");
  const RequestId id = send_out("k1", 5s);
  store_fails();
  answer(session, id);
  pass(5s);
  EXPECT_TRUE(nothing());
  pass(limits::kHeldAnswerGrace);
  EXPECT_EQ(one<Reply>().error, ErrorCode::timeout);
  store_recovers();
  EXPECT_FALSE(record<AnsweredRecord>().late) << "it was read in time";
  recorded(id, RecordKind::answered);
  EXPECT_EQ(all<Reply>().size(), 0U);
  EXPECT_EQ(one<LateAnswer>().id, id) << "to its caller, who was told 504, it is one";
}

TEST_F(RelayTest, TimeoutInAnOutageIsToldAndRecordedLater) {
  up("k1");
  const RequestId id = send_out("k1", 5s);
  store_fails();
  pass(5s);
  EXPECT_EQ(one<Reply>().error, ErrorCode::timeout);
  EXPECT_EQ(all<Persist>().size(), 0U);
  store_recovers();
  EXPECT_EQ(record<EndedRecord>().state, State::timed_out);
  EXPECT_EQ(record<EndedRecord>().id, id);
}

// Nor does its caller wait for the store when the kiosk has answered meanwhile, too late.
TEST_F(RelayTest, ATimeoutWithALateAnswerBehindItIsToldInAnOutage) {
  const SessionId session = up("k1");
  const RequestId id = send_out("k1", 2s);
  pass(2s);
  answer(session, id);
  EXPECT_TRUE(all<Reply>().empty());
  store_fails();
  EXPECT_EQ(one<Reply>().error, ErrorCode::timeout);
  EXPECT_EQ(one<Reply>().caller, last_caller);
}

TEST_F(RelayTest, LostRecordsAreWrittenAgainInTheOrderOfIds) {
  const SessionId session = up("k1");
  std::vector<RequestId> sent;
  for (int i = 0; i < 20; ++i) sent.push_back(send_out());
  for (std::size_t i = sent.size(); i-- > 0;) answer(session, sent[i]);
  store_fails();
  store_recovers();
  const auto persists = all<Persist>();
  ASSERT_EQ(persists.size(), sent.size());
  for (std::size_t i = 0; i < sent.size(); ++i) EXPECT_EQ(persists[i].id, sent[i]);
}

// ---------------------------------------------------------------- restarts

TEST_F(RelayTest, RestoredUndispatchedIsRejected) {
  const StoredExchange old = stored(State::accepted);
  run([&] { relay.restore_exchange(now, old, effects); });
  EXPECT_EQ(record<EndedRecord>().state, State::rejected);
  recorded(old.id, RecordKind::ended);
  EXPECT_EQ(relay.exchanges(), 0U);
}

TEST_F(RelayTest, RestoredDispatchedIsAnsweredIfTheKioskAnswers) {
  const StoredExchange old = stored(State::dispatched);
  run([&] { relay.restore_exchange(now, old, effects); });
  EXPECT_TRUE(nothing());
  const SessionId session = up("k1");
  EXPECT_TRUE(nothing()) << "never sent again";
  answer(session, old.id, "{}");
  EXPECT_FALSE(record<AnsweredRecord>().late);
}

TEST_F(RelayTest, RestartGrantsWhatIsLeftNeverMore) {
  StoredExchange old = stored(State::dispatched, "k1", 10s);
  now.wall += 7s;
  run([&] { relay.restore_exchange(now, old, effects); });
  EXPECT_EQ(*relay.next_deadline() - now.steady, 3s);

  StoredExchange future = stored(State::dispatched, "k2", 2s);
  now.wall -= 1h;  // the clock was set back
  run([&] { relay.restore_exchange(now, future, effects); });
  EXPECT_EQ(*relay.next_deadline() - now.steady, 2s);
}

TEST_F(RelayTest, RestoredPastItsDeadlineTimesOutAtOnce) {
  const StoredExchange old = stored(State::dispatched, "k1", 10s);
  now.wall += 11s;
  run([&] { relay.restore_exchange(now, old, effects); });
  EXPECT_EQ(record<EndedRecord>().state, State::timed_out);
}

TEST_F(RelayTest, RestoredForARemovedKioskEndsToo) {
  const StoredExchange old = stored(State::dispatched, "gone", 10s);
  run([&] { relay.restore_exchange(now, old, effects); });
  pass(10s);
  recorded(old.id, RecordKind::ended);
  EXPECT_EQ(relay.exchanges(), 0U);
}

// A home that fell back to an older state (Redis, failing over) is told again what is known of what runs.
TEST_F(RelayTest, WhatALossyStoreForgotIsWrittenAgain) {
  up("k1");
  const RequestId out = send_out();
  const RequestId overdue = send_out("k1", 1s);
  pass(1s);
  recorded(overdue, RecordKind::ended);
  store_fails();
  store_recovers(true);
  std::vector<std::pair<RequestId, RecordKind>> written;
  for (const Persist& persist : all<Persist>()) {
    written.emplace_back(persist.id, persist.kind);
    const auto* const accepted = std::get_if<AcceptedRecord>(&persist.record);
    EXPECT_TRUE(!accepted || accepted->dispatched) << "it was sent: nobody may send it again";
  }
  EXPECT_EQ(written,
            (std::vector<std::pair<RequestId, RecordKind>>{
                {out, RecordKind::accepted}, {overdue, RecordKind::accepted}, {overdue, RecordKind::ended}}));
  recorded(out, RecordKind::accepted);
  recorded(overdue, RecordKind::accepted);
  recorded(overdue, RecordKind::ended);
  answer(last_session, out);
  recorded(out, RecordKind::answered);
  EXPECT_FALSE(one<Reply>().error) << "and it ends as it would have";
}

// Its exchange was over, and is in memory for this answer only.
TEST_F(RelayTest, ALateAnswerThatWasLookedUpAndLostIsWrittenAgainWithItsTimes) {
  const SessionId session = up("k1");
  StoredExchange old = stored(State::timed_out);
  old.ended_at = old.deadline_at + 3ms;
  pass(60s);
  answer(session, old.id);
  const FindExchange asked = one<FindExchange>();
  run([&] { relay.on_found(now, asked, old, effects); });
  const WallTime answered = now.wall;
  store_fails();
  pass(5s);
  store_recovers(true);
  EXPECT_EQ(record<AcceptedRecord>().accepted_at, old.accepted_at);
  EXPECT_EQ(record<AcceptedRecord>().deadline_at, old.deadline_at);
  EXPECT_EQ(record<EndedRecord>().ended_at, *old.ended_at);
  EXPECT_EQ(record<AnsweredRecord>().answered_at, answered);
  EXPECT_TRUE(record<AnsweredRecord>().late);
}

// It is over for its caller and its lane; not for a store that has lost it.
TEST_F(RelayTest, AnOverdueOneIsHeldUntilALossyStoreHasItAgain) {
  for (const bool by_time : {false, true}) {
    const SessionId session = up("k1");
    const RequestId id = send_out("k1", 1s);
    pass(1s);
    recorded(id, RecordKind::ended);
    store_fails();
    store_recovers(true);
    if (by_time) pass(limits::kOverdueLanePlace);
    down(session);
    EXPECT_TRUE(relay.holds(id)) << "nothing of it is in the store yet";
    store_fails();
    store_recovers(true);
    EXPECT_EQ(record<AcceptedRecord>().id, id);
    EXPECT_EQ(record<EndedRecord>().state, State::timed_out);
    recorded(id, RecordKind::accepted);
    recorded(id, RecordKind::ended);
    EXPECT_TRUE(all<Reply>().empty()) << "told already";
    EXPECT_EQ(relay.exchanges(), 0U);
  }
}

// ---------------------------------------------------------------- the end

TEST_F(RelayTest, DrainAnswersWhatRunsAndTellsTheRest) {
  const SessionId session = up("k1");
  const RequestId first = send_out();
  const RequestId second = send_out();
  const CallerId waits = last_caller;
  relay.on_drain(now, effects);
  EXPECT_FALSE(relay.idle());
  answer(session, first);
  recorded(first, RecordKind::answered);
  EXPECT_FALSE(one<Reply>().error);
  run([&] { relay.on_drain_expired(now, effects); });
  EXPECT_EQ(one<Reply>().error, ErrorCode::timeout);
  EXPECT_EQ(one<Reply>().caller, waits);
  EXPECT_EQ(one<Reply>().id, second);
  EXPECT_TRUE(relay.idle());
}

// Whatever it waits for: the kiosk, or the store with any of its records.
TEST_F(RelayTest, DrainExpiredTellsEveryCaller) {
  const SessionId session = up("k1");
  send_out("k1", 2s);
  pass(2s);  // its timeout is being recorded,
  send_out();
  answer(session, send_out());  // an answer,
  send();                       // and an acceptance
  std::vector<CallerId> callers;
  for (std::uint64_t n = 1; n <= 4; ++n) callers.push_back(CallerId{n});
  relay.on_drain(now, effects);
  run([&] { relay.on_drain_expired(now, effects); });
  std::vector<CallerId> told;
  for (const Reply& reply : all<Reply>()) {
    EXPECT_EQ(reply.error, ErrorCode::timeout);
    told.push_back(reply.caller);
  }
  EXPECT_EQ(told, callers);
}

TEST_F(RelayTest, DrainExpiredRejectsWhatWaits) {
  change(kiosk("k1", 1));
  up("k1");
  send_out();
  const RequestId waiting = send_out();
  relay.on_drain(now, effects);
  run([&] { relay.on_drain_expired(now, effects); });
  EXPECT_EQ(record<EndedRecord>().id, waiting);
  recorded(waiting, RecordKind::ended);
  EXPECT_EQ(one<Reply>().error, ErrorCode::draining);
}

// ---------------------------------------------------------------- a store that another may take over

TEST_F(RelayTest, WhatMayStandAsSentIsNotCalledUnsentWhileAnotherMayTakeOver) {
  const SessionId k1 = up("k1");
  (void)k1;
  const RequestId doubtful = send();
  const RequestId unwritten = send();
  relay.on_in_doubt(doubtful);
  run([&] { relay.on_store_failed(now, effects, now.steady + std::chrono::seconds(3)); });
  EXPECT_EQ(one<Reply>().id, unwritten) << "that one surely is not written";
  EXPECT_EQ(one<Reply>().error, ErrorCode::store_unavailable);
  pass(std::chrono::seconds(2));
  EXPECT_TRUE(all<Reply>().empty());
  pass(std::chrono::seconds(1));
  EXPECT_EQ(one<Reply>().id, doubtful);
  EXPECT_EQ(one<Reply>().error, ErrorCode::timeout);
  EXPECT_EQ(one<Reply>().outcome, Outcome::unknown);
}

TEST_F(RelayTest, WhatWaitsForTheLeaseIsToldWhenTheDrainEnds) {
  up("k1");
  const RequestId id = send();
  relay.on_in_doubt(id);
  run([&] { relay.on_store_failed(now, effects, now.steady + std::chrono::seconds(3)); });
  EXPECT_TRUE(all<Reply>().empty());
  run([&] { relay.on_drain_expired(now, effects); });
  EXPECT_EQ(one<Reply>().error, ErrorCode::timeout) << "nobody waits for the lease's end any more";
}

TEST_F(RelayTest, WhatIsRejectedInTimeIsToldAsIt) {
  up("k1");
  const RequestId id = send();
  relay.on_in_doubt(id);
  run([&] { relay.on_store_failed(now, effects, now.steady + std::chrono::seconds(3)); });
  EXPECT_TRUE(all<Reply>().empty());
  store_recovers();
  pass(std::chrono::seconds(4));
  EXPECT_TRUE(all<Reply>().empty()) << "it is being recorded, by us";
  recorded(id, RecordKind::accepted);
  recorded(id, RecordKind::ended);
  EXPECT_EQ(one<Reply>().error, ErrorCode::store_unavailable);
  EXPECT_EQ(one<Reply>().outcome, Outcome::not_executed);
}

TEST_F(RelayTest, WhatIsOpenThereAfterALossAndUnknownHereEnds) {
  const SessionId k1 = up("k1");
  store_fails();
  store_recovers(true);
  const StoredExchange sent = stored(State::dispatched), waiting = stored(State::accepted);
  run([&] { relay.on_store_holds(now, {sent, waiting}, effects); });
  EXPECT_TRUE(all<Persist>().empty());
  pass(std::chrono::seconds(45));
  ASSERT_EQ(all<Persist>().size(), 2U);
  EXPECT_EQ(record<EndedRecord>().state, State::timed_out) << "that it was sent may be what was lost";
  recorded(sent.id, RecordKind::ended);
  recorded(waiting.id, RecordKind::ended);
  EXPECT_EQ(relay.exchanges(), 0U);
  (void)k1;
}

TEST_F(RelayTest, AnAnswerThatTheStoreLostIsTakenAgain) {
  const SessionId k1 = up("k1");
  const StoredExchange lost = stored(State::dispatched);
  answer(k1, lost.id);
  const FindExchange asked = one<FindExchange>();
  run([&] { relay.on_found(now, asked, lost, effects); });
  EXPECT_TRUE(all<Unmatched>().empty());
  EXPECT_EQ(record<AnsweredRecord>().id, lost.id);
  EXPECT_FALSE(record<AnsweredRecord>().late) << "its deadline is not over";
}

}  // namespace
}  // namespace kgw
