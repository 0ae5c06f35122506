// Intake: whoever asks, and by whichever way, the same checks.
#include "shell/intake.hpp"

#include <gtest/gtest.h>

namespace kgw {
namespace {

using namespace std::chrono_literals;

class StillClock final : public TurnClock {
 public:
  const Now& now() const override { return now_; }
  Instant read_clock() const override { return now_.steady; }

 private:
  Now now_{Instant{1h}, wall_from_ms(1'790'000'000'000)};
};

class ListStore final : public Store {
 public:
  void set_listener(StoreListener&) override {}
  std::uint64_t append(Record record) override {
    records.push_back(std::move(record));
    return records.size();
  }
  void commit() override {}
  void poll() override {}
  bool accepts() const override { return open; }
  bool has_room_for(std::string_view, std::string_view owner) override { return owner != full_for; }
  void write_registry(std::vector<RegistryChange>, RegistryWritten) override {}
  void note_connection(ConnectionRecord) override {}
  void find_exchange(RequestId, FoundExchange) override {}
  void find_for_answer(RequestId, FoundExchange) override {}
  bool may_be_forgotten(const RequestId&) const override { return false; }
  void find_frame(RequestId, FoundFrame) override {}
  void find_exchanges(ExchangesQuery, FoundExchanges) override {}
  void find_connections(HistoryQuery, FoundConnections) override {}
  void find_audit(HistoryQuery, FoundAudit) override {}
  void back_up(std::filesystem::path, BackedUp) override {}
  Durability durability() const override { return Durability::strict; }
  Instant holds_until() const override { return Instant::max(); }
  StoreStats stats() const override { return {}; }
  std::string trouble() const override { return "/var/secret is full"; }
  void close() override {}

  bool open = true;
  std::string full_for = "nobody";
  std::vector<Record> records;
};

class ListDesk final : public CallerDesk {
 public:
  void tell(const Reply& reply, std::string_view) override { told.push_back(reply.caller); }
  std::vector<CallerId> told;
};

class LogNames final : public LogLines {
 public:
  void write(LogLevel, std::string_view event, std::initializer_list<LogField>) override {
    events.emplace_back(event);
  }
  void write_at(WallTime, LogLevel, std::string_view event, std::initializer_list<LogField>) override {
    events.emplace_back(event);
  }
  void write_of(std::string_view, LogLevel, std::string_view event, std::initializer_list<LogField>) override {
    events.emplace_back(event);
  }
  std::vector<std::string> events;
};

Caller with_key(std::vector<std::string> kiosks) {
  KeyRecord key;
  key.name = key.owner = "shop";
  key.scopes = bit(Scope::send);
  key.kiosks = std::move(kiosks);
  return Caller{std::make_shared<const KeyRecord>(std::move(key)), bit(Scope::send)};
}

// By HTTP, or from inside the gateway.
class IntakeTest : public testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    StoreImage image;
    for (const char* id : {"mine_1", "theirs_1"}) {
      KioskRecord kiosk;
      kiosk.id = id;
      image.kiosks.push_back(kiosk);
    }
    shell.restore(image);
    shell.apply([](Relay& relay, Now now, Effects& effects) {
      relay.on_kiosk_up(now, "mine_1", SessionId{1}, effects);
      relay.on_kiosk_up(now, "theirs_1", SessionId{2}, effects);
    });
  }
  Result<RequestId> submit(const Caller& caller, std::string_view kiosk, std::string_view body = "{}",
                           Milliseconds waited = 0ms) {
    const OwnFields fields(kiosk, "payment", "5");
    const Submission asked{.headers = fields.all(), .body = body, .from = "somebody", .waited = waited};
    if (GetParam()) return intake.submit(asked, caller, CallerId{7});
    return intake.submit(asked, caller, [this](const Reply& reply) { own.push_back(reply.id); });
  }
  std::string fault(const Result<RequestId>& sent) {
    EXPECT_TRUE(store.records.empty()) << "nothing was accepted";
    EXPECT_TRUE(desk.told.empty() && own.empty()) << "who asked is told by the fault alone";
    EXPECT_FALSE(shell.has_caller(CallerId{7}));
    return sent ? "sent" : std::string(info(sent.error().code).name);
  }

  StillClock clock;
  ListStore store;
  ListDesk desk;
  LogNames log;
  Metrics metrics;
  KioskSeries series{false};
  SeededRandom random{1};
  RequestIdGenerator ids{random};
  RelayShell shell{RelaySettings{}, clock, desk, store, log, metrics, series};
  Intake intake{{{45s, 300s}, "/var/secret"}, shell, ids, clock, store, log, metrics};
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
  EXPECT_EQ(shell.has_caller(CallerId{7}), GetParam());
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

INSTANTIATE_TEST_SUITE_P(Ways, IntakeTest, testing::Bool(),
                         [](const auto& way) { return way.param ? "Http" : "Own"; });

}  // namespace
}  // namespace kgw
