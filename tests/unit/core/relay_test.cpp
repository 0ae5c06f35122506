// The way of a request, its lane and its refusals: PROTOCOL.md 1.2.
#include "core/relay.hpp"

#include "relay_fixture.hpp"

namespace kgw {
namespace {

using namespace std::chrono_literals;

TEST_F(RelayTest, OneSendAsAStraightLine) {
  const SessionId session = up("k1");
  const RequestId id = send();
  ASSERT_EQ(effects.size(), 1U) << "only a record: durable before visible";
  EXPECT_TRUE(record<AcceptedRecord>().dispatched);
  EXPECT_EQ(record<AcceptedRecord>().session, session);
  EXPECT_EQ(record<AcceptedRecord>().order->order_id, "42");
  EXPECT_EQ(record<AcceptedRecord>().deadline_at - record<AcceptedRecord>().accepted_at, 45s);

  recorded(id, RecordKind::accepted);
  EXPECT_EQ(one<SendFrame>().session, session);
  EXPECT_EQ(*one<SendFrame>().envelope.text, "{\"body\":" + id.text() + "}");

  pass(100ms);
  answer(session, id, "{\"sum\":1000.10}");
  ASSERT_EQ(effects.size(), 1U) << "nothing is told before it is durable";
  EXPECT_FALSE(record<AnsweredRecord>().late);

  recorded(id, RecordKind::answered);
  const Reply reply = one<Reply>();
  EXPECT_EQ(reply.caller, last_caller);
  EXPECT_EQ(reply.id, id);
  EXPECT_FALSE(reply.error);
  EXPECT_EQ(*reply.answer, "{\"sum\":1000.10}");
  EXPECT_EQ(*reply.answered - reply.began, 100ms);
  EXPECT_EQ(relay.exchanges(), 0U);
  EXPECT_EQ(relay.bytes_held(), 0U);
  EXPECT_TRUE(relay.idle());
}

TEST_F(RelayTest, RefusesAtTheDoor) {
  const auto refused = [&](const std::string& to) {
    send(to);
    const Reply reply = one<Reply>();
    EXPECT_FALSE(reply.id);
    EXPECT_EQ(effects.size(), 1U) << "nothing is recorded";
    return reply.error.value_or(ErrorCode::internal_error);
  };
  EXPECT_EQ(refused("nobody"), ErrorCode::kiosk_not_found);
  EXPECT_EQ(refused("k1"), ErrorCode::kiosk_offline);
  KioskRecord disabled = kiosk("k1");
  disabled.enabled = false;
  change(disabled);
  EXPECT_EQ(refused("k1"), ErrorCode::kiosk_disabled);
  up("k2");
  store_fails();
  EXPECT_EQ(refused("k2"), ErrorCode::store_unavailable);
  store_recovers();
  relay.on_drain(now, effects);
  EXPECT_EQ(refused("k2"), ErrorCode::draining);
}

class SmallRelayTest : public RelayTest {
 protected:
  static RelaySettings small() {
    RelaySettings settings;
    settings.max_in_flight = 1;
    settings.lane_waiting_max = 2;
    settings.lane_reserved = 1;
    settings.exchanges_max = 5;  // four of one holder, and one that is left for others
    settings.bytes_max = 1000;
    return settings;
  }
  SmallRelayTest() : RelayTest(small()) {}
};

TEST_F(SmallRelayTest, LaneLetsOneOutAndTheRestWaitInOrder) {
  const SessionId session = up("k1");
  const RequestId first = send_out();
  ASSERT_EQ(all<SendFrame>().size(), 1U);
  const RequestId second = send();
  EXPECT_FALSE(record<AcceptedRecord>().dispatched);
  recorded(second, RecordKind::accepted);
  EXPECT_TRUE(nothing());
  const RequestId third = send_out();
  EXPECT_TRUE(nothing());
  EXPECT_EQ(relay.waiting(), 2U);

  answer(session, first);
  EXPECT_EQ(record<DispatchedRecord>().id, second);
  EXPECT_EQ(all<SendFrame>().size(), 0U) << "its record comes first";
  recorded(second, RecordKind::dispatched);
  EXPECT_EQ(one<SendFrame>().id, second);
  answer(session, second);
  EXPECT_EQ(record<DispatchedRecord>().id, third);
}

// The place came while the acceptance was still on its way to the disk: both records must be durable.
TEST_F(SmallRelayTest, AcceptanceAloneDoesNotLetAWaitingOneLeave) {
  const SessionId session = up("k1");
  const RequestId first = send_out();
  const RequestId second = send();
  answer(session, first);
  recorded(second, RecordKind::accepted);
  EXPECT_TRUE(nothing());
  recorded(second, RecordKind::dispatched);
  EXPECT_EQ(one<SendFrame>().id, second);
}

TEST_F(SmallRelayTest, BoundsRefuse) {
  up("k1");
  send_out();
  send();
  send();
  send();
  EXPECT_EQ(one<Reply>().error, ErrorCode::kiosk_busy) << "two may wait";
  up("k2");
  send("k2");
  send("k2");
  EXPECT_EQ(one<Reply>().error, ErrorCode::overloaded) << "four exchanges in all";
}

TEST_F(SmallRelayTest, BytesAreBounded) {
  up("k1");
  const SendRequest large{ids.next(now.wall), share(Order{"k1", "payment", {}, {}}), 1s, CallerId(1),
                          envelope(std::string(2000, 'x'))};
  run([&] { relay.on_send(now, large, effects); });
  EXPECT_EQ(one<Reply>().error, ErrorCode::overloaded);
}

class LineTest : public RelayTest {
 protected:
  static RelaySettings short_line() {
    RelaySettings settings;
    settings.max_in_flight = 1;
    settings.lane_waiting_max = 4;
    settings.lane_reserved = 2;
    return settings;
  }
  LineTest() : RelayTest(short_line()) {}
  std::optional<ErrorCode> refused_of(const std::string& owner) {
    last = ids.next(now.wall);
    const SendRequest ask{last, share(Order{"k1", "payment", {}, owner}), 1s, CallerId(1), envelope("{}")};
    run([&] { relay.on_send(now, ask, effects); });
    const auto replies = all<Reply>();
    return replies.empty() ? std::nullopt : replies[0].error;
  }
  RequestId last;
};

TEST_F(LineTest, OneOwnerLeavesPlacesForOthers) {
  const SessionId session = up("k1");
  EXPECT_EQ(refused_of("greedy"), std::nullopt);
  const RequestId first = last;
  recorded(first, RecordKind::accepted);
  for (int i = 0; i < 4; ++i) EXPECT_EQ(refused_of("greedy"), std::nullopt);
  EXPECT_EQ(refused_of("greedy"), ErrorCode::kiosk_busy) << "the rest is for those who have little there";
  EXPECT_EQ(refused_of("modest"), std::nullopt);
  EXPECT_EQ(refused_of("modest"), std::nullopt);
  EXPECT_EQ(refused_of("another"), ErrorCode::kiosk_busy) << "it is full";
  EXPECT_EQ(relay.waiting(), 6U);

  answer(session, first);  // one of the greedy one's moves up
  EXPECT_EQ(refused_of("greedy"), ErrorCode::kiosk_busy) << "three of its own still wait";
  EXPECT_EQ(refused_of("modest"), ErrorCode::kiosk_busy) << "it has as many as are reserved";
  EXPECT_EQ(refused_of("another"), std::nullopt);
}

TEST_F(LineTest, WhatHasLeftTheLineCountsNoMore) {
  const SessionId session = up("k1");
  EXPECT_EQ(refused_of("shop"), std::nullopt);
  RequestId out = last;
  recorded(out, RecordKind::accepted);
  for (int round = 0; round < 20; ++round) {
    EXPECT_EQ(refused_of("shop"), std::nullopt);
    const RequestId next = last;
    recorded(next, RecordKind::accepted);
    answer(session, out);
    recorded(out, RecordKind::answered);
    recorded(next, RecordKind::dispatched);
    out = next;
  }
  for (int i = 0; i < 4; ++i) EXPECT_EQ(refused_of("greedy"), std::nullopt);
  EXPECT_EQ(refused_of("shop"), std::nullopt) << "none of its own waits";
}

TEST_F(SmallRelayTest, NeitherOneKioskNorOneOwnerHoldsWhatIsForAll) {
  for (const char* const kiosk : {"k1", "k2"}) up(kiosk);
  const auto refused_of = [&](const std::string& kiosk, const std::string& owner, std::size_t bytes) {
    const SendRequest ask{ids.next(now.wall), share(Order{kiosk, "payment", {}, owner}), 1s, CallerId(1),
                          envelope(std::string(bytes, 'x'))};
    run([&] { relay.on_send(now, ask, effects); });
    const auto replies = all<Reply>();
    return replies.empty() ? std::nullopt : replies[0].error;
  };
  EXPECT_EQ(refused_of("k1", "greedy", 400), std::nullopt);
  EXPECT_EQ(refused_of("k1", "modest", 200), ErrorCode::overloaded) << "the kiosk would have more than is left";
  EXPECT_EQ(refused_of("k2", "greedy", 200), ErrorCode::overloaded) << "the owner would";
  EXPECT_EQ(refused_of("k2", "modest", 200), std::nullopt) << "another kiosk and owner have room";
  EXPECT_EQ(refused_of("k2", "third", 50), std::nullopt);
}

TEST_F(SmallRelayTest, OneOwnerLeavesAPlaceInMemory) {
  up("k1");
  const auto refused_of = [&](const std::string& kiosk, const std::string& owner,
                              std::string_view holder = {}) {
    SendRequest ask{ids.next(now.wall), share(Order{kiosk, "payment", {}, owner}), 1s, CallerId(1),
                    envelope("{}")};
    ask.holder = holder;
    run([&] { relay.on_send(now, ask, effects); });
    const auto replies = all<Reply>();
    return replies.empty() ? std::nullopt : replies[0].error;
  };
  for (int i = 0; i < 3; ++i) EXPECT_EQ(refused_of("k1", "greedy"), std::nullopt);
  up("k2");
  EXPECT_EQ(refused_of("k2", "", "@192.0.2.1"), std::nullopt);
  EXPECT_EQ(refused_of("k2", "greedy"), ErrorCode::overloaded) << "four exchanges are here, one place is left";
  EXPECT_EQ(refused_of("k2", "", "@192.0.2.1"), ErrorCode::overloaded) << "who has one leaves the last, too";
  EXPECT_EQ(refused_of("k2", "", "@192.0.2.2"), std::nullopt) << "to another address";
}

TEST_F(SmallRelayTest, WaitingPastTheDeadlineIsRejectedAsBusy) {
  up("k1");
  send_out();
  const RequestId second = send_out("k1", 2s);
  pass(2s);
  EXPECT_EQ(record<EndedRecord>().state, State::rejected);
  EXPECT_EQ(record<EndedRecord>().why, ErrorCode::kiosk_busy);
  EXPECT_EQ(all<Reply>().size(), 0U);
  recorded(second, RecordKind::ended);
  EXPECT_EQ(one<Reply>().error, ErrorCode::kiosk_busy);
  EXPECT_EQ(one<Reply>().outcome, Outcome::not_executed);
}

TEST_F(SmallRelayTest, TimedOutKeepsItsPlaceForAWhile) {
  const SessionId session = up("k1");
  const RequestId first = send_out("k1", 2s);
  const RequestId second = send_out("k1", 300s);
  pass(2s);
  EXPECT_EQ(record<EndedRecord>().state, State::timed_out);
  recorded(first, RecordKind::ended);
  EXPECT_EQ(one<Reply>().error, ErrorCode::timeout);
  pass(59s);
  EXPECT_TRUE(nothing());
  pass(1s);
  EXPECT_EQ(record<DispatchedRecord>().id, second);
  answer(session, first);
  EXPECT_EQ(one<FindExchange>().answer.id, first) << "forgotten: the store is asked";
}

TEST_F(SmallRelayTest, TimedOutGivesItsPlaceUpWithItsAnswer) {
  const SessionId session = up("k1");
  const RequestId first = send_out("k1", 2s);
  const RequestId second = send_out("k1", 300s);
  pass(2s);
  recorded(first, RecordKind::ended);
  answer(session, first, "{\"late\":1}");
  EXPECT_TRUE(record<AnsweredRecord>().late);
  EXPECT_EQ(record<DispatchedRecord>().id, second);
  recorded(first, RecordKind::answered);
  EXPECT_EQ(one<LateAnswer>().id, first);
  EXPECT_EQ(all<Reply>().size(), 0U) << "its caller was told";
}

TEST_F(SmallRelayTest, TimedOutGivesItsPlaceUpWithItsConnection) {
  const SessionId old = up("k1");
  const RequestId first = send_out("k1", 2s);
  pass(2s);
  recorded(first, RecordKind::ended);
  down(old);
  up("k1");
  send();
  EXPECT_TRUE(record<AcceptedRecord>().dispatched);
}

// Its connection had ended before its deadline came.
TEST_F(SmallRelayTest, TimedOutWithoutAConnectionHasNoPlace) {
  const SessionId old = up("k1");
  const RequestId first = send_out("k1", 2s);
  down(old);
  up("k1");
  const RequestId second = send_out("k1");
  pass(2s);
  recorded(first, RecordKind::ended);
  EXPECT_EQ(record<DispatchedRecord>().id, second);
}

// It ended while the timeout was being recorded: that may take as long as a store is slow.
TEST_F(SmallRelayTest, ATimeoutThatIsBeingRecordedHasNoPlaceOfALinkThatEnded) {
  const SessionId old = up("k1");
  send_out("k1", 2s);
  pass(2s);
  down(old);
  up("k1");
  send();
  EXPECT_TRUE(record<AcceptedRecord>().dispatched);
}

TEST_F(SmallRelayTest, LaneFollowsItsKiosksSetting) {
  up("k1");
  send_out();
  const RequestId second = send_out();
  change(kiosk("k1", 2));
  EXPECT_EQ(record<DispatchedRecord>().id, second);
}

// ---------------------------------------------------------------- answers

TEST_F(RelayTest, AStrangersAnswerDoesNotCount) {
  const SessionId own = up("k1");
  const SessionId other = up("k2");
  const RequestId id = send_out();
  answer(other, id, "{\"forged\":1}");
  EXPECT_EQ(one<Unmatched>().why, Unmatched::Why::not_its_own);
  EXPECT_EQ(effects.size(), 1U);
  answer(own, id, "{\"true\":1}");
  EXPECT_EQ(*record<AnsweredRecord>().response, "{\"true\":1}");
}

TEST_F(RelayTest, AnAnswerToWhatWasNotSentDoesNotCount) {
  const SessionId session = up("k1");
  const RequestId id = send();
  answer(session, id);
  EXPECT_EQ(one<Unmatched>().why, Unmatched::Why::not_sent);
  recorded(id, RecordKind::accepted);
  EXPECT_EQ(one<SendFrame>().id, id);
}

TEST_F(RelayTest, FirstAnswerWins) {
  const SessionId session = up("k1");
  const RequestId id = send_out();
  answer(session, id, "1");
  answer(session, id, "2");
  EXPECT_EQ(one<Unmatched>().why, Unmatched::Why::duplicate);
  recorded(id, RecordKind::answered);
  EXPECT_EQ(*one<Reply>().answer, "1");
}

TEST_F(RelayTest, AnswersComeInAnyOrderAndOverALaterConnection) {
  const SessionId old = up("k1");
  const RequestId first = send_out();
  const RequestId second = send_out();
  down(old);
  EXPECT_TRUE(nothing()) << "what is out goes on";
  const SessionId later = up("k1");
  EXPECT_EQ(all<SendFrame>().size(), 0U) << "never sent again";
  answer(later, second);
  EXPECT_EQ(record<AnsweredRecord>().id, second);
  answer(later, first);
  EXPECT_EQ(record<AnsweredRecord>().id, first);
}

TEST_F(RelayTest, AnswersOverUnknownConnectionsHarmNothing) {
  up("k1");
  const RequestId id = send_out();
  answer(SessionId(999), id);
  EXPECT_TRUE(nothing());
}

TEST_F(RelayTest, BrokenAnswerEndsTheOneItNames) {
  const SessionId session = up("k1");
  const RequestId id = send_out();
  const RequestId unknown = ids.next(now.wall);
  const RequestId named[] = {unknown, id};
  auto taken = Relay::Broken::matches_none;
  run([&] { taken = relay.on_broken_answer(now, session, named, share("{NaN}"), effects); });
  EXPECT_EQ(taken, Relay::Broken::ended);
  EXPECT_FALSE(record<AnsweredRecord>().valid);
  EXPECT_EQ(record<AnsweredRecord>().outcome, Outcome::unknown);
  recorded(id, RecordKind::answered);
  EXPECT_EQ(one<Reply>().error, ErrorCode::invalid_response);
}

TEST_F(RelayTest, BrokenAnswerThatNamesTwoOrAnothersEndsNone) {
  const SessionId session = up("k1");
  const SessionId other = up("k2");
  const RequestId named[] = {send_out(), send_out()};
  run([&] {
    EXPECT_EQ(relay.on_broken_answer(now, session, named, share("NaN"), effects), Relay::Broken::matches_none);
    EXPECT_EQ(relay.on_broken_answer(now, other, std::span(named).first(1), share("NaN"), effects),
              Relay::Broken::matches_none);
    EXPECT_EQ(relay.on_broken_answer(now, session, {}, share("NaN"), effects), Relay::Broken::matches_none);
  });
  EXPECT_TRUE(nothing());
}

// ---------------------------------------------------------------- late answers that memory has forgotten

TEST_F(RelayTest, LateAnswerIsLookedUp) {
  const SessionId session = up("k1");
  StoredExchange old = stored(State::timed_out);
  old.dispatched_at = old.accepted_at + 1s;
  old.ended_at = old.deadline_at;
  pass(100s);
  answer(session, old.id, "{\"late\":1}");
  const FindExchange asked = one<FindExchange>();
  run([&] { relay.on_found(now, asked, old, effects); });
  EXPECT_TRUE(record<AnsweredRecord>().late);
  recorded(old.id, RecordKind::answered);
  EXPECT_EQ(one<LateAnswer>().id, old.id);
  EXPECT_EQ(one<LateAnswer>().took, 99s);
  EXPECT_EQ(one<LateAnswer>().late_by, 55s);
  EXPECT_EQ(relay.exchanges(), 0U);
}

TEST_F(RelayTest, LookUpsThatMatchNothing) {
  const SessionId session = up("k1");
  const auto why = [&](std::optional<StoredExchange> found) {
    const RequestId id = found ? found->id : ids.next(now.wall);
    answer(session, id);
    const FindExchange asked = one<FindExchange>();
    run([&] { relay.on_found(now, asked, found, effects); });
    EXPECT_EQ(effects.size(), 1U);
    return one<Unmatched>().why;
  };
  EXPECT_EQ(why(std::nullopt), Unmatched::Why::no_exchange);
  EXPECT_EQ(why(stored(State::timed_out, "k2")), Unmatched::Why::not_its_own);
  EXPECT_EQ(why(stored(State::rejected)), Unmatched::Why::not_sent);
  EXPECT_EQ(why(stored(State::answered)), Unmatched::Why::duplicate);
}

TEST_F(RelayTest, TwoLookUpsOfOneExchangeRecordOneAnswer) {
  const SessionId session = up("k1");
  const StoredExchange old = stored(State::timed_out);
  answer(session, old.id, "1");
  const FindExchange first = one<FindExchange>();
  answer(session, old.id, "2");
  const FindExchange second = one<FindExchange>();
  run([&] { relay.on_found(now, first, old, effects); });
  run([&] { relay.on_found(now, second, old, effects); });
  EXPECT_EQ(one<Unmatched>().why, Unmatched::Why::duplicate);
}

}  // namespace
}  // namespace kgw
