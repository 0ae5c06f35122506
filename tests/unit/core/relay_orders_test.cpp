// One payment an order (PROTOCOL.md 1.6).
#include "relay_fixture.hpp"

namespace kgw {
namespace {

using namespace std::chrono_literals;

class RelayOrders : public RelayTest {
 protected:
  static Digest digest(std::uint8_t number) {
    Digest digest{};
    digest[0] = number;
    return digest;
  }
  RequestId send_ordered(std::uint8_t key = 0) {
    const RequestId id = ids.next(now.wall);
    last_caller = CallerId(static_cast<std::uint64_t>(last_caller) + 1);
    Order order{"k1", "payment", "42", "shop"};
    order.order_claim = digest(7);
    if (key != 0) order.claim = KeyClaim{digest(key), digest(1)};
    const SendRequest request{id, share(std::move(order)), 45s, last_caller, envelope("{}")};
    run([&] { relay.on_send(now, request, effects); });
    return id;
  }
  void not_recorded(RequestId id, Claim why, RequestId holder) {
    run([&] { relay.on_recorded(now, id, RecordKind::accepted, ClaimVerdict{why, holder}, effects); });
  }
};

TEST_F(RelayOrders, TheSecondHearsWhichOneHasItsOrder) {
  const SessionId session = up("k1");
  const RequestId first = send_ordered();
  recorded(first, RecordKind::accepted);
  EXPECT_EQ(one<SendFrame>().id, first);
  for (const auto& [why, code] : {std::pair(Claim::order_open, ErrorCode::order_open),
                                  std::pair(Claim::order_paid, ErrorCode::order_paid)}) {
    const RequestId second = send_ordered();
    EXPECT_EQ(one<Persist>().id, second) << "the store has the last word";
    not_recorded(second, why, first);
    EXPECT_EQ(one<Withdrawn>().id, second);
    const Reply reply = one<Reply>();
    EXPECT_EQ(reply.error, code);
    EXPECT_EQ(reply.other, first);
    EXPECT_FALSE(reply.id) << "nothing of it is recorded";
    EXPECT_EQ(reply.caller, last_caller);
    EXPECT_EQ(reply.outcome, Outcome::not_executed);
    EXPECT_FALSE(reply.replayed);
    EXPECT_TRUE(all<SendFrame>().empty());
    EXPECT_FALSE(relay.holds(second));
  }
  answer(session, first);
  const auto answered = record<AnsweredRecord>();
  EXPECT_EQ(answered.order_claim, digest(7));
}

TEST_F(RelayOrders, ItsAnswersResultAndItsRejectionGoToTheStoreWithItsOrder) {
  const SessionId session = up("k1");
  const RequestId first = send_ordered();
  recorded(first, RecordKind::accepted);
  run([&] {
    relay.on_answer(now, session, Answer{first, true, Outcome::known, share("{}"), AnswerResult::declined},
                    effects);
  });
  EXPECT_EQ(record<AnsweredRecord>().result, AnswerResult::declined);
  recorded(first, RecordKind::answered);
  const RequestId second = send_ordered();
  run([&] { relay.on_caller_gone(now, last_caller, second, effects); });
  recorded(second, RecordKind::accepted);
  EXPECT_EQ(record<EndedRecord>().order_claim, digest(7));
}

// Until the store has said whose the order is, nothing else of it is written, and nothing behind it overtakes
// it.
TEST_F(RelayOrders, NothingFollowsItsAcceptanceBeforeThatIsAcknowledged) {
  change(kiosk("k1", 1));
  const SessionId session = up("k1");
  const RequestId before = send_out();
  const RequestId waiting = send_ordered();
  const RequestId behind = send();
  recorded(behind, RecordKind::accepted);
  answer(session, before);
  EXPECT_EQ(one<Persist>().kind, RecordKind::answered) << "no dispatch";
  recorded(before, RecordKind::answered);
  not_recorded(waiting, Claim::order_open, before);
  EXPECT_EQ(one<Reply>().error, ErrorCode::order_open);
  EXPECT_EQ(one<Persist>().id, behind) << "the place is the next one's";
}

TEST_F(RelayOrders, AllWhoCameWithItsKeyHearIt) {
  up("k1");
  const RequestId first = send_ordered();
  recorded(first, RecordKind::accepted);
  const RequestId keyed = send_ordered(1);
  const CallerId caller = last_caller;
  send_ordered(1);
  EXPECT_EQ(one<Join>().party, caller);
  not_recorded(keyed, Claim::order_open, first);
  EXPECT_EQ(one<Reply>().caller, caller) << "the party's name";
  const RequestId again = send_ordered(1);
  EXPECT_EQ(one<Persist>().id, again) << "its key is free again";
}

TEST_F(RelayOrders, ARefusedOneThatTheStoreHadNotTakenEitherIsToldOnce) {
  up("k1");
  const RequestId first = send_ordered();
  recorded(first, RecordKind::accepted);
  const RequestId second = send_ordered();
  store_fails();
  EXPECT_EQ(one<Reply>().error, ErrorCode::store_unavailable);
  store_recovers();
  not_recorded(second, Claim::order_open, first);
  EXPECT_EQ(one<Withdrawn>().id, second);
  EXPECT_TRUE(all<Reply>().empty());
  EXPECT_FALSE(relay.holds(second));
}

}  // namespace
}  // namespace kgw
