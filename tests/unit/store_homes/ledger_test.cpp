// What an answer says, and what somebody found out where none did (PROTOCOL.md 1.2), in every home.
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "conformance_rig.hpp"

namespace kgw::testing {
namespace {

class LedgerConformance : public StoreConformance {};

// Each result, and none: an import from a journal that did not keep it.
TEST_P(LedgerConformance, WhatAnAnswerSaysIsKept) {
  std::vector<std::pair<RequestId, std::optional<AnswerResult>>> all;
  const auto write = [&](std::optional<AnswerResult> kept, bool valid, std::optional<AnswerResult> expected) {
    AnsweredRecord answer = Records::answered(make.id(), std::string(50'000, 'x'));
    answer.valid = valid;
    answer.outcome = valid && kept ? outcome_of(*kept) : valid ? Outcome::known : Outcome::unknown;
    answer.result = kept;
    life->write({Records::accepted(answer.id), answer});
    all.emplace_back(answer.id, expected);
  };
  for (const AnswerResult result : kAnswerResults) write(result, true, result);
  write(std::nullopt, true, std::nullopt);
  write(std::nullopt, false, AnswerResult::unknown);
  const auto listed = life->exchanges({}).rows;
  ASSERT_EQ(listed.size(), all.size());
  for (std::size_t i = 0; i < all.size(); ++i) {
    const StoredExchange x = life->get(all[i].first);
    EXPECT_EQ(x.result, all[i].second) << i;
    EXPECT_EQ(x.response_valid, i + 1 != all.size()) << i;
    EXPECT_EQ(listed[all.size() - 1 - i].result, all[i].second) << i;
  }
  ExchangesQuery query;
  query.result = AnswerResult::declined;
  ASSERT_EQ(life->exchanges(query).rows.size(), 1u);
  EXPECT_EQ(life->exchanges(query).rows[0].id, all[1].first);
}

// The first who says what became of it is right; what the kiosk says after that is kept as well.
TEST_P(LedgerConformance, SomebodyResolvesAnUnknownOutcome) {
  const RequestId timed_out = make.id(), silent = make.id(), open = make.id();
  AnsweredRecord answer = Records::answered(silent, "{}");
  answer.outcome = Outcome::unknown;
  answer.result = AnswerResult::unknown;
  life->write({Records::accepted(timed_out), Records::ended(timed_out, State::timed_out, ErrorCode::timeout),
               Records::accepted(silent), answer, Records::accepted(open),
               Records::ended(open, State::timed_out, ErrorCode::timeout)});
  const AuditRecord line{wall_from_ms(kStartMs), "ann", "api", "", "request_resolved",
                         timed_out.text(),       "done"};
  ASSERT_TRUE(life->write_registry({Records::resolved(timed_out), line}));
  ASSERT_TRUE(life->write_registry({Records::resolved(silent, Resolution::not_done), line}));
  ASSERT_TRUE(life->write_registry({Records::resolved(timed_out, Resolution::not_done, 70'000), line}));

  StoredExchange x = life->get(timed_out);
  EXPECT_EQ(x.state, State::timed_out);
  EXPECT_EQ(x.outcome, Outcome::unknown) << "the gateway itself knows no more than before";
  ASSERT_TRUE(x.resolved);
  EXPECT_EQ(x.resolved->result, Resolution::done);
  EXPECT_EQ(x.resolved->note, "seen on the terminal");
  EXPECT_EQ(x.resolved->by, "ann");
  EXPECT_EQ(to_ms(x.resolved->at), kStartMs + 60'000);
  EXPECT_EQ(life->get(silent).resolved->result, Resolution::not_done);
  EXPECT_EQ(life->audit({}).rows.size(), 3u);

  ExchangesQuery query;
  query.outcome = Outcome::unknown;
  const auto unknown = life->exchanges(query).rows;
  ASSERT_EQ(unknown.size(), 1u) << "the ledger";
  EXPECT_EQ(unknown[0].id, open);
  EXPECT_EQ(life->exchanges({}).rows.size(), 3u);
  EXPECT_TRUE(life->exchanges({}).rows[1].resolved);

  AnsweredRecord late = Records::answered(timed_out, R"({"status":"success"})", 80'000);
  late.late = true;
  late.result = AnswerResult::success;
  life->write({late});
  x = life->get(timed_out);
  EXPECT_EQ(x.state, State::answered);
  EXPECT_EQ(x.outcome, Outcome::known);
  ASSERT_TRUE(x.response);
  ASSERT_TRUE(x.resolved);
  EXPECT_EQ(x.resolved->result, Resolution::done);
}

INSTANTIATE_TEST_SUITE_P(Stores, LedgerConformance,
                         ::testing::Values(Home::embedded, Home::memory, Home::redis), home_name);

}  // namespace
}  // namespace kgw::testing
