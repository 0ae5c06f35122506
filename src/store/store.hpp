// Store: what must survive. Two homes: the journal on disk (store_sqlite/embedded_store) and memory
// (store_sqlite/unjournaled_store, for JOURNAL=off); Redis later. The core and the handlers don't know which
// one they have.
//
// Three kinds of things go in. Exchange records (append()): made durable in the order of append(), one number
// acknowledges all up to it. What operators change (write_registry()): each batch is all or nothing and has its
// own callback. Connection history (note_connection()): nobody waits for it. commit(), at the end of a turn,
// hands over all three.
//
// All methods are called on the loop's thread and none blocks (but open() and close(), at start and end).
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/histogram.hpp"
#include "base/result.hpp"
#include "core/records.hpp"

namespace kgw {

enum class Durability : std::uint8_t { strict, weak, off };
constexpr std::string_view name(Durability durability) {
  switch (durability) {
    case Durability::strict: return "strict";
    case Durability::weak: return "weak";
    case Durability::off: return "off";
  }
  return "off";
}

// What the store tells, always on the loop's thread, never from inside append() or find*() (from inside
// commit(), poll() only).
class StoreListener {
 public:
  virtual ~StoreListener() = default;
  // All records with a number up to and including this one are durable.
  virtual void on_store_committed(std::uint64_t up_to) = 0;
  // Nothing after the last acknowledged number is durable for sure; it may or may not be there. Every append()
  // until on_store_recovered() is dropped without a word: the listener appends again, after recovery, what
  // still matters (records are safe to write twice). Called once per outage.
  virtual void on_store_failed(const std::string& why) = 0;
  // Right before on_store_failed(): of what was appended and not acknowledged, records with a number up to and
  // including this one may be there; those above surely are not and will not be.
  virtual void on_store_doubts(std::uint64_t /*up_to*/) {}
  // The store was reopened, what it holds was made durable and a probe was written. Numbers go on where they
  // were: an acknowledgement that comes later says nothing of the numbers given before this call. `lost_data`:
  // some of what was acknowledged is gone (Redis, after a fail-over or without persistence): the listener
  // writes again what it has of it, the registry too.
  virtual void on_store_recovered(bool lost_data) = 0;
  // Right after on_store_recovered(true): what is open in the store, oldest first.
  virtual void on_store_holds(std::vector<StoredExchange>&& /*open*/) {}
  // After on_store_failed(): another gateway has taken over what this store held (a lease that ran out). It
  // will not recover.
  virtual void on_store_taken_over() {}
  // What the store's home does not promise any more, one sentence; empty: it promises all by now.
  virtual void on_store_weak(const std::string& /*why*/) {}
};

struct StoreStats {
  std::uint64_t commits = 0;
  std::uint64_t records = 0;
  std::uint64_t last_commit_us = 0;
  std::uint64_t queue_bytes = 0;
  std::uint64_t dropped_connections = 0;  // lines of connection history that were not kept
  OwnTimeHistogram commit_time;
  BatchHistogram batch_size;  // records in a commit
};

// A page of what the store holds. `next`: where the following page begins, in the query's direction; nothing:
// this was the last. A page may be short, or empty, and still have a next one: a look at the store is bounded
// by the rows that it reads (limits::kStoreScanRowsMax), not only by those that match.
template <class Row>
struct Page {
  std::vector<Row> rows;
  std::optional<std::int64_t> next;
};

// Which exchanges. Empty or absent fields match all. Cursors are journal keys (RequestId::journal_key()).
struct ExchangesQuery {
  std::optional<std::int64_t> before;  // newest first, below this
  std::optional<std::int64_t> after;   // set: oldest first, above this (what is new since then)
  std::string kiosk_id;
  std::string operation;
  std::string order_id;
  std::optional<WallTime> from;  // accepted at or after this,
  std::optional<WallTime> to;    // and before this
  std::optional<State> state;
  std::optional<Outcome> outcome;
  std::function<bool(const std::string& kiosk_id)> visible;  // pure; called off the loop; empty: all
  std::size_t count_max = 100;
};

// Connection history and the audit trail, newest first.
struct HistoryQuery {
  std::optional<std::int64_t> before;  // a row's number
  std::string about;                   // a kiosk's id; the audit trail: an exact target. Empty: all
  std::function<bool(const std::string& kiosk_id)> visible;  // of connections, as above
  std::size_t count_max = 100;
  std::optional<WallTime> from{};  // at or after this,
  std::optional<WallTime> to{};    // and before this
};

// What one who may not know of all exchanges sees.
struct ExchangeView {
  std::function<bool(const std::string& kiosk_id)> kiosk;  // pure; called off the loop; empty: all
  std::optional<std::string> owner;                        // nothing: everybody's
  bool sees(const StoredExchange& x) const {
    return (!kiosk || kiosk(x.order.kiosk_id)) && (!owner || *owner == x.order.owner);
  }
};

class Store {
 public:
  using FoundExchange = std::function<void(Result<std::optional<StoredExchange>>)>;
  using FoundFrame = std::function<void(Result<SharedBytes>)>;
  using FoundExchanges = std::function<void(Result<Page<StoredExchange>>)>;  // without their responses
  using RegistryWritten = std::function<void(Result<void>)>;
  using FoundConnections = std::function<void(Result<Page<StoredConnection>>)>;
  using BackedUp = std::function<void(Result<void>)>;
  using FoundAudit = std::function<void(Result<Page<StoredAudit>>)>;

