// Kiosks come, go, are replaced, switched off and removed: PROTOCOL.md 2.
#include "relay_fixture.hpp"

namespace kgw {
namespace {

using namespace std::chrono_literals;

TEST_F(RelayTest, KnockIsAdmittedOrRefused) {
  knock(1);
  EXPECT_EQ(one<Admit>().knock, KnockId(1));
  knock(2, "k1", token(9));
  EXPECT_EQ(one<RefuseKnock>().why, ErrorCode::unauthorized);
  knock(3, "nobody");
  EXPECT_EQ(one<RefuseKnock>().why, ErrorCode::unauthorized);
  KioskRecord disabled = kiosk("k1");
  disabled.enabled = false;
  change(disabled);
  knock(4);
  EXPECT_EQ(one<RefuseKnock>().why, ErrorCode::kiosk_disabled);
  relay.on_drain(now, effects);
  knock(5, "k2");
  EXPECT_EQ(one<RefuseKnock>().why, ErrorCode::draining);
}

TEST_F(RelayTest, DuplicateIsRefusedWhenTheOldOneLives) {
  const SessionId old = up("k1");
  knock(1);
  EXPECT_EQ(one<ProbeSession>().session, old);
  EXPECT_EQ(all<Admit>().size(), 0U);
  knock(2);
  EXPECT_EQ(one<RefuseKnock>().knock, KnockId(2)) << "one newcomer at a time";
  run([&] { relay.on_kiosk_alive(now, old, effects); });
  EXPECT_EQ(one<RefuseKnock>().knock, KnockId(1));
  EXPECT_EQ(one<RefuseKnock>().why, ErrorCode::already_connected);
  pass(10s);
  EXPECT_TRUE(nothing());
}

TEST_F(RelayTest, ASignOfLifeOfOneThatWasReplacedSavesNobody) {
  const SessionId first = up("k1");
  knock(1);
  pass(3s);
  const SessionId second = up("k1");
  knock(2);
  EXPECT_EQ(one<ProbeSession>().session, second);
  run([&] { relay.on_kiosk_alive(now, first, effects); });
  EXPECT_TRUE(nothing()) << "its last bytes came late";
  pass(3s);
  EXPECT_EQ(one<Admit>().knock, KnockId(2));
}

TEST_F(RelayTest, APauseIsNoSilenceOfTheOldConnection) {
  const SessionId old = up("k1");
  knock(1);
  now.steady += 60s;
  relay.on_paused(now, 60s);
  pass(0s);
  EXPECT_TRUE(nothing());
  pass(2999ms);
  EXPECT_TRUE(nothing());
  run([&] { relay.on_kiosk_alive(now, old, effects); });
  EXPECT_EQ(one<RefuseKnock>().why, ErrorCode::already_connected);
  knock(2);
  pass(3s);
  EXPECT_EQ(one<Admit>().knock, KnockId(2));
}

TEST_F(RelayTest, APauseIsNothingToOneThatIsProbedAfterIt) {
  up("k1");
  now.steady += 60s;
  const Now began = now;
  now.steady += 100ms;
  knock(1);
  relay.on_paused(began, 60s);
  pass(3s);
  EXPECT_EQ(one<Admit>().knock, KnockId(1));
}

TEST_F(RelayTest, DuplicateReplacesTheOldOneThatIsSilent) {
  const SessionId old = up("k1");
  const RequestId out = send_out();
  knock(1);
  pass(2999ms);
  EXPECT_TRUE(nothing());
  pass(1ms);
  EXPECT_EQ(one<Admit>().knock, KnockId(1));
  const SessionId fresh = up("k1");
  EXPECT_EQ(one<CloseSession>().session, old);
  EXPECT_EQ(one<CloseSession>().reason, CloseReason::replaced);
  EXPECT_EQ(relay.online(), 1U);
  down(old);
  EXPECT_EQ(relay.online(), 1U) << "an old connection's end never erases a newer one";
  EXPECT_EQ(relay.kiosk_of(fresh)->session, fresh);
  answer(fresh, out);
  EXPECT_EQ(record<AnsweredRecord>().id, out);
  send();
  EXPECT_EQ(record<AcceptedRecord>().session, fresh);
}

TEST_F(RelayTest, OldConnectionsEndAdmitsTheOneThatWaits) {
  const SessionId old = up("k1");
  knock(1);
  down(old);
  EXPECT_EQ(one<Admit>().knock, KnockId(1));
}

TEST_F(RelayTest, KnockThatGoesAwayIsForgotten) {
  up("k1");
  knock(1);
  relay.on_knock_gone(KnockId(1), "k1");
  EXPECT_FALSE(relay.next_deadline());
  pass(10s);
  EXPECT_TRUE(nothing());
}

class DuplicatesTest : public RelayTest {
 protected:
  static RelaySettings duplicates() {
    RelaySettings settings;
    settings.allow_duplicates = true;
    return settings;
  }
  DuplicatesTest() : RelayTest(duplicates()) {}
};

TEST_F(DuplicatesTest, TheNewOneAlwaysReplaces) {
  up("k1");
  knock(1);
  EXPECT_EQ(one<Admit>().knock, KnockId(1));
}

// The record names the old connection; the frame must not go to another, nor to the old one.
TEST_F(RelayTest, ReplacedBeforeTheRecordIsDurable) {
  up("k1");
  const RequestId id = send();
  up("k1");
  recorded(id, RecordKind::accepted);
  EXPECT_EQ(all<SendFrame>().size(), 0U);
  EXPECT_EQ(record<EndedRecord>().why, ErrorCode::kiosk_offline);
}

TEST_F(RelayTest, KioskDownRejectsWhatWaits) {
  change(kiosk("k1", 1));
  const SessionId session = up("k1");
  send_out();
  const RequestId waiting = send_out();
  down(session);
  EXPECT_EQ(record<EndedRecord>().id, waiting);
  EXPECT_EQ(record<EndedRecord>().why, ErrorCode::kiosk_offline);
  recorded(waiting, RecordKind::ended);
  EXPECT_EQ(one<Reply>().error, ErrorCode::kiosk_offline);
}

TEST_F(RelayTest, FrameThatWasSurelyNotWrittenIsRejected) {
  up("k1");
  const RequestId id = send_out();
  run([&] { relay.on_frame_unsent(now, id, ErrorCode::kiosk_offline, effects); });
  EXPECT_EQ(record<EndedRecord>().state, State::rejected);
}

// ---------------------------------------------------------------- the administrator

TEST_F(RelayTest, DisabledRejectsWhatWaitsAndClosesWhenWhatRunsHasEnded) {
  change(kiosk("k1", 1));
  const SessionId session = up("k1");
  const RequestId out = send_out();
  const RequestId waiting = send_out();
  KioskRecord disabled = kiosk("k1", 1);
  disabled.enabled = false;
  change(disabled);
  EXPECT_EQ(record<EndedRecord>().id, waiting);
  EXPECT_EQ(record<EndedRecord>().why, ErrorCode::kiosk_disabled);
  EXPECT_EQ(all<CloseSession>().size(), 0U);
  send();
  EXPECT_EQ(one<Reply>().error, ErrorCode::kiosk_disabled);
  answer(session, out);
  EXPECT_EQ(one<CloseSession>().reason, CloseReason::disabled);
}

TEST_F(RelayTest, DisabledClosesAtTheLatestAtTheDeadline) {
  up("k1");
  send_out("k1", 5s);
  KioskRecord disabled = kiosk("k1");
  disabled.enabled = false;
  change(disabled);
  pass(5s);
  EXPECT_EQ(one<CloseSession>().reason, CloseReason::disabled);
}

TEST_F(RelayTest, DisabledClosesWhenTheLastOneCouldNotBeWritten) {
  const SessionId session = up("k1");
  const RequestId id = send_out();
  KioskRecord disabled = kiosk("k1");
  disabled.enabled = false;
  change(disabled);
  run([&] { relay.on_frame_unsent(now, id, ErrorCode::kiosk_offline, effects); });
  EXPECT_EQ(one<CloseSession>().session, session);
}

TEST_F(RelayTest, ForceClosesAtOnce) {
  const SessionId session = up("k1");
  send_out();
  KioskRecord disabled = kiosk("k1");
  disabled.enabled = false;
  change(disabled, true);
  EXPECT_EQ(one<CloseSession>().session, session);
}

TEST_F(RelayTest, NothingIsSentToAKioskThatWasDisabledMeanwhile) {
  up("k1");
  const RequestId id = send();
  KioskRecord disabled = kiosk("k1");
  disabled.enabled = false;
  change(disabled);
  recorded(id, RecordKind::accepted);
  EXPECT_EQ(all<SendFrame>().size(), 0U);
  EXPECT_EQ(record<EndedRecord>().why, ErrorCode::kiosk_disabled);
}

TEST_F(RelayTest, RemovedKioskIsUnknownAtOnce) {
  const SessionId session = up("k1");
  const RequestId out = send_out();
  run([&] { relay.on_kiosk_removed(now, "k1", false, effects); });
  EXPECT_TRUE(nothing()) << "its running one goes on";
  send();
  EXPECT_EQ(one<Reply>().error, ErrorCode::kiosk_not_found);
  answer(session, out);
  EXPECT_EQ(record<AnsweredRecord>().id, out);
  EXPECT_EQ(one<CloseSession>().reason, CloseReason::removed);
}

// A kiosk that was removed and added again is another one.
TEST_F(RelayTest, ReaddedKioskDoesNotAnswerForTheOldOne) {
  up("k1");
  const RequestId out = send_out();
  run([&] { relay.on_kiosk_removed(now, "k1", true, effects); });
  change(kiosk("k1"));
  const SessionId fresh = up("k1");
  answer(fresh, out);
  EXPECT_EQ(one<Unmatched>().why, Unmatched::Why::not_its_own);
}

TEST_F(RelayTest, NewTokenEndsTheOldConnection) {
  const SessionId session = up("k1");
  KioskRecord renewed = kiosk("k1");
  renewed.token_digest = token(2);
  change(renewed);
  EXPECT_EQ(one<CloseSession>().session, session);
  EXPECT_EQ(one<CloseSession>().reason, CloseReason::token_superseded);
  send();
  EXPECT_EQ(one<Reply>().error, ErrorCode::kiosk_offline);
  knock(1, "k1", token(1));
  EXPECT_EQ(one<RefuseKnock>().why, ErrorCode::unauthorized);
  knock(2, "k1", token(2));
  EXPECT_EQ(one<Admit>().knock, KnockId(2)) << "the holder of the current token goes first";
  up("k1");
  EXPECT_EQ(all<CloseSession>().size(), 0U) << "it was closed already";
}

// Switched off with something running, given a new token, switched on: the old token must not live on.
TEST_F(RelayTest, SupersededTokenStaysSuperseded) {
  up("k1");
  send_out();
  KioskRecord record_of = kiosk("k1");
  record_of.enabled = false;
  change(record_of);
  record_of.token_digest = token(2);
  change(record_of);
  record_of.enabled = true;
  change(record_of);
  send();
  EXPECT_EQ(one<Reply>().error, ErrorCode::kiosk_offline);
}

TEST_F(RelayTest, EnabledAgainBeforeItsLinkWasClosedGoesOn) {
  up("k1");
  send_out();
  KioskRecord disabled = kiosk("k1");
  disabled.enabled = false;
  change(disabled);
  change(kiosk("k1"));
  send();
  EXPECT_TRUE(record<AcceptedRecord>().dispatched);
}

TEST_F(RelayTest, KnockIsRefusedWhenItsKioskIsSwitchedOff) {
  up("k1");
  knock(1);
  KioskRecord disabled = kiosk("k1");
  disabled.enabled = false;
  change(disabled);
  EXPECT_EQ(one<RefuseKnock>().why, ErrorCode::kiosk_disabled);
}

}  // namespace
}  // namespace kgw
