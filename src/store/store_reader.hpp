// StoreReader: the reader's thread, so that a page of history never delays a payment. Jobs run one by one. If
// the home can't be opened, all waiting jobs fail at once: one after another they would wait for hours.
#pragma once

#include <array>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "store/journal_home.hpp"

namespace kgw {

class StoreReader {
 public:
  // Runs on the reader's thread. Returns whether the connection is still good; if not, it is reopened for the
  // next job.
  using Job = std::function<bool(Result<JournalReading*>)>;

  explicit StoreReader(std::function<JournalHome::Reading()> open);
  ~StoreReader() { stop(); }
  // Each lane keeps its own order, and goes ahead of those behind it: kiosks' answers only wait for what is
  // being read; then come the keys that callers of /send wait with, then pages of history. After every kInARow
  // jobs that went ahead of others, one of those runs.
  enum class Lane : std::uint8_t { answers, claims, common };
  void post(Job job, Lane lane = Lane::common);  // Thread: loop
  void reopen();                                 // Thread: loop; takes effect before the next job
  // Thread: the writer's, which waits: returns once the connection is closed; the next job opens one again.
  // Two connections opened from different files of the same name must not meet.
  void let_go();
  void stop();  // Thread: loop; interrupts the running job and drops those waiting

 private:
  static constexpr std::size_t kInARow = 32;
  static constexpr std::size_t kLanes = 3;
  void run();
  bool any() const { return !lanes_[0].empty() || !lanes_[1].empty() || !lanes_[2].empty(); }
  Job next();
  Result<JournalReading*> reader();
  void set_running(JournalReading* reader);

  const std::function<JournalHome::Reading()> open_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::array<std::deque<Job>, kLanes> lanes_;  // guarded
  std::size_t in_a_row_ = 0;                   // jobs that ran ahead of waiting ones; reader's thread
  std::size_t turns_ = 0;                      // that those behind got
  bool stopping_ = false;                      // guarded
  bool let_go_ = false;                        // guarded
  bool ended_ = false;                         // guarded
  std::condition_variable has_let_go_;
  JournalReading* running_ = nullptr;  // guarded: what a job is using
  std::unique_ptr<JournalReading> reader_;
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace kgw
