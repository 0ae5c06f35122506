// Disk: what survives a crash; a Redis that forgets, its last second (lose()). Records in, in the order in
// which they became durable; writing one twice changes nothing (records.hpp). SimStore: the way there: records
// are gathered, committed in groups, and may be stalled, refused or lost.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "core/effects.hpp"
#include "plan.hpp"
#include "time_line.hpp"

namespace kgw::sim {

// Everything that is on the disk about one exchange.
struct OnDisk {
  AcceptedRecord accepted;
  std::optional<DispatchedRecord> dispatched;
  std::optional<EndedRecord> ended;
  std::optional<AnsweredRecord> answered;

  State state() const;
  bool was_dispatched() const { return accepted.dispatched || dispatched; }
  SessionId session() const { return dispatched ? dispatched->session : accepted.session; }
  StoredExchange stored() const;
};

class Disk {
 public:
  // What stands there of an exchange before `record` is added to it; nullptr: nothing.
  using Watch = std::function<void(const OnDisk* before, const Record& record)>;
  explicit Disk(Watch watch) : watch_(std::move(watch)) {}

  void write(const Record& record, Time at);
  // Takes back what was written after `since`: the exchanges of which something is gone, each once.
  std::set<RequestId> lose(Time since);
  const OnDisk* find(const RequestId& id) const;
  std::vector<StoredExchange> open() const;  // oldest first
  std::int64_t last_journal_key() const;

  std::map<std::string, KioskRecord> kiosks;

 private:
  Watch watch_;
  std::map<RequestId, OnDisk> exchanges_;
  struct Written {
    Time at;
    RequestId id;
    std::size_t kind;  // the record's place in Record
  };
  std::deque<Written> written_;  // of the last second, what changed something
};

class SimStore {
 public:
  struct Outcomes {
    std::function<void(const std::vector<Persist>&)> committed;
    std::function<void()> failed;
    std::function<void(bool lost_data)> recovered;
    std::function<void(const std::set<RequestId>&)> lost;  // before recovered(), or before a crash is over
  };
  SimStore(TimeLine& time, Disk& disk, SeededRandom& random, const Plan& plan, Counters& count,
           Outcomes outcomes)
      : time_(time), disk_(disk), random_(random), plan_(plan), count_(count), outcomes_(std::move(outcomes)) {}

  bool up() const { return up_; }
  Time failed_at() const { return failed_at_; }

  // Dropped without a word while the store is down.
  void append(const Persist& what);
  // The end of the loop's turn.
  void commit();
  // The process dies: of what was under way any beginning may have reached the disk.
  void crash(bool clean = false);
  // A clean end: what was gathered is written, unless the store is down.
  void close();

 private:
  void finish();
  void fail();
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
  std::uint64_t life_ = 0;  // events of an earlier one are void
  std::vector<Persist> gathered_;
  std::vector<Persist> batch_;                       // being committed
  std::deque<std::vector<Persist>> unacknowledged_;  // durable, the word is on its way
  std::vector<Persist> limbo_;  // of a failed commit: there when the store is back, perhaps not after a crash
  bool busy_ = false;
  bool up_ = true;
  Time failed_at_ = 0;
};

}  // namespace kgw::sim
