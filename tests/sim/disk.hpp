// Disk: what survives a crash; a Redis that forgets, its last second (lose()). Records in, in the order in
// which they became durable; writing one twice changes nothing (records.hpp). SimStore: the way there: records
// are gathered, committed in groups, and may be stalled, refused or lost.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "core/claim.hpp"
#include "core/effects.hpp"
#include "core/order_fate.hpp"
#include "plan.hpp"
#include "store/journal.hpp"
#include "time_line.hpp"

namespace kgw::sim {

// It surely never ran.
inline bool was_refused(State state) { return state == State::rejected || state == State::cancelled; }

// Everything that is on the disk about one exchange.
struct OnDisk {
  AcceptedRecord accepted;
  std::optional<DispatchedRecord> dispatched;
  std::optional<EndedRecord> ended;
  std::optional<AnsweredRecord> answered;
  std::shared_ptr<const Resolved> resolved;

  State state() const;
  bool was_dispatched() const { return accepted.dispatched || dispatched; }
  SessionId session() const { return dispatched ? dispatched->session : accepted.session; }
  bool is_unknown() const;  // nobody knows what became of it, said or not
  StoredExchange stored() const;
};

class Disk {
 public:
  // What stands there of an exchange before `record` is added to it; nullptr: nothing.
  using Watch = std::function<void(const OnDisk* before, const Record& record)>;
  explicit Disk(Watch watch) : watch_(std::move(watch)) {}

  // What a store says of an accepted record: one whose key or order is another's is not written.
  ClaimVerdict write(const Record& record, Time at);
  // Takes back what was written after `since`: the exchanges of which something is gone, each once.
  std::set<RequestId> lose(Time since);
  const OnDisk* find(const RequestId& id) const;
  // Which exchange has this key; nothing: none has.
  std::optional<RequestId> holder(const Digest& key) const;
  // Which exchange has this order, and what is known of it.
  struct OrderClaim {
    RequestId id;
    OrderFate fate;
  };
  std::optional<OrderClaim> order_holder(const Digest& order) const;
  std::vector<StoredExchange> open() const;  // oldest first
  std::vector<RequestId> unresolved() const;
  void resolve(const RequestId& id, Resolved what);
  std::int64_t last_journal_key() const;

  std::map<std::string, KioskRecord> kiosks;

 private:
  ClaimVerdict claim(const AcceptedRecord& record);
  void settle(const std::optional<Digest>& order, const RequestId& id, OrderFate fate);
  void lose_whole(const RequestId& id);

  Watch watch_;
  std::map<RequestId, OnDisk> exchanges_;
  std::map<Digest, RequestId> claims_;
  std::map<Digest, OrderClaim> orders_;
  struct Written {
    Time at;
    RequestId id;
    std::size_t kind;  // the record's place in Record
  };
  std::deque<Written> written_;  // of the last second, what changed something
};

// The Journal that the shell has. What it says comes to the loop by `wake`, in order.
class SimStore final : public Journal {
 public:
  struct Outcomes {
    std::function<void(std::function<void()>)>
        wake;                                      // runs it in a turn of the loop: now, or when there is one
    std::function<void(const Persist&)> appended;  // before it is gathered
    // The listener is told after these. `not_new`: what stands in the others' place.
    std::function<void(const std::vector<Persist>&, const std::vector<NotNew>& not_new, std::uint64_t up_to)>
        committed;
    std::function<void()> failed;
    std::function<void(bool lost_data)> recovered;
    std::function<void(const std::set<RequestId>&)> lost;  // before recovered(), or before a crash is over
    std::function<void(const std::vector<StoredExchange>&)>
        holds;                            // what is open after a loss, before the listener
    std::function<Instant(Time)> steady;  // the clock of this life
    // What a read brings, right before its callback.
    std::function<void(const RequestId&, bool readable, const std::optional<StoredExchange>&)> found;
  };
  SimStore(TimeLine& time, Disk& disk, SeededRandom& random, const Plan& plan, Counters& count,
           Outcomes outcomes)
      : time_(time), disk_(disk), random_(random), plan_(plan), count_(count), outcomes_(std::move(outcomes)) {}

  bool up() const { return up_; }
  bool readable() const { return up_ && !failing_; }
  // The process dies: of what was under way any beginning may have reached the disk.
  void crash(bool clean = false);
  // The process stands still, with all its threads: nothing renews the lease. And runs again.
  void on_paused() { still_since_ = time_.now(); }
  void on_resumed() { runs_since_ = time_.now(); }
  // Another gateway has it: of what was under way any beginning was written before.
  void take_over();

  void set_listener(StoreListener& listener) override { listener_ = &listener; }
  // Dropped without a word while the store is down.
  std::uint64_t append(Record record) override;
  // The end of the loop's turn.
  void commit() override;
  void poll() override {}
  bool accepts() const override { return up_; }
  void find_for_answer(RequestId id, FoundExchange callback) override;
  void find_claimed(const Digest& key, std::string_view asker, FoundExchange callback) override;
  Durability durability() const override { return Durability::strict; }
  // Renewed every kBeat while the process runs and the store answers.
  Instant holds_until() const override;
  StoreStats stats() const override { return {}; }
  std::string trouble() const override { return {}; }
  // A clean end: what was gathered is written, unless the store is down.
  void close();

 private:
  struct Batch {
    std::vector<Persist> records;
    std::vector<NotNew> not_new{};
    std::uint64_t up_to = 0;
  };
  static constexpr Time kBeat = 250 * kMillisecond;
  void finish();
  void fail();
  void say_failed(std::uint64_t in_doubt_to);
  void recover();
  Time latency();
  bool lose(Time before);  // true: something that was acknowledged is gone
  std::size_t keep_some(const std::vector<Persist>& batch);

  TimeLine& time_;
  Disk& disk_;
  SeededRandom& random_;
  const Plan& plan_;
  Counters& count_;
  Outcomes outcomes_;
  StoreListener* listener_ = nullptr;
  std::uint64_t life_ = 0;  // events of an earlier one are void
  std::uint64_t last_number_ = 0;
  Batch gathered_;
  Batch batch_;                       // being committed
  std::deque<Batch> unacknowledged_;  // durable, the word is on its way
  std::vector<Persist> limbo_;  // of a failed commit: there when the store is back, perhaps not after a crash
  std::size_t reads_ = 0;       // under way
  bool busy_ = false;
  bool failing_ = false;  // it can't be read, and the loop does not know yet
  bool up_ = true;
  Time failed_at_ = 0;
  bool taken_ = false;
  Time still_since_ = -1;
  Time runs_since_ = 0;
};

}  // namespace kgw::sim
