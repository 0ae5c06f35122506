#include "store/exchange_ring.hpp"

#include <algorithm>
#include <memory>
#include <variant>

#include "store/exchange_filter.hpp"

namespace kgw {

void ExchangeRing::apply(const Record& record) {
  const RequestId& id = id_of(record);
  Slot* slot = slot_of(id);
  if (slot == nullptr) {
    if (!std::holds_alternative<AcceptedRecord>(record)) return;
    slot = &add(id);
  }
  if (!kgw::apply(slot->exchange, record)) return;
  weigh(*slot);
  if (!is_open(slot->exchange.state)) mark_ended(*slot);
  trim();
}

void ExchangeRing::apply(const ResolvedRecord& r) {
  Slot* const slot = slot_of(r.id);
  if (slot != nullptr && slot->exchange.is_unresolved())
    slot->exchange.resolved = std::make_shared<const Resolved>(r.what);
}

void ExchangeRing::apply(const UnclaimedRecord& r) {
  if (Slot* const slot = slot_of(r.id)) slot->exchange.unclaimed = !slot->claimed;
}

void ExchangeRing::apply(const ClaimedRecord& r) {
  Slot* const slot = slot_of(r.id);
  if (slot == nullptr) return;
  slot->exchange.unclaimed = false;
  slot->claimed = true;
}

std::optional<StoredExchange> ExchangeRing::find(const RequestId& id) const {
  for (Index at = buckets_[RequestIdHash{}(id) & (buckets_.size() - 1)]; at != kNone;
       at = slots_[at].next_in_bucket)
    if (slots_[at].exchange.id == id) return slots_[at].exchange;
  return std::nullopt;
}

const StoredExchange* ExchangeRing::at(const Place& place) const {
  const StoredExchange& x = slots_[place.at].exchange;
  return x.id.journal_key() == place.key ? &x : nullptr;
}

// Ids only grow, so the newest is the last. Stale places are thrown out when they are as many as the others.
void ExchangeRing::note_place(std::int64_t key, Index at_slot) {
  if (order_.size() >= std::max<std::size_t>(1024, 2 * used_))
    std::erase_if(order_, [this](const Place& place) { return at(place) == nullptr; });
  order_.push_back({key, at_slot});
}

Page<StoredExchange> ExchangeRing::page(const ExchangesQuery& query) const {
  Page<StoredExchange> page;
  const bool forward = query.after.has_value();
  const std::int64_t cursor = forward ? *query.after : query.before.value_or(INT64_MAX);
  const auto by_key = [](const Place& place, std::int64_t key) { return place.key < key; };
  auto next = std::lower_bound(order_.begin(), order_.end(), cursor, by_key) - order_.begin();
  if (forward && next < std::ssize(order_) && order_[static_cast<std::size_t>(next)].key == cursor) ++next;
  if (!forward) --next;
  std::optional<std::int64_t> last;
  for (std::size_t scanned = 0; next >= 0 && next < std::ssize(order_); next += forward ? 1 : -1) {
    if (scanned == kScanMax || page.rows.size() == query.count_max) {
      page.next = last;
      return page;
    }
    ++scanned;
    const Place& place = order_[static_cast<std::size_t>(next)];
    last = place.key;
    const StoredExchange* const x = at(place);
    if (x == nullptr || !matches(query, *x)) continue;
    page.rows.push_back(*x);
    page.rows.back().response.reset();
  }
  return page;
}

ExchangeRing::Slot* ExchangeRing::slot_of(const RequestId& id) {
  for (Index at = bucket(id); at != kNone; at = slots_[at].next_in_bucket)
    if (slots_[at].exchange.id == id) return &slots_[at];
  return nullptr;
}

ExchangeRing::Slot& ExchangeRing::add(const RequestId& id) {
  // Few to a bucket: a look at a slot is a cache miss, and most look-ups on the hot path are for what is not
  // there.
  if (used_ * 4 >= buckets_.size()) grow();
  if (free_ == kNone) {
    free_ = static_cast<Index>(slots_.size());
    slots_.emplace_back();
  }
  const Index at = free_;
  Slot& slot = slots_[at];
  free_ = slot.next_in_bucket;
  slot.exchange.id = id;
  Index& head = bucket(id);
  slot.next_in_bucket = head;
  head = at;
  ++used_;
  note_place(id.journal_key(), at);
  return slot;
}

void ExchangeRing::grow() {
  std::vector<Index> old(buckets_.size() * 2, kNone);
  old.swap(buckets_);
  for (Index at : old) {
    while (at != kNone) {
      Slot& slot = slots_[at];
      const Index next = slot.next_in_bucket;
      Index& head = bucket(slot.exchange.id);
      slot.next_in_bucket = head;
      head = at;
      at = next;
    }
  }
}

void ExchangeRing::weigh(Slot& slot) {
  const StoredExchange& x = slot.exchange;
  const std::size_t bytes = sizeof(Slot) + bytes_of(x.order) + view(x.response).size();
  bytes_ = bytes_ - slot.bytes + bytes;
  slot.bytes = bytes;
}

void ExchangeRing::mark_ended(Slot& slot) {
  if (slot.ended) unlink(slot);
  const auto at = static_cast<Index>(&slot - slots_.data());
  slot.ended = true;
  slot.older = newest_;
  slot.newer = kNone;
  (newest_ == kNone ? oldest_ : slots_[newest_].newer) = at;
  newest_ = at;
}

void ExchangeRing::unlink(Slot& slot) {
  (slot.older == kNone ? oldest_ : slots_[slot.older].newer) = slot.newer;
  (slot.newer == kNone ? newest_ : slots_[slot.newer].older) = slot.older;
  slot.ended = false;
}

void ExchangeRing::drop_oldest_ended() {
  const Index at = oldest_;
  Slot& slot = slots_[at];
  unlink(slot);
  kept_from_ = std::max(kept_from_, slot.exchange.id.journal_key() + 1);
  Index* link = &bucket(slot.exchange.id);
  while (*link != at) link = &slots_[*link].next_in_bucket;
  *link = slot.next_in_bucket;
  bytes_ -= slot.bytes;
  --used_;
  // Everything goes but the order, whose strings' memory the next one takes.
  StoredExchange empty;
  std::swap(empty.order, slot.exchange.order);
  slot.exchange = std::move(empty);
  slot.bytes = 0;
  slot.claimed = false;
  slot.next_in_bucket = free_;
  free_ = at;
}

// What just ended may be the one that goes, when it alone is larger than the bound.
void ExchangeRing::trim() {
  while (oldest_ != kNone && (used_ > exchanges_max_ || bytes_ > bytes_max_)) drop_oldest_ended();
}

}  // namespace kgw
