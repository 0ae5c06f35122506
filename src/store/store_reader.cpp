#include "store/store_reader.hpp"

#include <chrono>
#include <utility>

namespace kgw {
namespace {

// An interrupt that comes between two statements of a job is lost: so again and again, until it has ended.
constexpr auto kInterruptAgain = std::chrono::milliseconds(10);

}  // namespace

StoreReader::StoreReader(std::function<JournalHome::Reading()> open)
    : open_(std::move(open)), thread_([this] { run(); }) {}

void StoreReader::post(Job job, Lane lane) {
  {
    const std::lock_guard lock(mutex_);
    lanes_[static_cast<std::size_t>(lane)].push_back(std::move(job));
  }
  wake_.notify_one();
}

void StoreReader::reopen() {
  const std::lock_guard lock(mutex_);
  let_go_ = true;
}

void StoreReader::let_go() {
  std::unique_lock lock(mutex_);
  let_go_ = true;
  wake_.notify_one();
  has_let_go_.wait(lock, [this] { return !let_go_ || ended_; });
}

void StoreReader::stop() {
  if (!thread_.joinable()) return;
  std::array<std::deque<Job>, kLanes> dropped;  // outside of the lock
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    dropped.swap(lanes_);
  }
  dropped = {};
  wake_.notify_one();
  {
    std::unique_lock lock(mutex_);
    do {
      if (running_ != nullptr) running_->interrupt();
    } while (!has_let_go_.wait_for(lock, kInterruptAgain, [this] { return ended_; }));
  }
  thread_.join();
}

Result<JournalReading*> StoreReader::reader() {
  if (!reader_) {
    JournalHome::Reading opened = open_();
    if (!opened) return opened.error();
    reader_ = std::move(*opened);
  }
  return reader_.get();
}

// REQUIRES the mutex, and that any() waits.
StoreReader::Job StoreReader::next() {
  std::size_t lane = 0, last = kLanes - 1;
  while (lanes_[lane].empty()) ++lane;
  while (lanes_[last].empty()) --last;
  if (lane == last) {
    in_a_row_ = 0;
  } else if (in_a_row_ < kInARow) {
    ++in_a_row_;
  } else {  // of two lanes behind, each in its turn
    in_a_row_ = 0;
    ++lane;
    if (lanes_[lane].empty() || (lane != last && ++turns_ % 2 == 0)) lane = last;
  }
  Job job = std::move(lanes_[lane].front());
  lanes_[lane].pop_front();
  return job;
}

void StoreReader::set_running(JournalReading* reader) {
  const std::lock_guard lock(mutex_);
  running_ = reader;
}

void StoreReader::run() {
  for (;;) {
    Job job;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return stopping_ || let_go_ || any(); });
      if (let_go_) {
        reader_.reset();
        let_go_ = false;
        has_let_go_.notify_all();
        continue;
      }
      if (!any()) break;
      job = next();
    }
    const Result<JournalReading*> opened = reader();
    set_running(opened ? *opened : nullptr);
    const bool good = job(opened);
    set_running(nullptr);
    if (!good) reader_.reset();
    if (opened) continue;
    std::array<std::deque<Job>, kLanes> waited;
    {
      const std::lock_guard lock(mutex_);
      waited.swap(lanes_);
    }
    for (std::deque<Job>& lane : waited)
      for (Job& other : lane) other(opened);
  }
  reader_.reset();
  const std::lock_guard lock(mutex_);
  ended_ = true;
  has_let_go_.notify_all();
}

}  // namespace kgw
