// RelayShell: whoever looks on hears of a caller that hangs up before it was told anything, and of how long it
// would have been let wait. Once for each request.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/limits.hpp"
#include "shell_rig.hpp"

namespace kgw {
namespace {

using namespace std::chrono_literals;

class Deaf final : public CallerDesk::Teller {
 public:
  void tell(CallerId, const Reply&, std::string_view, bool) override {}
};

class Open final : public RelayShell::Door {
 public:
  void admit(KnockId, const std::string&) override {}
  void refuse(KnockId, const std::string&, ErrorCode) override {}
  void probe(SessionId) override {}
  void close(SessionId, CloseReason) override {}
  std::optional<ErrorCode> send(const SendFrame&) override { return std::nullopt; }
  void tell_stored(SessionId, const RequestId&) override {}
};

struct Left {
  std::string owner;
  Milliseconds waited;
  Milliseconds allowed;
  bool operator==(const Left&) const = default;
};

class Looks final : public Onlooker {
 public:
  void on_caller_left(const Order& order, Milliseconds waited, Milliseconds allowed) override {
    all.push_back({order.owner, waited, allowed});
  }
  std::vector<Left> all;
};

class HangUps : public ::testing::Test {
 protected:
  void SetUp() override {
    shell.set_door(door);
    shell.onlookers().add(looks);
    testing::connect(shell, {"k1"});
    KioskRecord away;
    away.id = "away";
    StoreImage image;
    image.kiosks.push_back(away);
    shell.restore(image);
  }
  RequestId send(CallerId caller, bool keyed = false, const char* kiosk = "k1", Milliseconds wait_online = 0s) {
    const RequestId id = ids.next(clock.now().wall);
    Order order{kiosk, "payment", "42", "shop"};
    if (keyed) order.claim.emplace().key[0] = 7;
    SendRequest request{id, share(std::move(order)), 45s, caller, Envelope{share(std::string("{}")), 0}};
    request.wait_online = wait_online;
    desk.add(caller, id, {});
    shell.apply([&](Relay& relay, Now now, Effects& effects) { relay.on_send(now, request, effects); });
    return id;
  }
  void acknowledge() { shell.on_store_committed(store.records.size(), {}); }
  void pass(Milliseconds span) {
    clock.pass(span);
    while (shell.next_deadline() && *shell.next_deadline() <= clock.now().steady) shell.on_tick(clock.now());
  }

  testing::StillClock clock;
  testing::IdleJournal store;
  Deaf deaf;
  CallerDesk desk{deaf};
  testing::LogNames log;
  Metrics metrics;
  KioskSeries series{false};
  SeededRandom random{1};
  RequestIdGenerator ids{random};
  Open door;
  Looks looks;
  RelayShell shell{RelaySettings{}, clock, desk, store, {log, metrics, series}};
};

TEST_F(HangUps, OneIsToldOnceHoweverItsConnectionEnds) {
  send(CallerId{1});
  acknowledge();
  pass(30s);
  shell.on_caller_gone(CallerId{1}, true);
  pass(1s);
  shell.on_caller_gone(CallerId{1}, false);
  EXPECT_EQ(looks.all, (std::vector<Left>{{"shop", 30s, 45s}}));
}

TEST_F(HangUps, AClientThatHalfClosesAtOnceStillWaits) {
  send(CallerId{1});
  acknowledge();
  shell.on_caller_gone(CallerId{1}, true);
  EXPECT_TRUE(looks.all.empty());
  pass(30s);
  shell.on_caller_gone(CallerId{1}, false);
  EXPECT_EQ(looks.all, (std::vector<Left>{{"shop", 30s, 45s}}));
}

TEST_F(HangUps, WhileItsRequestWaitsItIsToldOnceToo) {
  send(CallerId{1}, false, "away", 60s);
  acknowledge();
  pass(20s);
  shell.on_caller_gone(CallerId{1}, true);
  shell.on_caller_gone(CallerId{1}, false);
  EXPECT_EQ(looks.all, (std::vector<Left>{{"shop", 20s, 105s}}))
      << "the wait for the kiosk, then for its answer";
}

TEST_F(HangUps, WhoWasToldHasNotHungUp) {
  send(CallerId{1});
  acknowledge();
  pass(45s);
  acknowledge();
  shell.on_caller_gone(CallerId{1}, false);
  EXPECT_TRUE(looks.all.empty());
}

TEST_F(HangUps, WhoJoinedHasWaitedForAnotherTime) {
  send(CallerId{1}, true);
  acknowledge();
  pass(20s);
  shell.on_caller_gone(CallerId{1}, false);
  send(CallerId{2}, true);
  pass(20s);
  shell.on_caller_gone(CallerId{2}, false);
  EXPECT_EQ(looks.all, (std::vector<Left>{{"shop", 20s, 45s}}));
}

}  // namespace
}  // namespace kgw
