// RelayShell: who joined an earlier request by its key waits as long as its own Header-Timeout says
// (PROTOCOL.md 1.3): then it hears 504 with the first one's id, and nothing runs twice.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/limits.hpp"
#include "shell_rig.hpp"

namespace kgw {
namespace {

using namespace std::chrono_literals;

class Heard final : public CallerDesk::Teller {
 public:
  struct One {
    CallerId caller;
    std::optional<ErrorCode> error;
    RequestId id;
    bool replayed;
  };
  void tell(CallerId caller, const Reply& reply, std::string_view, bool joined) override {
    all.push_back({caller, reply.error, reply.id, joined || reply.replayed});
  }
  std::vector<One> all;
};

class Sent final : public RelayShell::Door {
 public:
  void admit(KnockId, const std::string&) override {}
  void refuse(KnockId, const std::string&, ErrorCode) override {}
  void probe(SessionId) override {}
  void close(SessionId, CloseReason) override {}
  std::optional<ErrorCode> send(const SendFrame&) override {
    ++frames;
    return std::nullopt;
  }
  void tell_stored(SessionId, const RequestId&) override {}
  int frames = 0;
};

class JoinedDeadlines : public ::testing::Test {
 protected:
  static constexpr SessionId kSession{1};
  void SetUp() override {
    shell.set_door(door);
    testing::connect(shell, {"k1"});
  }
  RequestId send(CallerId caller, Milliseconds timeout) {
    const RequestId id = ids.next(clock.now().wall);
    Order order{"k1", "payment", "42", "shop"};
    order.claim.emplace().key[0] = 7;
    const SendRequest request{id, share(std::move(order)), timeout, caller,
                              Envelope{share(std::string("{}")), 0}};
    desk.add(caller, id, {});
    shell.apply([&](Relay& relay, Now now, Effects& effects) { relay.on_send(now, request, effects); });
    return id;
  }
  void acknowledge() { shell.on_store_committed(store.records.size(), {}); }
  void pass(Milliseconds span) {
    clock.pass(span);
    while (shell.next_deadline() && *shell.next_deadline() <= clock.now().steady) shell.on_tick(clock.now());
  }
  void answer(const RequestId& id) {
    shell.apply([&](Relay& relay, Now now, Effects& effects) {
      relay.on_answer(now, kSession, Answer{id, true, Outcome::known, share("{}"), AnswerResult::success},
                      effects);
    });
  }

  testing::StillClock clock;
  testing::IdleJournal store;
  Heard heard;
  CallerDesk desk{heard};
  testing::LogNames log;
  Metrics metrics;
  KioskSeries series{false};
  SeededRandom random{1};
  RequestIdGenerator ids{random};
  Sent door;
  RelayShell shell{RelaySettings{}, clock, desk, store, {log, metrics, series}};
};

TEST_F(JoinedDeadlines, ItHears504AtItsOwnTimeAndTheFirstItsAnswer) {
  const RequestId first = send(CallerId{1}, 45s);
  acknowledge();
  send(CallerId{2}, 5s);
  pass(4999ms);
  EXPECT_TRUE(heard.all.empty());
  pass(1ms);
  ASSERT_EQ(heard.all.size(), 1U);
  EXPECT_EQ(heard.all[0].caller, CallerId{2});
  EXPECT_EQ(heard.all[0].error, ErrorCode::timeout);
  EXPECT_EQ(heard.all[0].id, first);
  EXPECT_TRUE(heard.all[0].replayed);
  answer(first);
  acknowledge();
  ASSERT_EQ(heard.all.size(), 2U);
  EXPECT_EQ(heard.all[1].caller, CallerId{1});
  EXPECT_FALSE(heard.all[1].error);
  EXPECT_EQ(door.frames, 1);
  send(CallerId{3}, 5s);
  EXPECT_EQ(heard.all.size(), 2U) << "its key is looked up";
  const auto logged = [this](const char* event) {
    return static_cast<std::uint64_t>(std::count(log.events.begin(), log.events.end(), event));
  };
  EXPECT_EQ(logged("request_joined"), 1U);
  EXPECT_EQ(logged("request_wait_ended"), 1U);
  EXPECT_EQ(metrics.replays, logged("request_joined") + logged("request_replayed")) << "each caller once";
}

TEST_F(JoinedDeadlines, ItsAnswerThatWaitsForTheStoreIsWaitedForALittle) {
  const RequestId first = send(CallerId{1}, 45s);
  acknowledge();
  send(CallerId{2}, 5s);
  pass(4999ms);
  answer(first);
  pass(1ms);
  EXPECT_TRUE(heard.all.empty()) << "the answer is here";
  pass(std::chrono::duration_cast<Milliseconds>(limits::kHeldAnswerGrace));
  ASSERT_EQ(heard.all.size(), 1U);
  EXPECT_EQ(heard.all[0].caller, CallerId{2});
  EXPECT_EQ(heard.all[0].error, ErrorCode::timeout);
  acknowledge();
  EXPECT_EQ(heard.all.size(), 2U);
}

// Only an answer that came in time is waited for: while the end of the first one is being written, and when a
// late answer stands behind that, it hears 504 at its own time.
TEST_F(JoinedDeadlines, NothingElseIsWaitedFor) {
  for (const bool answered_late : {false, true}) {
    heard.all.clear();
    const RequestId first = send(CallerId{1}, 5s);
    acknowledge();
    send(CallerId{2}, 8s);
    pass(5s);
    if (answered_late) answer(first);
    pass(2999ms);
    EXPECT_TRUE(heard.all.empty()) << answered_late;
    pass(1ms);
    ASSERT_EQ(heard.all.size(), 1U) << answered_late;
    EXPECT_EQ(heard.all[0].caller, CallerId{2});
    EXPECT_EQ(heard.all[0].error, ErrorCode::timeout);
    acknowledge();
    acknowledge();
    ASSERT_EQ(heard.all.size(), 2U) << answered_late;
    EXPECT_EQ(heard.all[1].caller, CallerId{1});
    EXPECT_EQ(heard.all[1].error, ErrorCode::timeout);
    pass(60s);
  }
}

// The last one who waited: what was not sent yet never is.
TEST_F(JoinedDeadlines, WhenNobodyWaitsAnyMoreNothingIsSent) {
  const RequestId first = send(CallerId{1}, 45s);
  send(CallerId{2}, 5s);
  shell.on_caller_gone(CallerId{1}, false);
  pass(5s);
  ASSERT_EQ(heard.all.size(), 1U);
  acknowledge();
  EXPECT_EQ(door.frames, 0);
  const auto* const ended = std::get_if<EndedRecord>(&store.records.back());
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->id, first);
  EXPECT_EQ(ended->why, ErrorCode::caller_gone);
}

TEST_F(JoinedDeadlines, ALongerOneEndsWithTheFirst) {
  const RequestId first = send(CallerId{1}, 5s);
  acknowledge();
  send(CallerId{2}, 45s);
  pass(5s);
  acknowledge();
  ASSERT_EQ(heard.all.size(), 2U);
  for (const auto& one : heard.all) {
    EXPECT_EQ(one.error, ErrorCode::timeout);
    EXPECT_EQ(one.id, first);
  }
}

}  // namespace
}  // namespace kgw
