#include "disk.hpp"

#include <algorithm>
#include <utility>

namespace kgw::sim {

State OnDisk::state() const {
  if (answered) return State::answered;
  if (ended) return ended->state;
  return was_dispatched() ? State::dispatched : State::accepted;
}

bool OnDisk::is_unknown() const {
  return answered ? answered->outcome == Outcome::unknown : ended && ended->state == State::timed_out;
}

StoredExchange OnDisk::stored() const {
  StoredExchange out;
  apply(out, accepted);
  if (dispatched) apply(out, *dispatched);
  if (ended) apply(out, *ended);
  if (answered) apply(out, *answered);
  out.resolved = resolved;
  return out;
}

std::optional<RequestId> Disk::holder(const Digest& key) const {
  const auto found = claims_.find(key);
  return found == claims_.end() ? std::nullopt : std::optional(found->second);
}

std::optional<Disk::OrderClaim> Disk::order_holder(const Digest& order) const {
  const auto found = orders_.find(order);
  return found == orders_.end() ? std::nullopt : std::optional(found->second);
}

// The key before the order; both, or none.
ClaimVerdict Disk::claim(const AcceptedRecord& record) {
  bool made = false;
  if (const auto& claim = record.order->claim) {
    const auto [entry, is_new] = claims_.try_emplace(claim->key, record.id);
    made = is_new;
    if (const RequestId holder = entry->second; holder != record.id) {
      const bool same = exchanges_.at(holder).accepted.order->claim->request == claim->request;
      return {same ? Claim::taken : Claim::conflict, holder};
    }
  }
  const auto& order = record.order->order_claim;
  if (!order) return {};
  // Written again: what somebody said of it has settled its order.
  if (const OnDisk* const there = find(record.id); there && there->resolved && !orders_.contains(*order))
    return {};
  const OrderClaim held = orders_.try_emplace(*order, OrderClaim{record.id, OrderFate::open}).first->second;
  if (held.id == record.id) return {};
  if (made) claims_.erase(record.order->claim->key);
  return {held.fate == OrderFate::paid ? Claim::order_paid : Claim::order_open, held.id};
}

void Disk::settle(const std::optional<Digest>& order, const RequestId& id, OrderFate fate) {
  const auto held = order ? orders_.find(*order) : orders_.end();
  if (held == orders_.end() || held->second.id != id) return;
  if (fate == OrderFate::free) orders_.erase(held);
  else held->second.fate = fate;
}

ClaimVerdict Disk::write(const Record& record, Time at) {
  const RequestId id = id_of(record);
  if (const auto* accepted = std::get_if<AcceptedRecord>(&record); accepted && accepted->order->claims())
    if (const ClaimVerdict verdict = claim(*accepted); verdict.claim != Claim::fresh) return verdict;
  const auto found = exchanges_.find(id);
  watch_(found == exchanges_.end() ? nullptr : &found->second, record);
  if (const auto* accepted = std::get_if<AcceptedRecord>(&record)) {
    if (found == exchanges_.end()) {
      exchanges_[id].accepted = *accepted;
      written_.push_back({at, id, record.index()});
    } else if (OnDisk& x = found->second; accepted->dispatched && !x.was_dispatched() && !x.ended) {
      // There it had to wait; that it left was lost.
      x.dispatched = DispatchedRecord{id, accepted->accepted_at, accepted->session, accepted->order->kiosk_id};
      written_.push_back({at, id, static_cast<std::size_t>(RecordKind::dispatched)});
    }
    return {};
  }
  if (found == exchanges_.end()) return {};
  OnDisk& x = found->second;
  const auto put = [&](auto& place, const auto& what) {
    if (place) return;
    place = what;
    written_.push_back({at, id, record.index()});
  };
  if (const auto* dispatched = std::get_if<DispatchedRecord>(&record)) put(x.dispatched, *dispatched);
  else if (const auto* answered = std::get_if<AnsweredRecord>(&record)) {
    put(x.answered, *answered);
    if (x.answered->response == answered->response)
      settle(answered->order_claim, id, fate_of(answered->result));
  } else if (const auto* ended = std::get_if<EndedRecord>(&record)) {
    put(x.ended, *ended);
    if (ended->key && was_refused(ended->state) && holder(*ended->key) == id) claims_.erase(*ended->key);
    if (ended->state != State::timed_out) settle(ended->order_claim, id, OrderFate::free);
  }
  while (!written_.empty() && written_.front().at < at - kSecond) written_.pop_front();
  return {};
}

// Its key and its order go with it.
void Disk::lose_whole(const RequestId& id) {
  settle(exchanges_.at(id).accepted.order->order_claim, id, OrderFate::free);
  if (const auto& claim = exchanges_.at(id).accepted.order->claim)
    if (holder(claim->key) == id) claims_.erase(claim->key);
  exchanges_.erase(id);
}

std::set<RequestId> Disk::lose(Time since) {
  std::set<RequestId> touched;
  for (; !written_.empty() && written_.back().at > since; written_.pop_back()) {
    const Written& last = written_.back();
    touched.insert(last.id);
    OnDisk& x = exchanges_.at(last.id);
    if (std::exchange(x.resolved, nullptr))  // what was said of it came later still
      if (const auto& order = x.accepted.order->order_claim)
        orders_.insert_or_assign(*order, OrderClaim{last.id, OrderFate::open});
    switch (static_cast<RecordKind>(last.kind)) {
      case RecordKind::accepted: lose_whole(last.id); break;
      case RecordKind::dispatched: x.dispatched.reset(); break;
      case RecordKind::answered:
        // So is its order, whatever the answer said.
        if (x.answered->order_claim)
          orders_.insert_or_assign(*x.answered->order_claim, OrderClaim{last.id, OrderFate::open});
        x.answered.reset();
        break;
      case RecordKind::ended:
        // Its key, which that freed, is its own again: who had it since is lost by now.
        if (x.ended->key && was_refused(x.ended->state)) claims_.try_emplace(*x.ended->key, last.id);
        if (x.ended->order_claim && was_refused(x.ended->state))
          orders_.try_emplace(*x.ended->order_claim, OrderClaim{last.id, OrderFate::open});
        x.ended.reset();
        break;
    }
  }
  return touched;
}

std::vector<RequestId> Disk::unresolved() const {
  std::vector<RequestId> out;
  for (const auto& [id, x] : exchanges_)
    if (!x.resolved && x.is_unknown()) out.push_back(id);
  return out;
}

void Disk::resolve(const RequestId& id, Resolved what) {
  OnDisk& x = exchanges_.at(id);
  const auto& order = x.accepted.order->order_claim;
  if (const auto held = order ? order_holder(*order) : std::nullopt; held && held->fate == OrderFate::open)
    settle(order, id, what.result == Resolution::done ? OrderFate::paid : OrderFate::free);
  x.resolved = std::make_shared<const Resolved>(std::move(what));
}

const OnDisk* Disk::find(const RequestId& id) const {
  const auto found = exchanges_.find(id);
  return found == exchanges_.end() ? nullptr : &found->second;
}

std::vector<StoredExchange> Disk::open() const {
  std::vector<StoredExchange> out;
  for (const auto& [id, x] : exchanges_)
    if (!x.answered && !x.ended) out.push_back(x.stored());
  return out;
}

std::int64_t Disk::last_journal_key() const {
  return exchanges_.empty() ? 0 : exchanges_.rbegin()->first.journal_key();
}

std::uint64_t SimStore::append(Record record) {
  const RequestId id = id_of(record);
  Persist what{id, static_cast<RecordKind>(record.index()), std::move(record)};
  outcomes_.appended(what);
  ++last_number_;
  if (up_) gathered_.records.push_back(std::move(what));
  return last_number_;
}

Instant SimStore::holds_until() const {
  if (plan_.lease == 0) return Instant::max();
  Time renewed = time_.now();
  if (failing_) renewed = failed_at_;
  if (still_since_ > runs_since_ || time_.now() < runs_since_ + kBeat)
    renewed = std::min(renewed, still_since_);
  return outcomes_.steady(renewed - kBeat + plan_.lease);
}

// Read off the loop, at a moment between the question and its answer. It may have no room for one more.
void SimStore::find_for_answer(RequestId id, FoundExchange callback) {
  const auto say = [this, life = life_, id,
                    callback = std::move(callback)](Result<std::optional<StoredExchange>> found) {
    outcomes_.wake([this, life, id, callback, found = std::move(found)] {
      if (life != life_) return;
      outcomes_.found(id, found.has_value(), found ? *found : std::nullopt);
      callback(found);
    });
  };
  if (reads_ >= plan_.reads_max || random_.chance(plan_.read_refused)) {
    count_(Event::read_refused);
    time_.after(1, [say] { say(Fault{ErrorCode::overloaded, {}}); });
    return;
  }
  ++reads_;
  Time delay = 1 + static_cast<Time>(random_.below(40 * kMillisecond));
  if (random_.chance(plan_.slow_read)) {
    count_(Event::read_slow);
    delay = kSecond / 2 + static_cast<Time>(random_.below(4 * kSecond));
  }
  time_.after(delay, [this, life = life_, id, say] {
    if (life != life_) return;
    --reads_;
    if (!up_ || failing_) {
      count_(Event::lookup_unanswered);
      return say(Fault{ErrorCode::store_unavailable, {}});
    }
    const OnDisk* const stored = disk_.find(id);
    say(stored ? std::optional(stored->stored()) : std::nullopt);
  });
}

// Off the loop, its word some time behind it, and there may be no room for one more.
void SimStore::find_claimed(const Digest& key, std::string_view, FoundExchange callback) {
  const auto say = [this, life = life_,
                    callback = std::move(callback)](Result<std::optional<StoredExchange>> found) {
    outcomes_.wake([this, life, callback, found = std::move(found)] {
      if (life == life_) callback(found);
    });
  };
  if (random_.chance(plan_.read_refused)) {
    count_(Event::read_refused);
    time_.after(1, [say] { say(Fault{ErrorCode::overloaded, {}}); });
    return;
  }
  time_.after(1 + static_cast<Time>(random_.below(40 * kMillisecond)), [this, life = life_, key, say] {
    if (life != life_) return;
    if (!up_ || failing_) return say(Fault{ErrorCode::store_unavailable, {}});
    const auto holder = disk_.holder(key);
    const OnDisk* const stored = holder ? disk_.find(*holder) : nullptr;
    // What was read may be out of date when the loop hears of it.
    time_.after(1 + static_cast<Time>(random_.below(20 * kMillisecond)),
                [say, found = stored ? std::optional(stored->stored()) : std::nullopt] { say(found); });
  });
}

Time SimStore::latency() {
  const auto span = static_cast<std::uint64_t>(plan_.commit_max - plan_.commit_min);
  Time out = plan_.commit_min + static_cast<Time>(random_.below(span));
  if (random_.chance(plan_.slow_commit)) {
    count_(Event::commit_slow);
    out += static_cast<Time>(random_.below(300)) * kMillisecond;
  }
  if (random_.chance(plan_.stall)) {
    count_(Event::store_stall);
    out += kSecond + static_cast<Time>(random_.below(3000)) * kMillisecond;
  }
  return out;
}

void SimStore::commit() {
  if (busy_ || !up_ || gathered_.records.empty()) return;
  busy_ = true;
  batch_ = std::exchange(gathered_, {});
  batch_.up_to = last_number_;
  time_.after(latency(), [this, life = life_] {
    if (life == life_) finish();
  });
}

void SimStore::finish() {
  if (failing_) return;  // taken over meanwhile
  busy_ = false;
  if (random_.chance(plan_.fail_commit)) return fail();
  for (std::size_t i = 0; i < batch_.records.size(); ++i) {
    const ClaimVerdict verdict = disk_.write(batch_.records[i].record, time_.now());
    if (verdict.claim != Claim::fresh)
      batch_.not_new.push_back({batch_.up_to + 1 - batch_.records.size() + i, verdict});
  }
  unacknowledged_.push_back(std::exchange(batch_, {}));
  const Time word = 1 + static_cast<Time>(random_.below(2 * kMillisecond));
  time_.after(word, [this, life = life_] {
    if (life != life_) return;
    outcomes_.wake([this, life] {
      if (life != life_ || !up_) return;
      const Batch batch = std::move(unacknowledged_.front());
      unacknowledged_.pop_front();
      outcomes_.committed(batch.records, batch.not_new, batch.up_to);
      listener_->on_store_committed(batch.up_to, batch.not_new);
    });
    commit();  // the next one starts after the word of this one, as with one writer and one mailbox
  });
}

std::size_t SimStore::keep_some(const std::vector<Persist>& batch) {
  if (random_.chance(0.4)) return 0;
  if (random_.chance(0.5)) return batch.size();
  return random_.below(batch.size() + 1);
}

void SimStore::fail() {
  count_(Event::store_failed);
  const std::uint64_t up_to = batch_.up_to;
  const std::size_t kept = keep_some(batch_.records);
  if (kept > 0) count_(Event::store_failed_batch_kept);
  limbo_.assign(batch_.records.begin(), batch_.records.begin() + static_cast<std::ptrdiff_t>(kept));
  batch_ = {};
  busy_ = true;  // until the word is out and the store is back, nothing is written
  failing_ = true;
  failed_at_ = time_.now();
  const Time word = static_cast<Time>(random_.below(3 * kMillisecond));
  time_.after(word, [this, life = life_, up_to] {
    if (life != life_) return;
    outcomes_.wake([this, life, up_to] {
      if (life == life_) say_failed(up_to);
    });
  });
  const Time back = random_.chance(0.5) ? static_cast<Time>(random_.below(500)) * kMillisecond
                                        : static_cast<Time>(random_.below(25'000)) * kMillisecond;
  time_.after(word + 1 + back, [this, life = life_] {
    if (life != life_) return;
    outcomes_.wake([this, life] {
      if (life == life_) recover();
    });
  });
}

void SimStore::say_failed(std::uint64_t in_doubt_to) {
  if (!up_) return;
  up_ = false;
  gathered_ = {};
  unacknowledged_.clear();
  outcomes_.failed();
  listener_->on_store_doubts(in_doubt_to);
  listener_->on_store_failed("it failed");
  if (taken_) listener_->on_store_taken_over();
}

void SimStore::take_over() {
  if (failing_ || taken_) return;
  count_(Event::taken_over);
  for (std::size_t n = keep_some(batch_.records), i = 0; i < n; ++i)
    disk_.write(batch_.records[i].record, time_.now());
  batch_ = {};
  busy_ = failing_ = taken_ = true;
  failed_at_ = time_.now();
  outcomes_.wake([this, life = life_] {
    if (life == life_) say_failed(last_number_ - gathered_.records.size());
  });
}

bool SimStore::lose(Time before) {
  if (!random_.chance(plan_.lose_second)) return false;
  const std::set<RequestId> gone = disk_.lose(before - static_cast<Time>(random_.below(kSecond)));
  if (gone.empty()) return false;
  outcomes_.lost(gone);
  return true;
}

void SimStore::recover() {
  count_(Event::store_recovered);
  const bool lost_data = lose(failed_at_);
  if (lost_data) {
    count_(Event::redis_lost_second);
    limbo_.clear();
  }
  for (const Persist& what : limbo_) disk_.write(what.record, time_.now());
  limbo_.clear();
  up_ = true;
  busy_ = failing_ = false;
  outcomes_.recovered(lost_data);
  listener_->on_store_recovered(lost_data);
  if (!lost_data) return;
  std::vector<StoredExchange> open = disk_.open();
  outcomes_.holds(open);
  listener_->on_store_holds(std::move(open));
}

void SimStore::crash(bool clean) {
  ++life_;
  if (failing_) count_(Event::crash_in_outage);
  if (!clean && lose(failing_ ? failed_at_ : time_.now())) {
    count_(Event::crash_lost_second);
    batch_ = {};
    limbo_.clear();
  }
  std::vector<Persist>& under_way = limbo_.empty() ? batch_.records : limbo_;
  const std::size_t kept = keep_some(under_way);
  if (kept > 0) count_(Event::crash_batch_kept);
  for (std::size_t i = 0; i < kept; ++i) disk_.write(under_way[i].record, time_.now());
  batch_ = {};
  limbo_.clear();
  gathered_ = {};
  unacknowledged_.clear();
  reads_ = 0;
  busy_ = failing_ = taken_ = false;
  up_ = true;
  still_since_ = -1;
  runs_since_ = 0;
}

void SimStore::close() {
  if (up_ && !failing_) {
    for (const Persist& what : batch_.records) disk_.write(what.record, time_.now());
    for (const Persist& what : gathered_.records) disk_.write(what.record, time_.now());
    batch_ = {};
  }
  crash(true);
}

}  // namespace kgw::sim
