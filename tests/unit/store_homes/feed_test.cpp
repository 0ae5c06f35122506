// The feed: what became final, in that order, each final state once (PROTOCOL.md 1.5).
#include "base/limits.hpp"
#include "conformance_rig.hpp"

namespace kgw::testing {
namespace {

class Feed : public StoreConformance {
 protected:
  AcceptedRecord accepted_of(RequestId id, const std::string& owner, const std::string& kiosk = "K1") {
    AcceptedRecord r = Records::accepted(id);
    Order order = *r.order;
    order.owner = owner;
    order.kiosk_id = kiosk;
    r.order = share(std::move(order));
    return r;
  }
  // Id and state of each row.
  using Seen = std::vector<std::pair<RequestId, State>>;
  static Seen seen(const FinalsPage& page) {
    Seen all;
    for (const StoredFinal& row : page.rows) all.emplace_back(row.exchange.id, row.exchange.state);
    return all;
  }
  // All pages from `after` on.
  Seen read_all(std::size_t count_max, std::int64_t after = 0) {
    Seen all;
    for (;;) {
      const FinalsPage page = life->finals({after, {}, count_max});
      EXPECT_LE(page.rows.size(), count_max);
      EXPECT_GE(page.next, after);
      after = page.next;
      for (const auto& one : seen(page)) all.push_back(one);
      if (!page.more) return all;
    }
  }
};

TEST_P(Feed, HasWhatBecameFinalInThatOrder) {
  const RequestId a = make.id(), b = make.id(), c = make.id(), d = make.id(), open = make.id();
  life->write({Records::accepted(a), Records::accepted(b), Records::accepted(c), Records::accepted(d, false),
               Records::accepted(open)});
  life->write({DispatchedRecord{d, wall_from_ms(kStartMs + 1), SessionId{1}, "K1"}});
  life->write({Records::answered(c, R"({"n":1})")});
  life->write({Records::ended(b, State::timed_out, ErrorCode::timeout), Records::answered(a)});
  life->write({Records::ended(d, State::rejected, ErrorCode::kiosk_busy)});
  const Seen wanted{{c, State::answered}, {b, State::timed_out}, {a, State::answered}, {d, State::rejected}};
  EXPECT_EQ(read_all(100), wanted);
  EXPECT_EQ(read_all(1), wanted) << "page by page";
  EXPECT_EQ(view(life->finals({}).rows[0].exchange.response), R"({"n":1})");

  // The cursor goes on where it was, after a restart too.
  const std::int64_t cursor = life->finals({}).next;
  start();
  EXPECT_TRUE(life->finals({cursor, {}, 100}).rows.empty());
  AnsweredRecord late = Records::answered(b, R"({"n":2})", 31'000);
  late.late = true;
  life->write({late, Records::answered(open)});
  EXPECT_EQ(read_all(1, cursor), (Seen{{b, State::answered}, {open, State::answered}}));
  const FinalsPage all = life->finals({});
  EXPECT_EQ(seen(all)[1], wanted[1]) << "what it was then, it was";
  EXPECT_EQ(all.rows[1].exchange.outcome, Outcome::unknown);
  EXPECT_FALSE(all.rows[1].exchange.response || all.rows[1].exchange.answered_at);
  EXPECT_TRUE(all.rows[4].exchange.late);
}

TEST_P(Feed, HasEachFinalStateOnce) {
  const RequestId a = make.id(), b = make.id();
  life->write({Records::accepted(a), Records::accepted(b), Records::answered(a),
               Records::ended(b, State::timed_out, ErrorCode::timeout)});
  life->write({Records::answered(a, "other"), Records::ended(a, State::timed_out, ErrorCode::timeout),
               Records::ended(b, State::timed_out, ErrorCode::timeout),
               Records::ended(b, State::rejected, ErrorCode::draining)});
  EXPECT_EQ(read_all(100), (Seen{{a, State::answered}, {b, State::timed_out}}));
}

TEST_P(Feed, ShowsNobodyElses) {
  const RequestId mine = make.id(), other = make.id(), elsewhere = make.id(), nobodys = make.id();
  life->write({accepted_of(mine, "shop"), accepted_of(other, "rival"), accepted_of(elsewhere, "shop", "K2"),
               accepted_of(nobodys, "")});
  AnsweredRecord at_k2 = Records::answered(elsewhere);
  at_k2.kiosk_id = "K2";
  life->write({Records::answered(other), at_k2, Records::answered(mine), Records::answered(nobodys)});
  ExchangeView view;
  view.owner = "shop";
  EXPECT_EQ(seen(life->finals({0, view, 100})), (Seen{{elsewhere, State::answered}, {mine, State::answered}}));
  view.kiosk = [](const std::string& kiosk) { return kiosk == "K1"; };
  EXPECT_EQ(seen(life->finals({0, view, 100})), (Seen{{mine, State::answered}}));
  view.owner = "nobody";
  const FinalsPage page = life->finals({0, view, 100});
  EXPECT_TRUE(page.rows.empty());
  EXPECT_GT(page.next, 0) << "the cursor moves on past what is others'";
  view = {};
  view.owner = "";
  EXPECT_EQ(seen(life->finals({0, view, 100})), (Seen{{nobodys, State::answered}}));
}

TEST_P(Feed, IsBoundedByBytes) {
  std::vector<Record> records;
  for (int i = 0; i < 5; ++i) {
    const RequestId id = make.id();
    records.emplace_back(Records::accepted(id));
    records.emplace_back(Records::answered(id, std::string(600'000, 'x')));
  }
  life->write(std::move(records));
  const FinalsPage page = life->finals({0, {}, 100});
  EXPECT_EQ(page.rows.size(), limits::kFeedPageBytesMax / 600'000 + 1);
  EXPECT_TRUE(page.more);
  EXPECT_EQ(read_all(100).size(), 5U);
}

INSTANTIATE_TEST_SUITE_P(Homes, Feed, ::testing::Values(Home::embedded, Home::redis), home_name);

// What retention has deleted leaves a gap; its numbers are not given to what comes after it.
TEST_P(StoreConformance, TheFeedsCursorOutlivesRetention) {
  if (GetParam() == Home::memory) {
    const auto refused = life->find_finals({});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::not_implemented);
    return;
  }
  const RequestId old = make.id();
  life->write({Records::accepted(old), Records::answered(old)});
  const std::int64_t cursor = life->finals({}).next;
  clock.pass(std::chrono::hours(24 * 31));
  life->sweep(clock);
  ASSERT_FALSE(*life->find(old)) << "retention has not come by";
  start();
  const RequestId fresh = make.id(clock.now().wall);
  life->write({Records::accepted(fresh), Records::answered(fresh)});
  const FinalsPage page = life->finals({cursor, {}, 100});
  ASSERT_EQ(page.rows.size(), 1U);
  EXPECT_EQ(page.rows[0].exchange.id, fresh);
}

}  // namespace
}  // namespace kgw::testing
