// UnclaimedList: what the real Unclaimed has behind its interfaces, the store's list of answers that their
// callers may never have got; what a start adds to it after a crash, by the mark that goes with the commits
// (docs/journal.md); and statement 10: an answer that nobody has got is on the list, and nothing is taken off
// it that nobody has read.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "disk.hpp"
#include "plan.hpp"
#include "registry_on_disk.hpp"
#include "shell/unclaimed.hpp"
#include "store/journal.hpp"

namespace kgw::sim {

class UnclaimedList final : RegistryOnDisk, Journal, Onlooker {
 public:
  struct Around {
    Store store;
    Disk& disk;
    Counters& count;
    std::function<void(const RequestId&, std::string)> line;  // of the trace
  };
  UnclaimedList(std::uint64_t seed, Around around)
      : RegistryOnDisk(seed, around.store, 20 * kMillisecond), around_(std::move(around)) {}

  // A life of the gateway begins; and ends, with what was not written yet.
  std::unique_ptr<Unclaimed> start(RelayShell& shell, const TurnClock& clock, LogLines& log);
  void end(bool clean);
  // Before it is written.
  void on_disk(const OnDisk* before, const Record& record);
  // A store that comes back has lost something of these: nothing is expected of them.
  void on_lost(const std::set<RequestId>& gone) { lost_.insert(gone.begin(), gone.end()); }

  // Its answer went out to a caller, and arrived; or its connection will be found to have ended before.
  void on_told(const RequestId& id, bool again);
  void on_missed(const RequestId& id) { missed_.insert(id); }
  // Somebody has it, however he came by it.
  void on_read(const RequestId& id) { read_.insert(id); }
  // One that the disk lists; nothing: there is none.
  std::optional<StoredExchange> some(SeededRandom& random) const;
  // What was said to be durable.
  void check_claimed(const RequestId& id) const;
  // Throws Violation.
  void at_the_end(const Unclaimed& unclaimed) const;

 private:
  struct Row {
    Time since = 0;
    bool claimed = false;
  };
  void write(const std::vector<RegistryChange>& changes) override;
  void write(const UnclaimedRecord& record);
  void write(const ClaimedRecord& record);
  void list_untold();

  void write_registry(std::vector<RegistryChange> changes, Written callback) override;
  void find_for_answer(RequestId id, FoundExchange callback) override;
  void on_answers_overdue(const std::vector<UnclaimedAnswer>& answers) override;
  void set_listener(StoreListener&) override {}
  std::uint64_t append(Record) override { return 0; }
  void commit() override {}
  void poll() override {}
  bool accepts() const override { return true; }
  void find_claimed(const Digest&, std::string_view, FoundExchange) override {}
  Durability durability() const override { return Durability::strict; }
  Instant holds_until() const override { return Instant::max(); }
  StoreStats stats() const override { return {}; }
  std::string trouble() const override { return {}; }

  const Around around_;
  std::map<RequestId, Row> rows_;
  bool refused_ = false;  // the last one
  // The mark of what was told (store_sqlite/journal_unclaimed.cpp): positions in `answered_`.
  std::vector<RequestId> answered_;
  Time told_at_ = 0;
  std::size_t told_to_ = 0;
  std::pair<std::size_t, std::size_t> told_{};
  std::set<RequestId> told_directly_;
  std::set<RequestId> missed_;   // by a caller of it at least
  std::set<RequestId> read_;     // somebody has it
  std::set<RequestId> lost_;     // by the store
  std::set<RequestId> overdue_;  // said to be, in this life
};

}  // namespace kgw::sim
