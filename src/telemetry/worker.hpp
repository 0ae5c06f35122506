// Worker: one thread for what is too slow for the loop (rendering, encoding, compressing), one task at a time,
// in order. The waiting line is bounded.
#pragma once

#include <functional>
#include <memory>

namespace kgw {

class Worker {
 public:
  // What is left to do on the caller's thread; may be empty.
  using Rest = std::function<void()>;
  using Task = std::function<Rest()>;

  // `wake` is called from the worker's thread when poll() has something to do.
  explicit Worker(std::function<void()> wake);
  ~Worker();  // stops

  // False: too much waits; nothing happens.
  bool post(Task task);
  // Does all that waits, and ends the thread; poll() then has the rest.
  void stop();
  // Runs what the ended tasks left, on the thread that calls it.
  void poll();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace kgw
