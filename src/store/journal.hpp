// Journal: where the life of exchanges is written. append() gathers records, commit(), at the end of a turn,
// hands them over; they become durable in the order of append(), and one number acknowledges all up to it.
// Also the state of the store behind it, and what it guarantees.
//
// Loop thread only; no method blocks.
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

// An accepted record that was not written, since another exchange has its key or its order.
struct NotNew {
  std::uint64_t number;  // as returned by append()
  ClaimVerdict verdict;
};

// What the store reports, always on the loop's thread, and only from inside commit() and poll(), never from
// append() or find*().
class StoreListener {
 public:
  virtual ~StoreListener() = default;
  // All records with numbers up to and including this one are durable, except those in `not_new`: ascending,
  // nearly always empty.
  virtual void on_store_committed(std::uint64_t up_to, std::span<const NotNew> not_new) = 0;
  // Nothing after the last acknowledged number is certain to be durable; it may or may not be. Every append()
  // until on_store_recovered() is silently dropped: after recovery the listener appends again what still
  // matters (records are safe to write twice). Called once per outage.
  virtual void on_store_failed(const std::string& why) = 0;
  // Called right before on_store_failed(): unacknowledged records with numbers up to and including this one
  // may have been written; those above certainly were not and will not be.
  virtual void on_store_doubts(std::uint64_t /*up_to*/) {}
  // The store was reopened, its content was made durable and a probe was written. Numbers continue: a later
  // acknowledgement says nothing about numbers assigned before this call. `lost_data`: some acknowledged data
  // is gone (Redis, after a failover or without persistence): the listener writes what it has again, the
  // registry too.
  virtual void on_store_recovered(bool lost_data) = 0;
  // Called right after on_store_recovered(true): what is open in the store, oldest first.
  virtual void on_store_holds(std::vector<StoredExchange>&& /*open*/) {}
  // Called after on_store_failed(): another gateway has taken over the store's data (a lease that expired).
  // It will not recover.
  virtual void on_store_taken_over() {}
  // What the store does not guarantee any more, one sentence; empty: everything is guaranteed again.
  virtual void on_store_weak(const std::string& /*why*/) {}
};

struct StoreStats {
  std::uint64_t commits = 0;
  std::uint64_t records = 0;
  std::uint64_t last_commit_us = 0;
  std::uint64_t queue_bytes = 0;
  std::uint64_t dropped_connections = 0;  // lines of connection history that were dropped
  OwnTimeHistogram commit_time;
  BatchHistogram batch_size;   // records per commit
  OwnTimeHistogram read_time;  // of History's reads, from request to result, queueing included
};

class Journal {
 public:
  virtual ~Journal() = default;
  // Call before the first append(). The listener must exist whenever commit(), poll() or close() is called;
  // it may be gone before the store is, whose end reports nothing.
  virtual void set_listener(StoreListener& listener) = 0;

  // Gathers one record for the next commit and returns its number, counting from 1.
  virtual std::uint64_t append(Record record) = 0;
  // Hands what was gathered to the writer, at the end of a turn. Free if there is nothing.
  virtual void commit() = 0;
  // Delivers what the store's threads have finished to the listener and the callbacks of find*(). Call it
  // after the wake-up passed to the store's constructor.
  virtual void poll() = 0;
  // Returns whether new exchanges may be appended; false beyond limits::kStoreQueueBytesMax, during an
  // outage, and while the store exceeds its size limit. append() itself only refuses during an outage:
  // records of an exchange that was accepted (its answer, its end) are always taken.
  virtual bool accepts() const = 0;
  // Returns false if this kiosk or this owner has used up its share of the bytes that the store may hold.
  virtual bool has_room_for(std::string_view /*kiosk_id*/, std::string_view /*owner*/) { return true; }

  // Like History::find_exchange(), for a kiosk's answer, which may arrive only once: has its own lane, ahead
  // of all other reads, and is never refused as overloaded. Requires the caller to keep them few at a time.
  virtual void find_for_answer(RequestId id, FoundExchange callback) = 0;

  // The exchange that has this key, its claim included; nothing: none has. Callers of /send wait for it, so it
  // goes ahead of History's reads, and does not count among them: all askers share limits::kClaimReadsMax, and
  // nobody has that for himself alone. `asker`: by whose name its share is counted.
  virtual void find_claimed(const Digest& key, std::string_view asker, FoundExchange callback) = 0;

  virtual Durability durability() const = 0;
  // When the certificate of the server that holds the data expires, as of the last connection; nullopt if
  // there is none.
  virtual std::optional<WallTime> certificate_ends() const { return std::nullopt; }
  // From this moment on another gateway may have taken over the store's data, and what was read or
  // acknowledged must not be acted upon: no frame may be sent. Moves on with each sign of life that the
  // server acknowledges. Instant::max(): nobody else can take over.
  virtual Instant holds_until() const = 0;
  virtual StoreStats stats() const = 0;
  // What is wrong with the store now, one sentence for people (down, and why; full by its own limit; of a
  // kind that discards data); empty if nothing is.
  virtual std::string trouble() const = 0;
};

}  // namespace kgw
