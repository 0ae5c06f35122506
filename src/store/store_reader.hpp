// StoreReader: the reader's thread, so that a page of history never stalls a payment. Jobs run one by one. When
// the home can't be opened, all that wait hear so at once: behind one another they would wait for hours.
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
  // Runs on the reader's thread. Says whether the connection is still good; a Fault has it reopened for the
  // next job.
  using Job = std::function<bool(Result<JournalReading*>)>;

  explicit StoreReader(std::function<JournalHome::Reading()> open);
  ~StoreReader() { stop(); }
  // Each lane in its own order. Answers of kiosks wait behind no page of history but the one that is being
  // read; of what else waits, one job goes after every kAnswersInARow of theirs.
  enum class Lane : std::uint8_t { answers, common };
  void post(Job job, Lane lane = Lane::common);  // loop's thread
  void reopen();                                 // loop's thread: before the next job
  // The same from the writer's thread, which waits for it: returns when the connection is closed; the next job
  // opens one again. Two connections that were opened from different files of one name may not meet.
  void let_go();
  void stop();  // loop's thread: the job that runs is interrupted, those that wait are dropped

 private:
  static constexpr std::size_t kAnswersInARow = 32;
  void run();
  bool any() const { return !lanes_[0].empty() || !lanes_[1].empty(); }
  Job next();
  Result<JournalReading*> reader();
  void set_running(JournalReading* reader);

  const std::function<JournalHome::Reading()> open_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::array<std::deque<Job>, 2> lanes_;  // guarded
  std::size_t in_a_row_ = 0;              // answers that went before what else waited; the reader's thread
  bool stopping_ = false;                 // guarded
  bool let_go_ = false;                   // guarded
  bool ended_ = false;                    // guarded
  std::condition_variable has_let_go_;
  JournalReading* running_ = nullptr;  // guarded: what a job is being run on
  std::unique_ptr<JournalReading> reader_;
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace kgw
