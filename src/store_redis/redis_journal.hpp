// RedisJournal: the writing half of a store in Redis. One write() is one round trip: scripts of bounded size,
// each all or nothing, sent together. After a Fault: destroy it and open another one.
//
// Invariants: writing something twice changes nothing the second time; a gateway that has lost its lease
// writes nothing (the scripts check).
// is another's (the scripts look).
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/order_fate.hpp"
#include "redis/connection.hpp"
#include "redis/sentinel_watch.hpp"
#include "store/journal_home.hpp"
#include "store_redis/redis_lease.hpp"
#include "store_redis/redis_promise.hpp"

namespace kgw {

// What outlives a RedisJournal: shared with the next one, which the writer's thread opens after a failure.
struct RedisWriterState {
  RedisWriterState(const std::string& node, const std::string& nonce, const Clock& clock,
                   std::shared_ptr<SeenHolder> seen = nullptr)
      : lease(node, nonce, clock, std::move(seen)) {}
  // Call when Redis has acknowledged these records.
  void remember(std::vector<Record> records, std::vector<ResolvedRecord> resolved, std::size_t bytes,
                Instant now);
  void forget_old(Instant now);

  RedisLease lease;
  // What was acknowledged in the last seconds: after a failover to a replica, Redis may have lost it.
  struct Recent {
    Instant at;
    std::size_t bytes;
    std::vector<Record> records;
    std::vector<ResolvedRecord> resolved;
  };
  std::deque<Recent> recent;
  std::size_t recent_bytes = 0;
  bool lost_data = false;                                // detected, and not repaired yet
  std::atomic<Durability> durability{Durability::weak};  // by Redis' settings when last checked
  std::atomic<std::int64_t> certificate_ends{0};         // milliseconds, as last shown by Redis; 0: none
  std::int64_t commits = 0;                              // number of the last acknowledged commit
  // The largest journal key that any gateway may have had acknowledged; 0: unknown.
  std::int64_t newest = 0;
  // What Redis guarantees, as far as it was checked. Thread: the writer sets it, any may ask.
  void set_promise(RedisPromise promise);
  RedisPromise promise() const;

 private:
  mutable std::mutex promise_mutex_;
  RedisPromise promise_;  // guarded by it
};

// How to reach Redis, and when a commit counts.
struct RedisSettings {
  // Connects to the master, as currently named by the sentinels.
  Result<redis::Connection> connect() const {
    return redis::Connection::open(url, ca_file, limits, watch ? watch->master() : std::nullopt);
  }

  redis::RedisUrl url;
  std::string ca_file;
  redis::Limits limits;
  std::shared_ptr<redis::SentinelWatch> watch;        // with sentinels: their current statements
  Milliseconds keep_keys = std::chrono::hours(24);    // an Idempotency-Key, from its request's end on
  Milliseconds keep_orders = std::chrono::hours(24);  // an order that may have one request only, likewise
  // Replicas that must have a commit before it is acknowledged, by WAIT; 0: the master is enough.
  int wait_replicas = 0;
};

class RedisJournal final : public JournalWriting {
 public:
  // Connects, takes the lease, and verifies that Redis can be written.
  static Result<std::unique_ptr<RedisJournal>> open(RedisSettings settings,
                                                    std::shared_ptr<RedisWriterState> state);
  // Loads what a start needs.
  Result<StoreImage> load();
  // Follows the sentinels from now on.
  void watch(std::shared_ptr<redis::SentinelWatch> sentinels) { settings_.watch = std::move(sentinels); }

  Result<std::vector<TakenKey>> write(const JournalWork& work, Instant now) override;
  Result<void> after_write() override { return look_at_settings_again(); }
  Result<std::uint64_t> used_bytes() override;
  Result<void> look_after() override;
  Milliseconds idle_time() const override { return RedisLease::kRenewTime; }
  void begin_sweep() override;
  Result<bool> sweep_step(const SweepOrder& order, Swept& swept) override;
  Result<std::optional<WallTime>> swept_by() override;
  Result<void> keep_swept_by(WallTime time) override;
  Result<void> close_cleanly() override;
  bool lost_data() const override { return lost_data_; }
  bool surely_unwritten() const override { return unwritten_; }
  std::vector<StoredExchange> take_open() override { return std::exchange(open_, {}); }
  std::optional<std::string> new_weakness() override { return std::exchange(new_weakness_, std::nullopt); }

