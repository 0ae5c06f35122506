// What every Store that has a journal keeps of callbacks: owed with the final record, followed to their end.
#include "conformance_rig.hpp"

namespace kgw::testing {
namespace {

class CallbacksConformance : public StoreConformance {
 protected:
  AcceptedRecord accepted(std::string kiosk = "K1", std::string owner = "shop") {
    AcceptedRecord record = Records::accepted(make.id());
    Order order{std::move(kiosk), "payment", "order-7", std::move(owner)};
    order.callback_url = kUrl;
    record.order = share(std::move(order));
    return record;
  }
  static AnsweredRecord answered(const AcceptedRecord& of, bool late = false) {
    AnsweredRecord record = Records::answered(of.id);
    record.kiosk_id = of.order->kiosk_id;
    record.late = late;
    record.callback = true;
    return record;
  }
  static EndedRecord timed_out(const AcceptedRecord& of) {
    EndedRecord record = Records::ended(of.id, State::timed_out, ErrorCode::timeout);
    record.kiosk_id = of.order->kiosk_id;
    record.callback = true;
    return record;
  }
  static CallbackRecord tried(const AcceptedRecord& of, CallbackState state, std::uint32_t failed = 1) {
    CallbackRecord record{of.id, 1, of.order->kiosk_id, {}};
    record.tries = {state,
                    wall_from_ms(kStartMs + 1),
                    wall_from_ms(kStartMs + 2),
                    failed,
                    wall_from_ms(kStartMs + 3),
                    503,
                    "answered 503 Service Unavailable"};
    return record;
  }
  // One that was accepted and answered.
  AcceptedRecord one(std::string kiosk = "K1", std::string owner = "shop") {
    AcceptedRecord record = accepted(std::move(kiosk), std::move(owner));
    life->write({record, answered(record)});
    return record;
  }
  static std::vector<RequestId> ids(const Page<StoredCallback>& page) {
    std::vector<RequestId> all;
    for (const StoredCallback& row : page.rows) all.push_back(row.id);
    return all;
  }