  virtual ~Store() = default;
  // REQUIRES to be called before the first append(); the listener outlives the store.
  virtual void set_listener(StoreListener& listener) = 0;

  // Gathers one record for the next commit and gives its number, counting from 1.
  virtual std::uint64_t append(Record record) = 0;
  // The end of a loop's turn: hands what was gathered to the writer. Costs nothing when nothing was.
  virtual void commit() = 0;
  // Delivers what the store's threads have finished to the listener and to the callbacks of find*(). The loop
  // calls it when the wake-up given to the store's constructor was called.
  virtual void poll() = 0;
  // True while new exchanges may be appended; false past limits::kStoreQueueBytesMax, during an outage, and
  // while the store is larger than it may be. append() itself refuses nothing but during an outage: what
  // belongs to an exchange that was let in (its answer, its end) is always taken.
  virtual bool accepts() const = 0;
  // False: this kiosk, or this owner, has written its share of the bytes that the store may hold, and leaves
  // the rest to others.
  virtual bool has_room_for(std::string_view /*kiosk_id*/, std::string_view /*owner*/) { return true; }

  // Writes a batch of changes to kiosks and keys, with their lines of the audit trail, all or none of it; the
  // callback comes from poll() when it is durable, or with store_unavailable when the store is down or went
  // down meanwhile (whether it is written is then not known until the next start: the caller keeps to what it
  // had and may try again, which is safe), or overloaded past the queue's bound.
  virtual void write_registry(std::vector<RegistryChange> changes, RegistryWritten callback) = 0;
  // One line of connection history, without an answer; dropped when the store is down or its queue is full.
  virtual void note_connection(ConnectionRecord record) = 0;

  // Reads run off the loop; the callback comes from poll(). ErrorCode::store_unavailable when it can't be read,
  // overloaded past limits::kStoreReadsMax. A read sees every record that was acknowledged before it was asked
  // for.
  virtual void find_exchange(RequestId id, FoundExchange callback) = 0;
  // The same for one who sees only some: what the view does not show is as if it were not there, and it takes
  // no longer to say so: the answer of a request that is another's is not read.
  virtual void find_visible_exchange(RequestId id, ExchangeView view, FoundExchange callback) {
    find_exchange(id, [view = std::move(view),
                       callback = std::move(callback)](Result<std::optional<StoredExchange>> found) {
      if (found && *found && !view.sees(**found)) found->reset();
      callback(std::move(found));
    });
  }
  // find_exchange() for a kiosk's answer, which may be said only once: in a lane of its own, ahead of all other
  // reads and never refused as overloaded. The caller sees to it that they are few at a time.
  virtual void find_for_answer(RequestId id, FoundExchange callback) { find_exchange(id, std::move(callback)); }
  // Of an id that find_exchange() has not found: true when it may have been accepted all the same, since it is
  // from before what is kept, or from the future. False: it surely never was.
  virtual bool may_be_forgotten(const RequestId& id) const = 0;
  // What the request's caller sent, as the frame to its kiosk (PROTOCOL.md 3); null: none, or no longer kept.
  virtual void find_frame(RequestId id, FoundFrame callback) = 0;
  virtual void find_exchanges(ExchangesQuery query, FoundExchanges callback) = 0;
  virtual void find_connections(HistoryQuery query, FoundConnections callback) = 0;
  virtual void find_audit(HistoryQuery query, FoundAudit callback) = 0;

  // Makes a copy of the journal at `file`, which is empty or not there, while payments go on and before them.
  // The callback comes from poll() when it is whole (not synced yet), or with a Fault, and then there is no
  // file: not_implemented when the home is no file, overloaded while another copy is made.
  virtual void back_up(std::filesystem::path file, BackedUp callback) = 0;

  virtual Durability durability() const = 0;
  // When the certificate of the server that the state lies on ends, as it was shown at the last connecting;
  // nothing: there is none.
  virtual std::optional<WallTime> certificate_ends() const { return std::nullopt; }
  // From this moment on another gateway may have taken over what this store holds, and what was read from it
  // or acknowledged by it is nothing to act on any more: no frame may leave. Moves on with every sign of life
  // that the home acknowledges. Instant::max(): nobody else can.
  virtual Instant holds_until() const = 0;
  virtual StoreStats stats() const = 0;
  // What is wrong with the store right now, one sentence for a human (down, and why; full by its own limit; of
  // a kind that throws away what it was given); empty: nothing.
  virtual std::string trouble() const = 0;
  // Commits what was gathered, marks a clean end, and stops the threads. Blocks for as long as the disk takes.
  // One more poll() delivers what came of it.
  virtual void close() = 0;
};

}  // namespace kgw
