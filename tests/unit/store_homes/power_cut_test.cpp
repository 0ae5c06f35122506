// A power cut at any moment, with failing syncs before it: what stands beside the records is as durable as they
// are, and goes with them: whose key it is, callbacks owed and how far they have come, and answers that nobody
// may have got.
#include <map>
#include <set>

#include "embedded_store_rig.hpp"

namespace kgw::testing {
namespace {

constexpr const char* kUrl = "https://pay.example.com/hook";

class PowerCut : public EmbeddedStoreTest {
 protected:
  PowerCut() { settings.claim_rows = 3; }
  struct One {
    RequestId id;
    Digest key{};
    std::uint64_t accepted = 0;  // the record's number,
    std::uint64_t answered = 0;  // 0: it was not
    bool listed = false;         // as unclaimed, and that was confirmed,
    bool claimed = false;        // and so was this
    bool delivered = false;
  };

  One begin() {
    One one;
    one.id = make.id(clock.now().wall);
    random.fill(one.key);
    AcceptedRecord record = Records::accepted(one.id);
    Order order = *record.order;
    order.owner = "shop";
    order.claim = KeyClaim{one.key, Digest{1}};
    order.callback_url = kUrl;
    record.order = share(std::move(order));
    one.accepted = life->store->append(std::move(record));
    return one;
  }
  void answer(One& one) {
    AnsweredRecord record = Records::answered(one.id);
    record.answered_at = clock.now().wall;
    record.key = one.key;
    record.callback = true;
    one.answered = life->store->append(std::move(record));
  }
  // What operators, backends and the sender of callbacks cause, each in a batch of its own.
  void change(std::size_t at) {
    const RequestId id = all[at].id;
    const auto noted = [this, at](bool One::*what) {
      return [this, at, what](const Result<void>& done) {
        if (done) all[at].*what = true;
      };
    };
    const WallTime now = clock.now().wall;
    switch (random.below(3)) {
      case 0: return life->store->write_registry({UnclaimedRecord{id, "K1", now}}, noted(&One::listed));
      case 1:
        changed.insert(id);
        return life->store->write_registry({ClaimedRecord{id, "K1", now, ClaimedBy::ack}},
                                           noted(&One::claimed));
      default:
        CallbackRecord record{id, 1, "K1", {}};
        record.tries.state = CallbackState::delivered;
        record.tries.owed_at = record.tries.next_at = now;
        life->store->write_registry({std::move(record)}, noted(&One::delivered));
    }
  }
  void run(int turns) {
    for (int turn = 0; turn < turns; ++turn) {
      clock.pass(100ms);
      if (random.chance(0.04)) vfs.fail_syncs(SQLITE_IOERR_FSYNC);
      for (std::uint64_t i = random.below(6); i > 0; --i) all.push_back(begin());
      for (One& one : all)
        if (one.answered == 0 && random.chance(0.3)) answer(one);
      for (std::size_t at = 0; at < all.size(); ++at)
        if (all[at].answered != 0 && all[at].answered <= life->acked && random.chance(0.05)) change(at);
      life->store->commit();
      const std::uint64_t last = all.empty() ? 0 : std::max(all.back().accepted, all.back().answered);
      if (random.chance(0.5)) {
        ASSERT_TRUE(life->until([&] { return life->acked >= last || !life->failures.empty(); }));
      }
      life->store->poll();
      if (!life->failures.empty()) heal();
    }
    life->store->poll();
  }
  // As the gateway does: what was not acknowledged is forgotten.
  void heal() {
    std::erase_if(all, [this](const One& one) { return one.accepted > life->acked; });
    for (One& one : all)
      if (one.answered > life->acked) one.answered = 0;
    vfs.fail_syncs(0);
    ASSERT_TRUE(life->until([&] { return life->recoveries > 0; }));
    life->failures.clear();
    life->recoveries = 0;
    ++outages;
  }
  std::map<RequestId, StoredCallback> stored_callbacks() {
    std::map<RequestId, StoredCallback> rows;
    CallbacksQuery query;
    query.count_max = 100;
    for (bool more = true; more;) {
      const auto page = life->callbacks(query);
      for (const StoredCallback& row : page.rows) rows.emplace(row.id, row);
      more = page.next.has_value();
      if (more) query.after = *page.next;
    }
    return rows;
  }
  void check(std::uint64_t acked, WallTime cut_at) {
    std::set<RequestId> unclaimed;
    for (const StoredExchange& x : life->image.unclaimed) unclaimed.insert(x.id);
    const auto callbacks = stored_callbacks();
    for (const One& one : all) {
      const auto found = life->find(one.id);
      ASSERT_TRUE(found);
      const auto held = life->find_claimed(one.key);
      EXPECT_EQ(found->has_value(), held && held->id == one.id) << "a request, and its key, or neither";
      if (one.accepted <= acked) {
        EXPECT_TRUE(*found) << "acknowledged and lost";
      }
      const bool is_answered = *found && (*found)->state == State::answered;
      if (one.answered != 0 && one.answered <= acked) {
        EXPECT_TRUE(is_answered) << "its answer was acknowledged and is lost";
      }
      const auto owed = callbacks.find(one.id);
      EXPECT_EQ(is_answered, owed != callbacks.end()) << "an answer, and the callback that it owes, or neither";
      if (!is_answered) continue;
      ++answers;
      if (one.delivered) {
        EXPECT_EQ(owed->second.tries.state, CallbackState::delivered);
      }
      if (one.claimed) {
        EXPECT_FALSE(unclaimed.contains(one.id)) << "that somebody has read it was acknowledged";
      } else if (one.listed || cut_at - *(*found)->answered_at < 2s) {
        // Its claim may have come to the disk unacknowledged.
        EXPECT_TRUE(unclaimed.contains(one.id) || changed.contains(one.id)) << "nobody may have got it";
        ++listed;
      }
    }
  }
  SeededRandom random{11};
  std::vector<One> all;
  std::set<RequestId> changed;  // a claim of it was on its way
  int outages = 0;
  std::size_t answers = 0, listed = 0;
};

TEST_F(PowerCut, KeysCallbacksAndTheUnclaimedAreAsDurableAsTheirRecords) {
  for (int round = 0; round < 6; ++round) {
    start();
    run(50);
    const std::uint64_t acked = life->acked;
    const WallTime cut_at = clock.now().wall;
    lose_power_and_start(static_cast<double>(random.below(3)) / 2, random);
    check(acked, cut_at);
    life.reset();
    std::filesystem::remove_all(settings.data_dir);
    vfs.reset();
    all.clear();
    changed.clear();
  }
  EXPECT_GE(outages, 3) << "the test must meet what it is about";
  EXPECT_GE(answers, 300u);
  EXPECT_GE(listed, 50u);
}

}  // namespace
}  // namespace kgw::testing
