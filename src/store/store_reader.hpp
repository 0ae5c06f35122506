// StoreReader: the reader's thread, so that a page of history never stalls a payment. Jobs run one by one, in
// order. When the home can't be opened, all that wait hear so at once: behind one another they would wait
// for hours.
#pragma once

#include <condition_variable>
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
  void post(Job job);  // loop's thread
  void reopen();       // loop's thread: before the next job
  // The same from the writer's thread, which waits for it: returns when the connection is closed; the next job
  // opens one again. Two connections that were opened from different files of one name may not meet.
  void let_go();
  void stop();  // loop's thread: after the job that runs; those that wait are dropped

 private:
  void run();
  Result<JournalReading*> reader();

  const std::function<JournalHome::Reading()> open_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Job> jobs_;   // guarded
  bool stopping_ = false;  // guarded
  bool let_go_ = false;    // guarded
  bool ended_ = false;     // guarded
  std::condition_variable has_let_go_;
  std::unique_ptr<JournalReading> reader_;
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace kgw