  static constexpr const char* kUrl = "https://pay.example.com/hook?a=1";
};

using Ids = std::vector<RequestId>;

TEST_P(CallbacksConformance, OwedWithEachFinalRecordOnce) {
  const AcceptedRecord record = accepted();
  life->write({record, Records::accepted(make.id())});
  EXPECT_EQ(life->get(record.id).order.callback_url, kUrl);
  EXPECT_FALSE(life->get(record.id).callback);
  EXPECT_TRUE(life->callbacks().rows.empty()) << "nothing is final";

  life->write({timed_out(record)});
  life->write({timed_out(record)});
  auto owed = life->callbacks();
  ASSERT_EQ(owed.rows.size(), 1u);
  EXPECT_EQ(owed.rows[0].id, record.id);
  EXPECT_EQ(owed.rows[0].n, 1u);
  EXPECT_EQ(owed.rows[0].tries.state, CallbackState::owed);
  EXPECT_EQ(to_ms(owed.rows[0].tries.owed_at), kStartMs + 30'000);
  EXPECT_EQ(to_ms(owed.rows[0].tries.next_at), kStartMs + 30'000);
  EXPECT_EQ(owed.rows[0].kiosk_id, "K1");
  EXPECT_EQ(owed.rows[0].operation, "payment");
  EXPECT_EQ(owed.rows[0].owner, "shop");
  EXPECT_EQ(owed.rows[0].url, kUrl);

  life->write({answered(record, true)});
  owed = life->callbacks();
  ASSERT_EQ(owed.rows.size(), 2u);
  EXPECT_EQ(owed.rows[1].n, 2u);
  EXPECT_GT(owed.rows[1].number, owed.rows[0].number);
  ASSERT_TRUE(life->get(record.id).callback);
}

TEST_P(CallbacksConformance, NoneIsOwedWhereNoneWasAskedFor) {
  const AcceptedRecord record = Records::accepted(make.id());
  life->write({record, Records::answered(record.id)});
  EXPECT_TRUE(life->callbacks().rows.empty());
  EXPECT_EQ(life->get(record.id).order.callback_url, "");
}

TEST_P(CallbacksConformance, StandsAsTheLastTryLeftIt) {
  const AcceptedRecord record = one(), other = one();
  ASSERT_TRUE(life->write_registry({tried(record, CallbackState::owed, 3)}));
  const CallbackTries tries = *life->get(record.id).callback;
  EXPECT_EQ(tries.state, CallbackState::owed);
  EXPECT_EQ(to_ms(tries.owed_at), kStartMs + 1);
  EXPECT_EQ(to_ms(tries.next_at), kStartMs + 2);
  EXPECT_EQ(tries.failed, 3u);
  ASSERT_TRUE(tries.tried_at);
  EXPECT_EQ(to_ms(*tries.tried_at), kStartMs + 3);
  EXPECT_EQ(tries.status, 503u);
  EXPECT_EQ(tries.why, "answered 503 Service Unavailable");

  life->write({answered(record)});
  EXPECT_EQ(life->get(record.id).callback->failed, 3u) << "written again, it is not owed anew";

  ASSERT_TRUE(life->write_registry({tried(record, CallbackState::dead)}));
  EXPECT_EQ(ids(life->callbacks({0, CallbackState::owed, {}, {}, {}, {}})), Ids{other.id});
  EXPECT_EQ(ids(life->callbacks({0, CallbackState::dead, {}, {}, {}, {}})), Ids{record.id});
  ASSERT_TRUE(life->write_registry({tried(record, CallbackState::owed)}));
  EXPECT_EQ(ids(life->callbacks({0, CallbackState::owed, {}, {}, {}, {}})), (Ids{record.id, other.id}));
  EXPECT_TRUE(life->callbacks({0, CallbackState::dead, {}, {}, {}, {}}).rows.empty());
}

TEST_P(CallbacksConformance, AResultOfWhatWasNeverOwedChangesNothing) {
  const AcceptedRecord record = accepted();
  life->write({record});
  ASSERT_TRUE(life->write_registry({tried(record, CallbackState::delivered)}));
  EXPECT_TRUE(life->callbacks().rows.empty());
}

TEST_P(CallbacksConformance, FoundByExchangeOwnerKioskAndTime) {
  const AcceptedRecord first = one("K1", "shop"), second = one("K2", "shop"), third = one("K1", "mall");
  EXPECT_EQ(ids(life->callbacks()), (Ids{first.id, second.id, third.id}));
  CallbacksQuery query;
  query.of = second.id;
  EXPECT_EQ(ids(life->callbacks(query)), Ids{second.id});
  query = {};
  query.owner = "shop";
  EXPECT_EQ(ids(life->callbacks(query)), (Ids{first.id, second.id}));
  query.visible = [](const std::string& kiosk) { return kiosk == "K2"; };
  EXPECT_EQ(ids(life->callbacks(query)), Ids{second.id});
  query = {};
  query.since = wall_from_ms(kStartMs + 101);
  EXPECT_TRUE(life->callbacks(query).rows.empty());
  query.since = wall_from_ms(kStartMs + 100);
  EXPECT_EQ(life->callbacks(query).rows.size(), 3u);
}

TEST_P(CallbacksConformance, PagesFollowOneAnother) {
  std::vector<RequestId> all;
  for (int i = 0; i < 7; ++i) all.push_back(one().id);
  for (const auto state : {std::optional<CallbackState>(), std::optional(CallbackState::owed)}) {
    std::vector<RequestId> seen;
    CallbacksQuery query;
    query.state = state;
    query.count_max = 3;
    for (int pages = 0; pages < 5; ++pages) {
      const auto page = life->callbacks(query);
      EXPECT_LE(page.rows.size(), 3u);
      for (const StoredCallback& row : page.rows) seen.push_back(row.id);
      if (!page.next) break;
      query.after = *page.next;
    }
    EXPECT_EQ(seen, all);
  }
}

// Both homes keep bodies for a day and rows for 30 days here.
TEST_P(CallbacksConformance, WhatIsOwedIsKeptWhole) {
  const AcceptedRecord owed = one(), told = one();
  ASSERT_TRUE(life->write_registry({tried(told, CallbackState::delivered)}));
  clock.pass(std::chrono::hours(24 * 31));
  life->sweep(clock);
  EXPECT_TRUE(life->get(owed.id).response);
  EXPECT_EQ(ids(life->callbacks({0, CallbackState::owed, {}, {}, {}, {}})), Ids{owed.id});
  ASSERT_TRUE(life->write_registry({tried(owed, CallbackState::dead)}));
  if (GetParam() == Home::redis) start();  // passed by, it is looked at again after a start
  life->sweep(clock);
  EXPECT_FALSE(*life->find(owed.id));
  EXPECT_FALSE(*life->find(told.id));
  EXPECT_TRUE(life->callbacks().rows.empty()) << "with its exchange";
}

INSTANTIATE_TEST_SUITE_P(Journals, CallbacksConformance, ::testing::Values(Home::embedded, Home::redis),
                         home_name);

}  // namespace
}  // namespace kgw::testing
