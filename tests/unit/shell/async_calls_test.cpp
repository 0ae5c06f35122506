// AsyncCalls: who prefers not to wait hears of the acceptance when it is durable, of an end that comes before
// in the usual way, and of nothing twice.
#include "shell/async_calls.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "shell_rig.hpp"

namespace kgw {
namespace {

using namespace std::chrono_literals;

// Kiosks that read all that is sent.
class OpenDoor final : public RelayShell::Door {
 public:
  void admit(KnockId, const std::string&) override {}
  void refuse(KnockId, const std::string&, ErrorCode) override {}
  void probe(SessionId) override {}
  void close(SessionId, CloseReason) override {}
  std::optional<ErrorCode> send(const SendFrame&) override { return std::nullopt; }
  void tell_stored(SessionId, const RequestId&) override {}
};

class Untold final : public Onlooker {
 public:
  void on_answer_untold(const Reply& reply) override { answers.push_back(reply.id); }
  std::vector<RequestId> answers;
};

class AsyncCallsTest : public ::testing::Test, public CallerDesk::Teller {
 protected:
  AsyncCallsTest() {
    intake.set_async(async);
    shell.set_door(door);
    shell.onlookers().add(untold);
    testing::connect(shell, {"k1"});
  }
  void tell(CallerId caller, const Reply& reply, std::string_view, bool joined) override {
    told.push_back(std::to_string(static_cast<std::uint64_t>(caller)) + " " +
                   std::string(reply.error ? info(*reply.error).name : "answer") + (joined ? " joined" : ""));
  }
  RequestId send(std::uint64_t call, std::string_view prefer, std::string_view key = {},
                 std::string_view kiosk = "k1") {
    const HttpField headers[] = {{"Header-Kiosk-Id", kiosk},
                                 {"Header-Operation-Type", "payment"},
                                 {"prefer", prefer},
                                 {"Idempotency-Key", key}};
    const Submission asked{.headers = {headers, key.empty() ? 3U : 4U}, .body = "{}", .from = "somebody"};
    const auto sent = intake.submit(asked, person("shop"), CallerId{call});
    return sent ? *sent : RequestId{};
  }
  void commit() { shell.on_store_committed(store.records.size(), {}); }
  void answer(const RequestId& id) {
    shell.apply([&](Relay& relay, Now now, Effects& effects) {
      relay.on_answer(now, SessionId{1}, Answer{id, true, Outcome::known, share(std::string("{}"))}, effects);
    });
  }
  void pass(Milliseconds span) {
    clock.pass(span);
    if (async.next_deadline() && *async.next_deadline() <= clock.now().steady) async.on_tick(clock.now());
  }