 private:
  enum class SweepPart : std::uint8_t { bodies, late_bodies, rows, history, done };
  // A claim: of a record's key, or of its order.
  struct Asked {
    const AcceptedRecord* record;
    bool order;
  };
  // One call of the script, being built.
  struct Batch {
    std::vector<std::string> keys;
    std::vector<std::string> arguments;
    std::size_t bytes = 0;
    std::size_t operations = 0;
    std::vector<Asked> claims;  // in their order
  };
  // Calls of the script, ready to be sent.
  struct Calls {
    std::vector<redis::Command> commands;
    std::vector<std::vector<Asked>> claims;  // of each command
  };
  // What came of them.
  struct Sent {
    std::int64_t missing = 0;  // records of exchanges that Redis does not have any more
    std::vector<std::pair<const AcceptedRecord*, ClaimVerdict>> taken;
  };
  RedisJournal(redis::Connection connection, RedisSettings settings, std::shared_ptr<RedisWriterState> state);
  Result<void> prepare();
  Result<void> look_at_sentinels() const;
  Result<std::vector<StoredExchange>> load_open();
  Result<std::vector<StoredExchange>> load_all(const redis::Reply& members);  // those that are there
  // store_redis/redis_unclaimed, which has load_open() and load_all() too
  Result<void> write_told_mark();
  Result<void> list_untold();
  Result<std::vector<StoredExchange>> load_unclaimed();
  Result<std::string> last_final();
  Result<void> probe();
  Result<void> look_at_settings();
  Result<void> look_at_settings_again();
  void note_losses(const RedisLease::Found& found);
  Result<void> write_recent_again();
  Result<std::int64_t> last_number(const char* stream);

  void add(Batch& batch, const char* operation, std::string key, std::vector<std::string> arguments) const;
  void add(Batch& batch, const Record& record);
  void add(Batch& batch, const AcceptedRecord& record);
  void add(Batch& batch, const RegistryChange& change);
  void add(Batch& batch, const CallbackRecord& record);
  // The n-th final state of this exchange owes a callback.
  void owe(Batch& batch, const RequestId& id, const std::string& kiosk_id, std::uint32_t n, WallTime at);
  void add(Batch& batch, const ConnectionRecord& record);
  template <class Rows>
  void add_all(const Rows& rows, Batch& batch, Calls& calls);
  void finish(Batch& batch, Calls& calls) const;
  Result<Sent> send(Calls calls);
  static void read_taken(const redis::Reply& reply, const std::vector<Asked>& claims, Sent& sent);
  // What is known now of an exchange that has this order. `only_open`: unless an answer that came meanwhile
  // knows better.
  void settle_order(Batch& batch, const Digest& order, const std::string& member, OrderFate fate,
                    bool only_open = false) const;
  redis::Command wait_command() const;
  Result<void> have_replicas(const redis::Reply& waited) const;

  Result<void> read_kept_from();
  struct SweepRow;
  struct Due;
  Result<std::vector<SweepRow>> sweep_rows(const std::string& from, std::size_t count);
  Result<std::vector<SweepRow>> sweep_rows(const std::vector<std::string>& members);
  Result<Due> due(const std::string& from, WallTime cut, const SweepOrder& order);
  Result<bool> accepted_before(const std::string& member, WallTime cut, WallTime future);
  Result<bool> sweep_bodies(const SweepOrder& order, Swept& swept);
  Result<void> go_back_to_late_bodies();
  Result<bool> sweep_late_bodies(const SweepOrder& order, Swept& swept);
  Result<std::uint64_t> empty_bodies(const std::vector<std::string>& members);
  Result<bool> sweep_exchanges(const SweepOrder& order, Swept& swept);
  Result<bool> sweep_history(const SweepOrder& order, Swept& swept);

  redis::Connection connection_;
  RedisSettings settings_;
  std::shared_ptr<RedisWriterState> state_;
  std::string script_;  // its SHA-1
  std::int64_t last_connection_ = 0;
  std::int64_t last_audit_ = 0;
  std::optional<std::string> new_weakness_;
  Instant settings_due_{};  // when to check the settings again
  // The last entry of the finals, two looks ago and one look ago: what was answered until then was told.
  std::array<std::string, 2> told_;
  std::string told_to_;  // as written
  bool lost_data_ = false;
  std::vector<StoredExchange> open_;  // with lost_data_
  bool unwritten_ = false;
  SweepPart sweep_part_ = SweepPart::done;
  std::string sweep_from_;  // where the next step of the rows' sweep begins
  unsigned sweeps_ = 0;
};

}  // namespace kgw
