// Intake: whoever asks, and by whichever way, the same checks.
#include "shell/intake.hpp"

#include <gtest/gtest.h>

#include "shell_rig.hpp"

namespace kgw {
namespace {

using namespace std::chrono_literals;

// One that may be full, for all or for one owner.
class FullStore final : public testing::IdleJournal {
 public:
  bool accepts() const override { return open; }
  bool has_room_for(std::string_view, std::string_view owner) override { return owner != full_for; }
  std::string trouble() const override { return "/var/secret is full"; }

  bool open = true;
  std::string full_for = "nobody";
};

class ListTeller final : public CallerDesk::Teller {
 public:
  void tell(CallerId caller, const Reply&, std::string_view, bool) override { told.push_back(caller); }
  std::vector<CallerId> told;
};

Caller with_key(std::vector<std::string> kiosks) {
  KeyRecord key;
  key.name = key.owner = "shop";
  key.scopes = bit(Scope::send);
  key.kiosks = std::move(kiosks);
  return Caller{std::make_shared<const KeyRecord>(std::move(key)), bit(Scope::send)};
}

// By HTTP, or from inside the gateway.
class IntakeTest : public ::testing::TestWithParam<bool> {
 protected:
  void SetUp() override { testing::connect(shell, {"mine_1", "theirs_1"}); }
  Result<RequestId> submit(const Caller& caller, std::string_view kiosk, std::string_view body = "{}",
                           Milliseconds waited = 0ms) {
    const OwnFields fields(kiosk, "payment", "5");
    const Submission asked{.headers = fields.all(), .body = body, .from = "somebody", .waited = waited};
    if (GetParam()) return intake.submit(asked, caller, CallerId{7});
    return intake.submit(asked, caller, [this](const Reply& reply) { own.push_back(reply.id); });
  }
  std::string fault(const Result<RequestId>& sent) {
    EXPECT_TRUE(store.records.empty()) << "nothing was accepted";
    EXPECT_TRUE(teller.told.empty() && own.empty()) << "who asked is told by the fault alone";
    EXPECT_FALSE(desk.has(CallerId{7}));
    return sent ? "sent" : std::string(info(sent.error().code).name);
  }

  testing::StillClock clock;
  FullStore store;
  ListTeller teller;
  CallerDesk desk{teller};
  testing::LogNames log;
  Metrics metrics;
  KioskSeries series{false};
  SeededRandom random{1};
  RequestIdGenerator ids{random};
  RelayShell shell{RelaySettings{}, clock, desk, store, {log, metrics, series}};
  Intake intake{{{45s, 300s}, "/var/secret"}, shell, ids, clock, store, {log, metrics, series}};
  std::vector<RequestId> own;
};

TEST_P(IntakeTest, WhatALimitedKeyDoesNotSeeDoesNotExist) {
  EXPECT_EQ(fault(submit(with_key({"mine_*"}), "theirs_1")), "kiosk_not_found");
  EXPECT_EQ(metrics.refused, 1U);
  EXPECT_EQ(log.events, std::vector<std::string>{"request_refused"});
  EXPECT_TRUE(submit(with_key({"mine_*"}), "mine_1"));
  EXPECT_EQ(store.records.size(), 1U);
}

TEST_P(IntakeTest, WhatIsAskedIsRecordedAsItsOwners) {
  ASSERT_TRUE(submit(person("telegram:1"), "theirs_1"));
  ASSERT_EQ(store.records.size(), 1U);
  const auto& accepted = std::get<AcceptedRecord>(store.records.front());
  EXPECT_EQ(accepted.order->kiosk_id, "theirs_1");
  EXPECT_EQ(accepted.order->operation, "payment");
  EXPECT_EQ(accepted.order->owner, "telegram:1");
  EXPECT_EQ(desk.has(CallerId{7}), GetParam());
}

TEST_P(IntakeTest, ItsTimeCountsFromItsArrival) {
  ASSERT_TRUE(submit(person("telegram:1"), "mine_1", "{}", 2s));
  const auto& accepted = std::get<AcceptedRecord>(store.records.front());
  EXPECT_EQ(accepted.deadline_at - accepted.accepted_at, 3s) << "of the five that it had";
}

TEST_P(IntakeTest, TheSameIsRefused) {
  const Caller caller = with_key({});
  EXPECT_EQ(fault(submit(caller, "no name")), "invalid_header");
  EXPECT_EQ(fault(submit(caller, "mine_1", "[]")), "invalid_json");
  EXPECT_EQ(fault(submit(caller, "mine_1", "{}", 5s)), "overloaded") << "its time is over";
  store.full_for = "shop";
  EXPECT_EQ(fault(submit(caller, "mine_1")), "overloaded");
  store.full_for = "nobody";
  store.open = false;
  const auto shut = submit(caller, "mine_1");
  EXPECT_EQ(fault(shut), "store_unavailable");
  EXPECT_EQ(shut.error().message, "DATA_DIR is full");
  EXPECT_EQ(metrics.refused, 5U);
  EXPECT_EQ(log.events.size(), 5U);
}

INSTANTIATE_TEST_SUITE_P(Ways, IntakeTest, ::testing::Bool(),
                         [](const auto& way) { return way.param ? "Http" : "Own"; });

}  // namespace
}  // namespace kgw