  testing::StillClock clock;
  testing::IdleJournal store;
  OpenDoor door;
  CallerDesk desk{*this};
  testing::LogNames log;
  Metrics metrics;
  KioskSeries series{false};
  SeededRandom random{1};
  RequestIdGenerator ids{random};
  RelayShell shell{RelaySettings{}, clock, desk, store, {log, metrics, series}};
  Intake intake{{{45s, 300s}, "/data"}, shell, ids, clock, store, {log, metrics, series}};
  Untold untold;
  std::vector<std::string> told;
  std::vector<std::string> accepted;  // "7 dispatched"
  std::string fields;
  AsyncCalls async{
      shell, *this, clock, [this](CallerId call, const StoredExchange& x, const std::string& said) {
        accepted.push_back(std::to_string(static_cast<std::uint64_t>(call)) + " " + std::string(name(x.state)));
        fields = said;
      }};
};

using Lines = std::vector<std::string>;

TEST_F(AsyncCallsTest, TheAcceptanceIsToldWhenItIsDurable) {
  const RequestId id = send(7, "respond-async");
  EXPECT_TRUE(accepted.empty()) << "durable before visible";
  commit();
  EXPECT_EQ(accepted, Lines{"7 dispatched"});
  EXPECT_NE(fields.find("Location: /requests/" + id.text() + "\r\n"), std::string::npos);
  EXPECT_NE(fields.find("Preference-Applied: respond-async\r\n"), std::string::npos);
  answer(id);
  commit();
  EXPECT_TRUE(told.empty()) << "it has been answered";
  EXPECT_EQ(accepted.size(), 1U);
  EXPECT_EQ(async.size(), 0U);
  EXPECT_FALSE(shell.relay().holds(id)) << "it has run all the same";
  EXPECT_EQ(untold.answers, std::vector{id}) << "nobody has its answer until somebody asks for it";
}

// What became durable was older: its own acceptance is looked for again with the next commit.
TEST_F(AsyncCallsTest, AnOlderCommitSaysNothingOfIt) {
  send(6, "");
  const std::uint64_t older = store.records.size();
  send(7, "respond-async");
  shell.on_store_committed(older, {});
  EXPECT_TRUE(accepted.empty()) << "durable before visible";
  commit();
  EXPECT_EQ(accepted, Lines{"7 dispatched"});
}

TEST_F(AsyncCallsTest, WithWaitItsEndIsToldIfItComesInTime) {
  const RequestId id = send(7, "respond-async, wait=10");
  commit();
  pass(9s);
  EXPECT_TRUE(accepted.empty());
  answer(id);
  EXPECT_TRUE(told.empty());
  commit();
  EXPECT_EQ(told, Lines{"7 answer"});
  pass(5s);
  EXPECT_TRUE(accepted.empty());
  EXPECT_EQ(async.size(), 0U);
}

TEST_F(AsyncCallsTest, WithWaitTheAcceptanceIsToldAfterIt) {
  send(7, "respond-async, wait=10");
  pass(11s);
  EXPECT_TRUE(accepted.empty()) << "it is not durable yet";
  commit();
  EXPECT_EQ(accepted, Lines{"7 dispatched"});
  send(8, "respond-async, wait=10");
  commit();
  pass(10s);
  EXPECT_EQ(accepted.back(), "8 dispatched");
  EXPECT_FALSE(async.next_deadline());
}

TEST_F(AsyncCallsTest, ARefusalIsToldAsEver) {
  send(7, "respond-async", {}, "nobody");
  EXPECT_EQ(told, Lines{"7 kiosk_not_found"});
  shell.on_store_failed("full");
  send(8, "respond-async");
  EXPECT_EQ(told.back(), "8 store_unavailable");
  EXPECT_EQ(async.size(), 0U);
}

TEST_F(AsyncCallsTest, WhatTheStoreNeverTookWasNotAccepted) {
  send(7, "respond-async");
  shell.on_store_failed("full");
  EXPECT_EQ(told, Lines{"7 store_unavailable"});
  EXPECT_TRUE(accepted.empty());
}

TEST_F(AsyncCallsTest, OthersWaitAsBefore) {
  send(7, "wait=10");
  EXPECT_TRUE(desk.has(CallerId{7}));
  send(8, "respond-async");
  EXPECT_FALSE(desk.has(CallerId{8})) << "that its connection closes means nothing";
}

TEST_F(AsyncCallsTest, OneWhoComesWithTheSameKeyHearsOfTheFirstOnes) {
  const RequestId first = send(7, "respond-async", "key");
  commit();
  send(8, "respond-async", "key");
  EXPECT_EQ(accepted.back(), "8 dispatched");
  EXPECT_NE(fields.find("/requests/" + first.text()), std::string::npos);
  EXPECT_NE(fields.find("Idempotency-Replayed: true\r\n"), std::string::npos);
  send(9, "respond-async, wait=5", "key");
  answer(first);
  commit();
  EXPECT_EQ(told, Lines{"9 answer joined"});
  EXPECT_EQ(accepted.size(), 2U);
  EXPECT_TRUE(untold.answers.empty()) << "the last one has heard it";
}

// One caller waits, and one does not, for the same that waits in line: the first may go, and it stays there.
TEST_F(AsyncCallsTest, ItIsNotRejectedBecauseAnotherWentAway) {
  for (std::uint64_t call = 100; call < 132; ++call) send(call, "");
  commit();
  const RequestId alone = send(7, "", "other");
  const RequestId id = send(8, "", "key");
  commit();
  send(9, "respond-async", "key");
  ASSERT_EQ(accepted, Lines{"9 accepted"});
  shell.on_caller_gone(CallerId{7}, false);
  shell.on_caller_gone(CallerId{8}, false);
  commit();
  EXPECT_FALSE(shell.relay().holds(alone));
  EXPECT_TRUE(shell.relay().holds(id));
}

}  // namespace
}  // namespace kgw
