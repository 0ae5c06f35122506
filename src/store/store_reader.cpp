#include "store/store_reader.hpp"

#include <utility>

namespace kgw {

StoreReader::StoreReader(std::function<JournalHome::Reading()> open)
    : open_(std::move(open)), thread_([this] { run(); }) {}

void StoreReader::post(Job job) {
  {
    const std::lock_guard lock(mutex_);
    jobs_.push_back(std::move(job));
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
  std::deque<Job> dropped;  // outside of the lock
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    dropped.swap(jobs_);
  }
  dropped.clear();
  wake_.notify_one();
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

void StoreReader::run() {
  for (;;) {
    Job job;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return stopping_ || let_go_ || !jobs_.empty(); });
      if (let_go_) {
        reader_.reset();
        let_go_ = false;
        has_let_go_.notify_all();
        continue;
      }
      if (jobs_.empty()) break;
      job = std::move(jobs_.front());
      jobs_.pop_front();
    }
    const Result<JournalReading*> opened = reader();
    if (!job(opened)) reader_.reset();
    if (opened) continue;
    std::deque<Job> waited;
    {
      const std::lock_guard lock(mutex_);
      waited.swap(jobs_);
    }
    for (Job& other : waited) other(opened);
  }
  reader_.reset();
  const std::lock_guard lock(mutex_);
  ended_ = true;
  has_let_go_.notify_all();
}

}  // namespace kgw
