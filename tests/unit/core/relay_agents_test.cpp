// Agents that speak v2: PROTOCOL.md 4.1.
#include "relay_fixture.hpp"

namespace kgw {
namespace {

using namespace std::chrono_literals;

class RelayAgentsTest : public RelayTest {
 protected:
  // Connects; says nothing yet.
  SessionId up_v2(const std::string& id = "k1") {
    last_session = SessionId(static_cast<std::uint64_t>(last_session) + 1);
    run([&] { relay.on_kiosk_up(now, id, last_session, effects, true); });
    return last_session;
  }
  void resume(SessionId session, std::vector<RequestId> held = {}, const std::string& outbox = "disk1",
              std::uint32_t max_in_flight = 0) {
    run([&] { relay.on_resumed(now, session, AgentResumes{outbox, std::move(held), max_in_flight}, effects); });
  }
  SessionId up_and_resumed(const std::string& outbox = "disk1") {
    const SessionId session = up_v2();
    resume(session, {}, outbox);
    return session;
  }
  void decline(SessionId session, RequestId id, ErrorCode why = ErrorCode::kiosk_busy) {
    run([&] {
      relay.on_declined(now, session,
                        Answer{id, true, Outcome::known, share(std::string("{\"declined\":1}")),
                               AnswerResult::declined, AnswerHow::declined},
                        why, effects);
    });
  }
  void says(SessionId session, RequestId id, AnswerHow how, Outcome outcome = Outcome::known) {
    run([&] {
      relay.on_answer(now, session,
                      Answer{id, true, outcome, share(std::string("{}")), AnswerResult::success, how}, effects);
    });
  }
  void timed_out(RequestId id) {
    pass(46s);
    recorded(id, RecordKind::ended);
  }
};

TEST_F(RelayAgentsTest, NothingIsSentBeforeItSaysWhatItHas) {
  const SessionId session = up_v2();
  const RequestId id = send();
  EXPECT_FALSE(record<AcceptedRecord>().dispatched) << "it waits";
  recorded(id, RecordKind::accepted);
  EXPECT_TRUE(nothing());
  resume(session);
  EXPECT_EQ(record<DispatchedRecord>().session, session);
  recorded(id, RecordKind::dispatched);
  EXPECT_EQ(one<SendFrame>().session, session);
  send_out();
  EXPECT_EQ(one<SendFrame>().session, session) << "at once from now on";
}

TEST_F(RelayAgentsTest, OneThatNeverSaysItIsClosed) {
  const SessionId session = up_v2();
  const RequestId id = send();
  recorded(id, RecordKind::accepted);
  pass(limits::kResumeTime - 1ms);
  EXPECT_TRUE(nothing());
  pass(1ms);
  EXPECT_EQ(one<CloseSession>().session, session);
  EXPECT_EQ(one<CloseSession>().reason, CloseReason::no_resume);
  EXPECT_EQ(record<EndedRecord>().why, ErrorCode::kiosk_offline) << "nobody waits for it";
  recorded(id, RecordKind::ended);
  pass(1h);
  EXPECT_TRUE(nothing());
  resume(session);
  send();
  EXPECT_EQ(one<Reply>().error, ErrorCode::kiosk_offline) << "it is being closed";
}

TEST_F(RelayAgentsTest, OneThatHasSaidItStays) {
  up_and_resumed();
  pass(1h);
  EXPECT_TRUE(nothing());
}

TEST_F(RelayAgentsTest, WhatTheSameOutboxDoesNotHaveIsSentAgain) {
  const SessionId old = up_and_resumed();
  const RequestId id = send_out();
  down(old);
  EXPECT_TRUE(nothing());
  const SessionId session = up_v2();
  EXPECT_TRUE(nothing()) << "which disk it is is not known yet";
  resume(session);
  EXPECT_EQ(one<SendFrame>().id, id);
  EXPECT_EQ(one<SendFrame>().session, session);
  EXPECT_EQ(*one<SendFrame>().envelope.text, "{\"body\":" + id.text() + "}");
  EXPECT_TRUE(all<Persist>().empty()) << "dispatched stands already";
  EXPECT_EQ(relay.exchange(id)->delivery->attempt, 2U);
  resume(session);
  EXPECT_TRUE(nothing()) << "it says it once";
}

TEST_F(RelayAgentsTest, NothingIsSentAgainToAnotherOutbox) {
  const SessionId old = up_and_resumed("disk1");
  send_out();
  down(old);
  resume(up_v2(), {}, "disk2");
  EXPECT_TRUE(all<SendFrame>().empty());
}

TEST_F(RelayAgentsTest, WhatWasWrittenOverV1IsNeverSentAgain) {
  const SessionId old = up("k1");
  send_out();
  down(old);
  resume(up_v2());
  EXPECT_TRUE(all<SendFrame>().empty());
}

TEST_F(RelayAgentsTest, WhatWasWrittenOverV2IsNotSentAgainOverV1) {
  const SessionId old = up_and_resumed();
  send_out();
  down(old);
  up("k1");
  EXPECT_TRUE(all<SendFrame>().empty());
}

TEST_F(RelayAgentsTest, WhatItHasIsNotSentAgain) {
  const SessionId first = up_and_resumed();
  const RequestId id = send_out();
  down(first);
  resume(up_v2(), {id});
  EXPECT_TRUE(all<SendFrame>().empty());
  EXPECT_EQ(relay.bytes_held(), 0U) << "its envelope is of no use any more";
  down(last_session);
  resume(up_v2());  // it has settled it meanwhile
  EXPECT_TRUE(all<SendFrame>().empty());
}

TEST_F(RelayAgentsTest, WhatItAcceptedIsNotSentAgain) {
  const SessionId first = up_and_resumed();
  const RequestId id = send_out();
  EXPECT_GT(relay.bytes_held(), 0U);
  relay.on_accepted(first, id);
  EXPECT_EQ(relay.bytes_held(), 0U);
  down(first);
  resume(up_v2());
  EXPECT_TRUE(all<SendFrame>().empty());
}

TEST_F(RelayAgentsTest, NothingIsSentAgainAfterItsDeadline) {
  const SessionId first = up_and_resumed();
  const RequestId id = send_out();
  down(first);
  const SessionId session = up_v2();
  now.steady += 45s;  // the timer is late
  resume(session);
  EXPECT_TRUE(all<SendFrame>().empty());
  timed_out(id);
  EXPECT_EQ(relay.bytes_held(), 0U);
  down(session);
  resume(up_v2());
  EXPECT_TRUE(all<SendFrame>().empty());
}

TEST_F(RelayAgentsTest, NothingIsSentAgainToOneThatWasDisabled) {
  const SessionId first = up_and_resumed();
  send_out();
  down(first);
  const SessionId session = up_v2();
  KioskRecord record = kiosk("k1");
  record.enabled = false;
  change(record);
  resume(session);
  EXPECT_TRUE(all<SendFrame>().empty());
}

TEST_F(RelayAgentsTest, ASecondFrameThatIsNotWrittenRejectsNothing) {
  const SessionId first = up_and_resumed();
  const RequestId id = send_out();
  down(first);
  resume(up_v2());
  run([&] { relay.on_frame_unsent(now, id, ErrorCode::kiosk_offline, effects); });
  EXPECT_TRUE(nothing()) << "the first one may have arrived";
  EXPECT_EQ(relay.exchange(id)->phase, Phase::out);
  down(last_session);
  resume(up_v2());
  EXPECT_EQ(one<SendFrame>().id, id);
}

TEST_F(RelayAgentsTest, AFirstFrameThatIsNotWrittenRejects) {
  up_and_resumed();
  const RequestId id = send_out();
  run([&] { relay.on_frame_unsent(now, id, ErrorCode::payload_too_large, effects); });
  EXPECT_EQ(record<EndedRecord>().why, ErrorCode::payload_too_large);
  recorded(id, RecordKind::ended);
  EXPECT_EQ(one<Reply>().outcome, Outcome::not_executed);
  EXPECT_TRUE(all<TellStored>().empty());
}

TEST_F(RelayAgentsTest, AResultIsToldToBeStoredWhenItIs) {
  const SessionId session = up_and_resumed();
  const RequestId id = send_out();
  answer(session, id);
  EXPECT_TRUE(all<TellStored>().empty());
  recorded(id, RecordKind::answered);
  EXPECT_EQ(one<TellStored>().id, id);
  EXPECT_EQ(one<TellStored>().session, session);
}

TEST_F(RelayAgentsTest, AV1KioskIsNotToldThatAnAnswerIsStored) {
  const SessionId session = up("k1");
  const RequestId id = send_out();
  answer(session, id);
  recorded(id, RecordKind::answered);
  EXPECT_TRUE(all<TellStored>().empty());
}

TEST_F(RelayAgentsTest, ItIsToldOverTheConnectionThatItHasThen) {
  const SessionId old = up_and_resumed();
  const RequestId id = send_out();
  answer(old, id);
  down(old);
  const SessionId session = up_v2();
  recorded(id, RecordKind::answered);
  EXPECT_EQ(one<TellStored>().session, session);
}

TEST_F(RelayAgentsTest, WhatIsDeclinedEndsAsNotExecuted) {
  const SessionId session = up_and_resumed();
  const RequestId id = send_out();
  decline(session, id);
  EXPECT_EQ(record<EndedRecord>().state, State::rejected);
  EXPECT_TRUE(all<Reply>().empty()) << "durable before it is told";
  EXPECT_TRUE(all<TellStored>().empty());
  recorded(id, RecordKind::ended);
  EXPECT_EQ(one<Reply>().error, ErrorCode::kiosk_busy);
  EXPECT_EQ(one<Reply>().outcome, Outcome::not_executed);
  EXPECT_EQ(one<TellStored>().id, id);
  EXPECT_EQ(relay.exchanges(), 0U);
}

TEST_F(RelayAgentsTest, ACancelledOneEndsAsCancelled) {
  const SessionId session = up_and_resumed();
  const RequestId id = send_out();
  decline(session, id, ErrorCode::caller_gone);
  EXPECT_EQ(record<EndedRecord>().state, State::cancelled);
}

TEST_F(RelayAgentsTest, AnotherOutboxDeclinesNothing) {
  const SessionId old = up_and_resumed("disk1");
  const RequestId id = send_out();
  down(old);
  const SessionId session = up_v2();
  decline(session, id);
  EXPECT_TRUE(nothing()) << "its disk is not known";
  resume(session, {}, "disk2");
  decline(session, id);
  EXPECT_TRUE(nothing()) << "it knows nothing of what the other one did";
  EXPECT_EQ(relay.exchange(id)->phase, Phase::out);
}

TEST_F(RelayAgentsTest, WhatWasWrittenOverV1CannotBeDeclined) {
  const SessionId old = up("k1");
  const RequestId id = send_out();
  down(old);
  decline(up_and_resumed(), id);
  EXPECT_TRUE(nothing());
}

TEST_F(RelayAgentsTest, WhatIsDeclinedTooLateIsALateAnswer) {
  const SessionId session = up_and_resumed();
  const RequestId id = send_out();
  timed_out(id);
  decline(session, id);
  EXPECT_TRUE(record<AnsweredRecord>().late);
  EXPECT_EQ(record<AnsweredRecord>().result, AnswerResult::declined);
  recorded(id, RecordKind::answered);
  EXPECT_EQ(one<LateAnswer>().outcome, Outcome::known);
  EXPECT_EQ(one<TellStored>().id, id);
}

TEST_F(RelayAgentsTest, AnInterruptedOneIsAnsweredAtOnce) {
  const SessionId session = up_and_resumed();
  const RequestId id = send_out();
  says(session, id, AnswerHow::interrupted, Outcome::unknown);
  EXPECT_EQ(record<AnsweredRecord>().outcome, Outcome::unknown);
}

TEST_F(RelayAgentsTest, AnInterruptedOneThatHasTimedOutWaitsForTheLookUp) {
  const SessionId session = up_and_resumed();
  const RequestId id = send_out();
  timed_out(id);
  says(session, id, AnswerHow::interrupted, Outcome::unknown);
  EXPECT_TRUE(all<Persist>().empty());
  EXPECT_EQ(one<TellStored>().id, id) << "that nobody knows stands there";
  says(session, id, AnswerHow::lookup);
  EXPECT_TRUE(record<AnsweredRecord>().late);
}

// What it says again after it was stored, or would be.
TEST_F(RelayAgentsTest, WhatIsSaidAgainIsStored) {
  const SessionId session = up_and_resumed();
  const auto again = [&](AnswerHow how, const StoredExchange& x, const std::string& text) {
    const Answer said{x.id, true, Outcome::known, share(std::string(text)), AnswerResult::unclassified, how};
    run([&] { relay.on_found(now, FindExchange{session, "k1", said}, x, effects); });
    return std::string(all<TellStored>().empty() ? "" : "stored") +
           (all<Unmatched>().empty() ? "" : "unmatched") + (all<Persist>().empty() ? "" : "recorded");
  };
  StoredExchange answered = stored(State::answered);
  answered.outcome = Outcome::known;
  answered.response = share(std::string("{}"));
  EXPECT_EQ(again(AnswerHow::answer, answered, "{}"), "stored");
  EXPECT_EQ(again(AnswerHow::lookup, answered, "{}"), "stored");
  answered.outcome = Outcome::unknown;
  EXPECT_EQ(again(AnswerHow::lookup, answered, "{\"found\":1}"), "unmatched") << "the kiosk must keep that";
  answered.response.reset();
  EXPECT_EQ(again(AnswerHow::answer, answered, "{}"), "stored");
  EXPECT_EQ(again(AnswerHow::declined, stored(State::rejected), "{}"), "stored");
  EXPECT_EQ(again(AnswerHow::answer, stored(State::rejected), "{}"), "unmatched");
  EXPECT_EQ(again(AnswerHow::interrupted, stored(State::timed_out), "{}"), "stored");
  EXPECT_EQ(again(AnswerHow::declined, stored(State::timed_out), "{}"), "") << "nobody knows which disk has it";
  EXPECT_EQ(again(AnswerHow::answer, stored(State::timed_out), "{}"), "recorded");
}

TEST_F(RelayAgentsTest, ItSaysHowManyItWants) {
  resume(up_v2(), {}, "disk1", 1);
  send_out();
  const RequestId second = send();
  EXPECT_FALSE(record<AcceptedRecord>().dispatched);
  recorded(second, RecordKind::accepted);
  EXPECT_TRUE(all<SendFrame>().empty());
}

TEST_F(RelayAgentsTest, AnOperatorsBoundHoldsAsWell) {
  change(kiosk("k1", 1));
  resume(up_v2(), {}, "disk1", 5);
  send_out();
  send();
  EXPECT_FALSE(record<AcceptedRecord>().dispatched);
}

TEST_F(RelayAgentsTest, APausedGatewayDoesNotJudge) {
  up_v2();
  now.steady += 20s;
  run([&] {
    relay.on_paused(now, 20s);
    relay.on_tick(now, effects);
  });
  EXPECT_TRUE(nothing());
}

}  // namespace
}  // namespace kgw
