// Where a JournalStore keeps things: the writing half and the reading half of one home, each used by one thread
// at a time (store/store_writer, store/store_reader), each free to block. Homes: the journal on disk
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

// The writing half. After a Fault its state is not to be trusted: destroy it and open another, which first
// makes sure of what the home has.
class JournalWriting {
 public:
  struct Kept {
    Milliseconds rows;    // an ended exchange, from its end on
    Milliseconds bodies;  // its body and answer, from its end on
    Milliseconds keys;    // its key, from its end on: past it the key may be used again
  };
  struct SweepOrder {
    Kept kept;
    WallTime now;          // the time to sweep by (store/sweep_time)
    std::size_t rows_max;  // of this step
  };
  struct Swept {
    std::uint64_t rows = 0;
    std::uint64_t bodies = 0;
    std::uint64_t connections = 0;
    std::uint64_t audit = 0;
    std::uint64_t keys = 0;
    std::uint64_t pages = 0;  // given back to the disk
    Milliseconds behind{0};   // how long ago the latest step's oldest row was due

    bool any() const { return rows + bodies + connections + audit + keys + pages != 0; }
  };

  virtual ~JournalWriting() = default;
  // All of it is durable when this returns, as durable as the home makes anything; a Fault: some of it may be.
  // Returns which of its accepted records were not written, since another exchange has their key.
  virtual Result<std::vector<TakenKey>> write(const JournalWork& work, Instant now) = 0;
  // Off the way of an acknowledgement: what a commit left to be done.
  virtual Result<void> after_write() = 0;
  // Bytes that hold something.
  virtual Result<std::uint64_t> used_bytes() = 0;
  // Called when nothing was written for idle_time(): a sign of life to the home, and of the home.
  virtual Result<void> look_after() = 0;
  virtual Milliseconds idle_time() const = 0;
  // Starts a sweep from the oldest exchange on.
  virtual void begin_sweep() = 0;
  // One small step of it. False: the sweep is through. Adds to `swept` what it took away. Never touches an
  // exchange that is open or whose outcome is unknown.
  virtual Result<bool> sweep_step(const SweepOrder& order, Swept& swept) = 0;
  // One small step of an index that follows behind the commits, where the home has one: so many rows at most.
  // True: there is more to do.
  virtual Result<bool> index_step(std::size_t /*rows_max*/) { return false; }
  // By what time the last life swept at its end (store/sweep_time); nothing: there was none.
  virtual Result<std::optional<WallTime>> swept_by() = 0;
  virtual Result<void> keep_swept_by(WallTime time) = 0;
  // A copy of all that it holds, as a file, in steps between commits: begin_copy(), then copy_step() until it
  // is true. A Fault ends the copy and says nothing of the home. The file is removed with an unfinished copy.
  virtual Result<void> begin_copy(const std::filesystem::path& into);
  virtual Result<bool> copy_step(bool busy);
  virtual void end_copy() {}
  // Leaves the home in order, for whoever opens it next.
  virtual Result<void> close_cleanly() = 0;
  // What was acknowledged before this half was opened is not there any more (a home that loses what it was
  // given, as Redis does when it falls over to a replica that lags).
  virtual bool lost_data() const { return false; }
  // What was mended without a failure, and people should know; empty: nothing. Each once.
  virtual std::string take_news() { return {}; }
  // With lost_data(): what is open there now, oldest first. Once.
  virtual std::vector<StoredExchange> take_open() { return {}; }
  // Of the write() that failed last: nothing of it is there, and nothing will be.
  virtual bool surely_unwritten() const { return false; }
  // What the home does not promise about what it is given, one sentence, when that is news; empty: it promises
  // all by now. Asked after each piece of work.
  virtual std::optional<std::string> new_weakness() { return std::nullopt; }

  // Every exchange with a smaller journal key may be gone (store/forgotten). `shown` follows from now on, and
  // is told of it before what goes is gone.
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

// The reading half. It writes nothing. As store/history.hpp says of the queries.
class JournalReading {
 public:
  virtual ~JournalReading() = default;
  // All 16 bytes of the id must match; nothing when there is no such exchange.
  virtual Result<std::optional<StoredExchange>> exchange(const RequestId& id) = 0;
  // Nothing, too, when the view does not show it; then no more is read than when there is none.
  virtual Result<std::optional<StoredExchange>> visible_exchange(const RequestId& id,
                                                                 const ExchangeView& view) = 0;
  // As Journal::find_claimed().
  virtual Result<std::optional<StoredExchange>> claimed(const Digest& key) = 0;
  virtual Result<SharedBytes> frame(const RequestId& id) = 0;
  virtual Result<Page<StoredExchange>> exchanges(const ExchangesQuery& query) = 0;
  virtual Result<Page<StoredConnection>> connections(const HistoryQuery& query) = 0;
  virtual Result<Page<StoredAudit>> audit(const HistoryQuery& query) = 0;
  // Any thread, while this is there: the look that is under way ends soon, with a Fault. One that begins at the
  // same moment may miss it. Nothing to do where each look has a time limit of its own.
  virtual void interrupt() {}
};

inline Result<void> JournalWriting::begin_copy(const std::filesystem::path&) {
  return Fault{ErrorCode::not_implemented, "This gateway's state is not in DATA_DIR; back up Redis."};
}
inline Result<bool> JournalWriting::copy_step(bool) { return true; }

struct JournalHome {
  using Writing = Result<std::unique_ptr<JournalWriting>>;
  using Reading = Result<std::unique_ptr<JournalReading>>;
  // Both are called on a thread of the store's and may block.
  std::function<Writing()> open_writing;
  std::function<Reading()> open_reading;
  // What the reading half has open must be closed before the writing half is opened again.
  bool reading_goes_first = false;
  // As Journal has them; called on the loop's thread.
  std::function<Durability()> durability = [] { return Durability::strict; };
  std::function<std::string()> unfit = [] {
    return std::string();
  };  // as in Journal::trouble(), though it works
  std::function<std::optional<WallTime>()> certificate_ends = [] { return std::nullopt; };
  std::function<Instant()> holds_until = [] { return Instant::max(); };
};

}  // namespace kgw
