// Where a JournalStore keeps its data: a writing half and a reading half, each used by one thread at a time
// (store/store_writer, store/store_reader) and free to block. Homes: the journal on disk
// (store_sqlite/embedded_store), Redis (store_redis/redis_store).
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "base/clock.hpp"
#include "core/records.hpp"
#include "store/history.hpp"
#include "store/journal.hpp"

namespace kgw {

// What one commit writes.
struct JournalWork {
  std::vector<Record> records;
  std::vector<RegistryChange> registry;
  std::vector<ConnectionRecord> connections;
};

struct TakenKey {
  std::size_t record;  // its place among the work's records
  ClaimVerdict verdict;
};

// The writing half. After a Fault its state must not be trusted: destroy it and open another one, which first
// verifies what the home has.
class JournalWriting {
 public:
  struct Kept {
    Milliseconds rows;    // of an ended exchange, after its end
    Milliseconds bodies;  // of its body and answer, after its end
    Milliseconds keys;    // its key, from its end on: past it the key may be used again
    Milliseconds orders = std::chrono::hours(24);  // its order, likewise (UNIQUE_ORDERS_WINDOW)
  };
  struct SweepOrder {
    Kept kept;
    WallTime now;          // the time to sweep by (store/sweep_time)
    std::size_t rows_max;  // in this step
  };
  struct Swept {
    std::uint64_t rows = 0;
    std::uint64_t bodies = 0;
    std::uint64_t connections = 0;
    std::uint64_t audit = 0;
    std::uint64_t keys = 0;
    std::uint64_t orders = 0;
    std::uint64_t pages = 0;  // returned to the disk
    Milliseconds behind{0};   // how overdue the latest step's oldest row was

    bool any() const { return rows + bodies + connections + audit + keys + orders + pages != 0; }
  };

  virtual ~JournalWriting() = default;
  // Durable on return, as far as the home makes anything durable. On a Fault some of it may have been
  // written.
  // Returns which of its accepted records were not written, since another exchange has what they claim.
  virtual Result<std::vector<TakenKey>> write(const JournalWork& work, Instant now) = 0;
  // Work that a commit left to be done after its acknowledgement.
  virtual Result<void> after_write() = 0;
  // Bytes in use.
  virtual Result<std::uint64_t> used_bytes() = 0;
  // Called when nothing was written for idle_time(): a sign of life to and from the home.
  virtual Result<void> look_after() = 0;
  virtual Milliseconds idle_time() const = 0;
  // Starts a sweep with the oldest exchange.
  virtual void begin_sweep() = 0;
  // Does one small step of it; returns false when the sweep is complete. Adds what it deleted to `swept`.
  // Never touches an exchange that is open or whose outcome is unknown.
  virtual Result<bool> sweep_step(const SweepOrder& order, Swept& swept) = 0;
  // Does one small step, of at most `rows_max` rows, of an index that follows the commits, if the home has
  // one. Returns true if there is more to do.
  virtual Result<bool> index_step(std::size_t /*rows_max*/) { return false; }
  // The time by which the last run swept at its end (store/sweep_time); nullopt if there was none.
  virtual Result<std::optional<WallTime>> swept_by() = 0;
  virtual Result<void> keep_swept_by(WallTime time) = 0;
  // Copies everything into a file, in steps between commits: begin_copy(), then copy_step() until it returns
  // true. A Fault ends the copy and says nothing about the home. An unfinished copy's file is removed.
  virtual Result<void> begin_copy(const std::filesystem::path& into);
  virtual Result<bool> copy_step(bool busy);
  virtual void end_copy() {}
  // Leaves the home in order for the next one to open it.
  virtual Result<void> close_cleanly() = 0;
  // Returns whether data acknowledged before this half was opened is gone (a home that loses data, as Redis
  // does when it fails over to a lagging replica).
  virtual bool lost_data() const { return false; }
  // What was repaired without a failure and people should know; empty if nothing. Reported once.
  virtual std::string take_news() { return {}; }
  // With lost_data(): what is open there now, oldest first. Returned once.
  virtual std::vector<StoredExchange> take_open() { return {}; }
  // Returns whether the last failed write() certainly wrote nothing, and never will.
  virtual bool surely_unwritten() const { return false; }
  // What the home does not guarantee, one sentence, if that has changed; empty: everything is guaranteed
  // again. Asked after each piece of work.
  virtual std::optional<std::string> new_weakness() { return std::nullopt; }

  // Every exchange with a smaller journal key may have been deleted (store/forgotten). `shown` follows from
  // now on, and is raised before anything is deleted.
  void show_kept_from(std::atomic<std::int64_t>& shown) {
    shown_ = &shown;
    keep_from(kept_from_);
  }

 protected:
  std::int64_t kept_from() const { return kept_from_; }
  void keep_from(std::int64_t key) {
    kept_from_ = key;
    if (shown_ != nullptr) shown_->store(key, std::memory_order_relaxed);
  }

 private:
  std::int64_t kept_from_ = 0;
  std::atomic<std::int64_t>* shown_ = nullptr;
};

// The reading half; writes nothing. The queries are those of store/history.hpp.
class JournalReading {
 public:
  virtual ~JournalReading() = default;
  // Returns nullopt if there is no such exchange; all 16 bytes of the id must match.
  virtual Result<std::optional<StoredExchange>> exchange(const RequestId& id) = 0;
  // Returns nullopt also if the view hides it, without reading more than if there were none.
  virtual Result<std::optional<StoredExchange>> visible_exchange(const RequestId& id,
                                                                 const ExchangeView& view) = 0;
  // As Journal::find_claimed().
  virtual Result<std::optional<StoredExchange>> claimed(const Digest& key) = 0;
  // As History::find_body().
  virtual Result<SharedBytes> body(const RequestId& id) = 0;
  virtual Result<Page<StoredExchange>> exchanges(const ExchangesQuery& query) = 0;
  virtual Result<FinalsPage> finals(const FinalsQuery& query) = 0;
  virtual Result<Page<StoredConnection>> connections(const HistoryQuery& query) = 0;
  virtual Result<Page<StoredAudit>> audit(const HistoryQuery& query) = 0;
  virtual Result<Page<StoredCallback>> callbacks(const CallbacksQuery& query) = 0;
  // Thread: any, while this exists. Makes the current read end soon, with a Fault; one that is just beginning
  // may miss it. Nothing to do where each read has its own time limit.
  virtual void interrupt() {}
};

inline Result<void> JournalWriting::begin_copy(const std::filesystem::path&) {
  return Fault{ErrorCode::not_implemented, "This gateway's state is not in DATA_DIR; back up Redis."};
}
inline Result<bool> JournalWriting::copy_step(bool) { return true; }

struct JournalHome {
  using Writing = Result<std::unique_ptr<JournalWriting>>;
  using Reading = Result<std::unique_ptr<JournalReading>>;
  // Both are called on one of the store's threads and may block.
  std::function<Writing()> open_writing;
  std::function<Reading()> open_reading;
  // The reading half must be closed before the writing half is reopened.
  bool reading_goes_first = false;
  // As in Journal; called on the loop's thread.
  std::function<Durability()> durability = [] { return Durability::strict; };
  std::function<std::string()> unfit = [] {
    return std::string();
  };  // as in Journal::trouble(), though it works
  std::function<std::optional<WallTime>()> certificate_ends = [] { return std::nullopt; };
  std::function<Instant()> holds_until = [] { return Instant::max(); };
};

}  // namespace kgw
