#include "telemetry/worker.hpp"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "base/limits.hpp"

namespace kgw {

struct Worker::Impl {
  explicit Impl(std::function<void()> of_wake) : wake(std::move(of_wake)) {
    thread = std::thread([this] { run(); });
  }
  ~Impl() { stop(); }
  void stop() {
    if (!thread.joinable()) return;
    {
      const std::lock_guard lock(mutex);
      ending = true;
    }
    changed.notify_one();
    thread.join();
  }

  void run() {
    for (;;) {
      Task task;
      {
        std::unique_lock lock(mutex);
        changed.wait(lock, [this] { return ending || !tasks.empty(); });
        if (tasks.empty()) return;
        task = std::move(tasks.front());
        tasks.pop_front();
      }
      Rest rest = task();
      if (!rest) continue;
      {
        const std::lock_guard lock(mutex);
        rests.push_back(std::move(rest));
      }
      wake();
    }
  }

  const std::function<void()> wake;
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<Task> tasks;   // guarded
  std::vector<Rest> rests;  // guarded
  bool ending = false;      // guarded
  std::thread thread;       // last: it uses all of the above
};

Worker::Worker(std::function<void()> wake) : impl_(std::make_unique<Impl>(std::move(wake))) {}
Worker::~Worker() = default;

void Worker::stop() { impl_->stop(); }

bool Worker::post(Task task) {
  {
    const std::lock_guard lock(impl_->mutex);
    if (impl_->tasks.size() >= limits::kWorkerTasksMax) return false;
    impl_->tasks.push_back(std::move(task));
  }
  impl_->changed.notify_one();
  return true;
}

void Worker::poll() {
  std::vector<Rest> rests;
  {
    const std::lock_guard lock(impl_->mutex);
    rests.swap(impl_->rests);
  }
  for (const Rest& rest : rests) rest();
}

}  // namespace kgw
