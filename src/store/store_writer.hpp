// StoreWriter: the writer's thread and its mailbox. The loop hands over; the thread commits everything that
// is waiting at once, checkpoints and sweeps between commits, and after a failure reopens the journal until
// it works again.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "base/backoff.hpp"
#include "base/clock.hpp"
#include "store/journal_home.hpp"
#include "store/outbox.hpp"
#include "store/registry.hpp"
#include "store/sweep_time.hpp"

namespace kgw {

// What the loop has gathered since its last hand-over.
struct HandOver {
  std::uint64_t epoch = 0;  // the store's epoch as known to the loop
  std::uint64_t up_to = 0;  // number of the last record
  std::uint64_t bytes = 0;
  JournalWork work;
  std::vector<Registry::Written> registry_written;

  bool empty() const { return work.records.empty() && work.connections.empty() && registry_written.empty(); }
  void clear();               // keeps the memory
  void take(HandOver& more);  // appends all of it; requires the same epoch
};

class StoreWriter {
  struct CopyOrder {
    std::filesystem::path file;
    History::BackedUp callback;
  };

 public:
  struct Settings {
    std::function<JournalHome::Writing()> reopen;
    std::function<void()> release_reading;  // called before that
    JournalWriting::Kept kept;
    std::uint64_t max_bytes;  // 0: no limit
    const Clock& clock;
  };
  StoreWriter(Settings settings, std::unique_ptr<JournalWriting> journal, Outbox& outbox);
  ~StoreWriter() { stop(); }

  // Thread: loop. Leaves `gathered` empty.
  void hand_over(HandOver& gathered);
  // Thread: loop. Copies the journal into `file` between commits; one copy at a time. The callback is
  // delivered through the outbox.
  void copy(std::filesystem::path file, History::BackedUp callback);
  // Thread: loop. Writes what was handed over, closes the journal, ends the thread.
  void stop();
  // Fails the callbacks of what will not be written, and releases its bytes.
  void drop(HandOver& hand);

  void add_bytes(std::uint64_t bytes) { bytes_.fetch_add(bytes, std::memory_order_relaxed); }
  std::uint64_t bytes() const { return bytes_.load(std::memory_order_relaxed); }
  bool too_large() const { return too_large_.load(std::memory_order_relaxed); }
  // How much the journal may still grow, as of the last commit.
  std::uint64_t bytes_left() const { return bytes_left_.load(std::memory_order_relaxed); }
  std::uint64_t commits() const { return commits_.load(std::memory_order_relaxed); }
  std::uint64_t records() const { return records_.load(std::memory_order_relaxed); }
  std::uint64_t last_commit_us() const { return last_commit_us_.load(std::memory_order_relaxed); }
  // Copies what the thread measured into `stats`; locks briefly.
  void add_histograms(StoreStats& stats) const {
    const std::lock_guard lock(measured_mutex_);
    stats.commit_time = commit_time_;
    stats.batch_size = batch_size_;
  }
  // Every exchange with a smaller journal key may have been deleted (store/forgotten).
  std::int64_t kept_from() const { return kept_from_.load(std::memory_order_relaxed); }
  std::uint64_t dropped_connections() const { return dropped_connections_.load(std::memory_order_relaxed); }

 private:
  void run();
  bool wait_for_work(HandOver& hand);  // false: asked to stop
  static std::vector<NotNew> not_new(const HandOver& hand, const std::vector<TakenKey>& taken);
  Result<void> write(HandOver& hand);
  Result<void> sweep(bool busy);
  Result<void> index(bool busy);
  void copy_some(bool busy);
  void end_copy(Result<void> how);
  Result<void> end_sweep(const Now& now);
  void note_sweep(const Now& now);
  Result<void> look_at_size();
  bool outlast(const Fault& fault, std::uint64_t in_doubt_to);  // false: asked to stop before it was over
  void tell_weakness();
  void finish();

  const Settings settings_;
  Outbox& outbox_;

  std::mutex mutex_;
  std::condition_variable wake_;
  HandOver mailbox_;                       // guarded
  bool waiting_ = false;                   // guarded: the thread is waiting for work
  bool stopping_ = false;                  // guarded
  std::optional<CopyOrder> ordered_copy_;  // guarded
  bool copy_waits_ = false;                // guarded: requested, or in progress

  std::atomic<std::uint64_t> bytes_{0};
  std::atomic<std::int64_t> kept_from_{0};
  std::atomic<bool> too_large_{false};
  std::atomic<std::uint64_t> bytes_left_{settings_.max_bytes};
  std::atomic<std::uint64_t> commits_{0};
  std::atomic<std::uint64_t> records_{0};
  std::atomic<std::uint64_t> last_commit_us_{0};
  std::atomic<std::uint64_t> dropped_connections_{0};

  mutable std::mutex measured_mutex_;
  OwnTimeHistogram commit_time_;  // guarded by it
  BatchHistogram batch_size_;     // too

  // Used by the thread only.
  std::unique_ptr<JournalWriting> journal_;
  std::uint64_t epoch_ = 0;
  Backoff backoff_;
  Instant recovered_at_{};
  bool sweeping_ = true;
  Instant sweep_at_{};          // the next sweep, if none is in progress
  Instant sweep_rest_until_{};  // between two steps
  Instant sweep_noted_at_{};
  bool sweep_noted_ = false;  // since the start
  SweepTime sweep_time_;
  JournalWriting::Swept swept_;  // since it was noted
  bool indexing_ = true;         // the last step left more to do
  Instant index_rest_until_{};   // between two steps
  std::optional<CopyOrder> copying_;
  bool copy_begun_ = false;
  Instant copy_step_at_{};

  std::thread thread_;  // last: it uses all of the above
};

}  // namespace kgw
