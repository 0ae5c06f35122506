// Worker: a thread for what is too slow for the loop (rendering, encoding, compressing), one task at a time,
// in order. The queue is bounded.
#pragma once

#include <functional>
#include <memory>

namespace kgw {

class Worker {
 public:
  // What remains to be done in poll(); may be empty.
  using Rest = std::function<void()>;
  using Task = std::function<Rest()>;

  // `wake` is called on the worker's thread when poll() has something to do.
  explicit Worker(std::function<void()> wake);
  ~Worker();  // calls stop()

  // Returns false and does nothing if too many tasks are waiting. `task` runs on the worker's thread.
  bool post(Task task);
  // Finishes all waiting tasks and ends the thread; their rests are left to poll().
  void stop();
  // Runs what finished tasks left to do, on the caller's thread.
  void poll();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace kgw
