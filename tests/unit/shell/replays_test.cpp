// RelayShell and the answers that the store gives again: each bears the result that was written down with it,
// whatever the rules say by now.
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shell_rig.hpp"

namespace kgw {
namespace {

// Has one exchange, under whichever key it is asked for.
class KeyStore final : public testing::IdleJournal {
 public:
  void find_claimed(const Digest&, std::string_view, FoundExchange callback) override {
    callback(std::optional(found));
  }
  StoredExchange found;
};

class Listener final : public CallerDesk::Teller {
 public:
  void tell(CallerId, const Reply& reply, std::string_view, bool) override { told.push_back(reply); }
  std::vector<Reply> told;
};

class Replays : public ::testing::Test {
 protected:
  // What is said again of a stored answer, by rules that take its code for a refusal.
  AnswerResult said_again(std::optional<AnswerResult> stored) {
    const OutcomeRules rules({{"payment", {{{{"code", {"51"}}}, AnswerResult::declined}}}});
    RelayShell shell{RelaySettings{}, clock, desk, store, {log, metrics, series}, rules};
    const KeyClaim claim{Digest{1}, Digest{2}};
    StoredExchange& x = store.found;
    x.id = ids.next(clock.now().wall);
    x.order = Order{"one", "payment", "", "", claim};
    x.state = State::answered;
    x.outcome = Outcome::known;
    x.response = share(std::string(R"({"status":"success","code":51})"));
    x.result = stored;
    const CallerId caller = desk.add_own([this](const Reply& reply) {
      listener.told.push_back(reply);
      return true;
    });
    shell.apply([&](Relay&, Now now, Effects& effects) {
      effects.emplace_back(FindClaimed{caller, share(Order(x.order)), now.steady, now.steady, "shop"});
    });
    if (listener.told.empty() || listener.told.back().error) return AnswerResult::unclassified;
    return listener.told.back().result;
  }

  testing::StillClock clock;
  KeyStore store;
  Listener listener;
  CallerDesk desk{listener};
  testing::LogNames log;
  Metrics metrics;
  KioskSeries series{false};
  SeededRandom random{1};
  RequestIdGenerator ids{random};
};

TEST_F(Replays, WhatWasWrittenDownStands) {
  EXPECT_EQ(said_again(AnswerResult::success), AnswerResult::success);
}

TEST_F(Replays, WhatAnOlderVersionDidNotWriteDownIsReadByTodaysRules) {
  EXPECT_EQ(said_again(std::nullopt), AnswerResult::declined);
}

}  // namespace
}  // namespace kgw
