// Whose key it is (PROTOCOL.md 1.3), on disk and in Redis. Memory claims none: the header is refused there.
#include "conformance_rig.hpp"
#include "embedded_store_rig.hpp"

namespace kgw::testing {
namespace {

using namespace std::chrono_literals;

class KeyConformance : public StoreConformance {};

KeyClaim claim_of(std::uint8_t key, std::uint8_t request) {
  KeyClaim claim;
  claim.key[31] = key;
  claim.request[31] = request;
  return claim;
}
AcceptedRecord keyed(RequestId id, std::uint8_t key, std::uint8_t request = 1, bool dispatched = true) {
  AcceptedRecord record = Records::accepted(id, dispatched);
  Order order = *record.order;
  order.claim = claim_of(key, request);
  record.order = share(std::move(order));
  return record;
}
EndedRecord keyed_end(RequestId id, std::uint8_t key, State state, ErrorCode why) {
  EndedRecord record = Records::ended(id, state, why);
  record.key = claim_of(key, 1).key;
  return record;
}

TEST_P(KeyConformance, AKeyIsTheFirstOnes) {
  const RequestId first = make.id(), second = make.id(), third = make.id(), other = make.id(),
                  plain = make.id();
  // In one commit, and with others between them.
  life->write(
      {keyed(first, 7), Records::accepted(plain), keyed(second, 7), keyed(third, 7, 2), keyed(other, 8)});
  ASSERT_EQ(life->withdrawn.size(), 2u);
  EXPECT_EQ(life->withdrawn[0].number, 3u);
  EXPECT_EQ(life->withdrawn[0].verdict.claim, Claim::taken);
  EXPECT_EQ(life->withdrawn[0].verdict.holder, first);
  EXPECT_EQ(life->withdrawn[1].number, 4u);
  EXPECT_EQ(life->withdrawn[1].verdict.claim, Claim::conflict);
  EXPECT_EQ(life->get(first).state, State::dispatched);
  EXPECT_EQ(life->get(plain).state, State::dispatched);
  EXPECT_EQ(life->get(other).state, State::dispatched);
  EXPECT_FALSE(*life->find(second)) << "nothing of it was written";
  EXPECT_FALSE(*life->find(third));

  life->write({Records::answered(first, R"({"status":"success"})")});
  const auto held = life->find_claimed(claim_of(7, 1).key);
  ASSERT_TRUE(held);
  EXPECT_EQ(held->id, first);
  EXPECT_EQ(view(held->response), R"({"status":"success"})");
  ASSERT_TRUE(held->order.claim);
  EXPECT_EQ(held->order.claim->request, claim_of(7, 1).request);
  EXPECT_FALSE(life->find_claimed(claim_of(9, 1).key));

  life->store->close();
  start();
  life->write({keyed(second, 7)});
  ASSERT_EQ(life->withdrawn.size(), 1u) << "a restart forgets no key";
  EXPECT_EQ(life->withdrawn[0].verdict.holder, first);
}

// After an outage what was in doubt is written again.
TEST_P(KeyConformance, AnAcceptanceThatIsWrittenTwiceFindsItsOwnKey) {
  const RequestId id = make.id();
  life->write({keyed(id, 7, 1, false)});
  life->write({keyed(id, 7, 1, true)});
  EXPECT_TRUE(life->withdrawn.empty());
  EXPECT_EQ(life->get(id).state, State::dispatched);
}

TEST_P(KeyConformance, ARejectionFreesItsKeyAndATimeoutKeepsIt) {
  const RequestId rejected = make.id(), next = make.id(), unknown = make.id(), again = make.id();
  life->write({keyed(rejected, 7, 1, false), keyed_end(rejected, 7, State::rejected, ErrorCode::kiosk_offline),
               keyed(next, 7), keyed(unknown, 8), keyed_end(unknown, 8, State::timed_out, ErrorCode::timeout),
               keyed(again, 8)});
  ASSERT_EQ(life->withdrawn.size(), 1u);
  EXPECT_EQ(life->withdrawn[0].verdict.holder, unknown);
  EXPECT_EQ(life->find_claimed(claim_of(7, 1).key)->id, next);
  // Said twice, it takes nothing from the one who has it now.
  life->write({keyed_end(rejected, 7, State::rejected, ErrorCode::kiosk_offline)});
  EXPECT_EQ(life->find_claimed(claim_of(7, 1).key)->id, next);
}

TEST_P(KeyConformance, ACancelledOneFreesItsKey) {
  const RequestId cancelled = make.id(), next = make.id();
  life->write({keyed(cancelled, 7, 1, false), keyed_end(cancelled, 7, State::cancelled, ErrorCode::caller_gone),
               keyed(next, 7)});
  EXPECT_TRUE(life->withdrawn.empty());
  ASSERT_TRUE(life->find_claimed(claim_of(7, 1).key));
  EXPECT_EQ(life->find_claimed(claim_of(7, 1).key)->id, next);
}

TEST_P(KeyConformance, WhatIsOpenAtAStartHasItsKey) {
  const RequestId id = make.id();
  life->write({keyed(id, 7)});
  life->store->close();
  start();
  ASSERT_EQ(life->image.open.size(), 1u);
  ASSERT_TRUE(life->image.open[0].order.claim);
  EXPECT_EQ(life->image.open[0].order.claim->key, claim_of(7, 1).key);
}

TEST_P(KeyConformance, AResolutionLeavesTheKeyWhereItIs) {
  const RequestId id = make.id(), again = make.id();
  life->write({keyed(id, 7), keyed_end(id, 7, State::timed_out, ErrorCode::timeout)});
  ResolvedRecord resolved = Records::resolved(id, Resolution::not_done);
  resolved.key = claim_of(7, 1).key;
  ASSERT_TRUE(life->write_registry({resolved}));
  life->write({keyed(again, 7)});
  ASSERT_EQ(life->withdrawn.size(), 1u) << "the same key never runs twice";
  EXPECT_EQ(life->withdrawn[0].verdict.holder, id);
  ASSERT_TRUE(life->find_claimed(claim_of(7, 1).key));
  EXPECT_TRUE(life->find_claimed(claim_of(7, 1).key)->resolved);
}

// Who asks for a key waits with a payment: pages of history take nothing from it, and nobody has all for
// himself.
TEST_F(EmbeddedStoreTest, AskersOfKeysHaveSharesOfTheirOwn) {
  start();
  std::size_t pages = 0, refused = 0, found = 0, quiet = 0;
  for (std::size_t i = 0; i < limits::kStoreReadsMax; ++i)
    life->store->find_exchange(make.id(), [&](const auto& result) { pages += result ? 1 : 0; });
  for (std::size_t i = 0; i < limits::kClaimReadsMax; ++i)
    life->store->find_claimed(claim_of(7, 1).key, "flood", [&](const auto& result) {
      if (result) ++found;
      else if (result.error().code == ErrorCode::overloaded) ++refused;
    });
  life->store->find_claimed(claim_of(7, 1).key, "quiet", [&](const auto& result) { quiet += result ? 1 : 0; });
  ASSERT_TRUE(life->until([&] {
    return found + refused == limits::kClaimReadsMax && quiet == 1 && pages == limits::kStoreReadsMax;
  }));
  EXPECT_EQ(refused, limits::kClaimReadsMax / 10);
  // What they had is given back.
  life->store->find_claimed(claim_of(7, 1).key, "flood", [&](const auto& result) { found += result ? 1 : 0; });
  ASSERT_TRUE(life->until([&] { return found == limits::kClaimReadsMax - refused + 1; }));
}

// PROTOCOL.md 1.3: kept for IDEMPOTENCY_TTL from the final state, and as long as nobody knows the outcome.
TEST_F(EmbeddedStoreTest, AKeyIsForgottenSomeTimeAfterTheEnd) {
  settings.keep_bodies = 1h;
  settings.keep_keys = 3h;
  start();
  const auto accept = [&](std::uint8_t key) {
    AcceptedRecord record = Records::accepted(make.id(clock.now().wall));
    record.accepted_at = clock.now().wall;
    Order order = *record.order;
    order.claim.emplace();
    order.claim->key[0] = key;
    record.order = share(std::move(order));
    life->write({record});
    return record.id;
  };
  const auto has = [&](std::uint8_t key) {
    Digest digest{};
    digest[0] = key;
    return life->find_claimed(digest).has_value();
  };
  const RequestId known = accept(1), unknown = accept(2);
  (void)accept(3);
  clock.pass(30min);
  AnsweredRecord answered = Records::answered(known);
  answered.answered_at = clock.now().wall;
  EndedRecord ended = Records::ended(unknown, State::timed_out, ErrorCode::timeout);
  ended.ended_at = clock.now().wall;
  life->write({answered, ended});
  clock.pass(2h + 45min);
  life->sweep(clock);
  EXPECT_TRUE(has(1)) << "counted from its end, not from its acceptance";
  clock.pass(30min);
  life->sweep(clock);
  EXPECT_FALSE(has(1));
  EXPECT_TRUE(has(2)) << "nobody knows what became of it";
  EXPECT_TRUE(has(3)) << "open";

  ResolvedRecord resolved = Records::resolved(unknown);
  resolved.what.at = clock.now().wall;
  ASSERT_TRUE(life->write_registry({resolved}));
  clock.pass(2h + 45min);
  life->sweep(clock);
  EXPECT_TRUE(has(2)) << "counted from its resolution";
  clock.pass(30min);
  life->sweep(clock);
  EXPECT_FALSE(has(2));
}

INSTANTIATE_TEST_SUITE_P(Journals, KeyConformance, ::testing::Values(Home::embedded, Home::redis), home_name);

}  // namespace
}  // namespace kgw::testing
