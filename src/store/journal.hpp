// Journal: what the exchanges' life is written to. Records (append()) are made durable in the order of
// append(), one number acknowledges all up to it; commit(), at the end of a turn, hands them over. And how it
// is with what holds all that: its state, and what it promises.
//
// All methods are called on the loop's thread and none blocks.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/histogram.hpp"
#include "core/claim.hpp"
#include "core/records.hpp"
#include "store/found_exchange.hpp"

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

// An accepted record that was not written, since another exchange has its key.
struct NotNew {
  std::uint64_t number;  // as append() gave it
  ClaimVerdict verdict;
};

// What the store tells, always on the loop's thread, never from inside append() or find*() (from inside
// commit(), poll() only).
class StoreListener {
 public:
  virtual ~StoreListener() = default;
  // All records with a number up to and including this one are durable, but for those of `not_new`: by rising
  // numbers, nearly always none.
  virtual void on_store_committed(std::uint64_t up_to, std::span<const NotNew> not_new) = 0;
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
  BatchHistogram batch_size;   // records in a commit
  OwnTimeHistogram read_time;  // of History's reads, from the question to its answer, the wait included
};

class Journal {
 public:
  virtual ~Journal() = default;
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

  // History::find_exchange() for a kiosk's answer, which may be said only once: in a lane of its own, ahead of
  // all other reads and never refused as overloaded. The caller sees to it that they are few at a time.
  virtual void find_for_answer(RequestId id, FoundExchange callback) = 0;

  // The exchange that has this key, its claim included; nothing: none has. One of History's reads otherwise.
  virtual void find_claimed(const Digest& key, FoundExchange callback) = 0;

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
};

}  // namespace kgw
