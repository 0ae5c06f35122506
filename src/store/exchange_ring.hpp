// ExchangeRing: the latest exchanges in memory, bounded in number and bytes; those that ended first are
// dropped first, open ones never (the core bounds them). Slots, their strings and the index are reused, so
// that an exchange costs no allocation once the ring is warm. Loop thread only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/limits.hpp"
#include "core/records.hpp"
#include "store/history.hpp"

namespace kgw {

class ExchangeRing {
 public:
  explicit ExchangeRing(std::size_t exchanges_max = limits::kUnjournaledExchangesMax,
                        std::size_t bytes_max = limits::kUnjournaledBytesMax)
      : exchanges_max_(exchanges_max), bytes_max_(bytes_max), buckets_(64, kNone) {}

  // Writing a record twice, or one for an exchange that is not (or no longer) known, changes nothing.
  void apply(const Record& record);
  void apply(const ResolvedRecord& record);
  void apply(const UnclaimedRecord& record);
  void apply(const ClaimedRecord& record);

  std::optional<StoredExchange> find(const RequestId& id) const;
  // Returns a page in the order of acceptance. Reads at most kScanMax exchanges, as this runs on the loop.
  Page<StoredExchange> page(const ExchangesQuery& query) const;
  static constexpr std::size_t kScanMax = 2000;
  // Every exchange with a smaller journal key may have been dropped. newest(): the largest key so far.
  std::int64_t kept_from() const { return kept_from_; }
  std::int64_t newest() const { return order_.empty() ? 0 : order_.back().key; }
  std::size_t size() const { return used_; }
  std::size_t bytes() const { return bytes_; }

 private:
  using Index = std::uint32_t;
  static constexpr Index kNone = UINT32_MAX;
  struct Slot {
    StoredExchange exchange;
    std::size_t bytes = 0;
    Index next_in_bucket = kNone;  // or the next free slot
    Index newer = kNone;           // in the order of their ends
    Index older = kNone;
    bool ended = false;
    bool claimed = false;  // never unclaimed again
  };

  // An exchange in the order of acceptance; stale once its slot holds another one.
  struct Place {
    std::int64_t key;
    Index at;
  };
  const StoredExchange* at(const Place& place) const;
  void note_place(std::int64_t key, Index at);

  Index& bucket(const RequestId& id) { return buckets_[RequestIdHash{}(id) & (buckets_.size() - 1)]; }
  Slot* slot_of(const RequestId& id);
  Slot& add(const RequestId& id);
  void grow();
  void weigh(Slot& slot);
  void mark_ended(Slot& slot);  // becomes the newest of the ended ones
  void unlink(Slot& slot);
  void drop_oldest_ended();
  void trim();

  const std::size_t exchanges_max_;
  const std::size_t bytes_max_;
  std::vector<Slot> slots_;
  std::vector<Index> buckets_;  // a power of two: heads of chains
  std::vector<Place> order_;    // by key, stale ones included
  Index free_ = kNone;
  Index oldest_ = kNone;
  Index newest_ = kNone;
  std::int64_t kept_from_ = 0;
  std::size_t used_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace kgw
