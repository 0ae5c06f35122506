#include "disk.hpp"

#include <algorithm>

namespace kgw::sim {

State OnDisk::state() const {
  if (answered) return State::answered;
  if (ended) return ended->state;
  return was_dispatched() ? State::dispatched : State::accepted;
}

StoredExchange OnDisk::stored() const {
  StoredExchange out;
  out.id = accepted.id;
  out.kiosk_id = accepted.kiosk_id;
  out.operation = accepted.operation;
  out.order_id = accepted.order_id;
  out.state = state();
  out.accepted_at = accepted.accepted_at;
  out.deadline_at = accepted.deadline_at;
  if (dispatched) out.dispatched_at = dispatched->dispatched_at;
  if (accepted.dispatched) out.dispatched_at = accepted.accepted_at;
  if (ended) {
    out.ended_at = ended->ended_at;
    out.outcome = ended->state == State::timed_out ? Outcome::unknown : Outcome::not_executed;
    if (ended->state == State::rejected) out.why = ended->why;
  }
  if (answered) {
    out.answered_at = answered->answered_at;
    out.late = answered->late || ended;
    out.outcome = answered->outcome;
    out.response_valid = answered->valid;
    out.response = answered->response;
  }
  return out;
}

void Disk::write(const Record& record, Time at) {
  const RequestId id = std::visit([](const auto& r) { return r.id; }, record);
  const auto found = exchanges_.find(id);
  watch_(found == exchanges_.end() ? nullptr : &found->second, record);
  if (const auto* accepted = std::get_if<AcceptedRecord>(&record)) {
    if (found == exchanges_.end()) {
      exchanges_[id].accepted = *accepted;
      written_.push_back({at, id, record.index()});
    } else if (OnDisk& x = found->second; accepted->dispatched && !x.was_dispatched() && !x.ended) {
      // There it had to wait; that it left was lost.
      x.dispatched = DispatchedRecord{id, accepted->accepted_at, accepted->session, accepted->kiosk_id};
      written_.push_back({at, id, static_cast<std::size_t>(RecordKind::dispatched)});
    }
    return;
  }
  if (found == exchanges_.end()) return;
  OnDisk& x = found->second;
  const auto put = [&](auto& place, const auto& what) {
    if (place) return;
    place = what;
    written_.push_back({at, id, record.index()});
  };
  if (const auto* dispatched = std::get_if<DispatchedRecord>(&record)) put(x.dispatched, *dispatched);
  else if (const auto* answered = std::get_if<AnsweredRecord>(&record)) put(x.answered, *answered);
  else if (const auto* ended = std::get_if<EndedRecord>(&record)) put(x.ended, *ended);
  while (!written_.empty() && written_.front().at < at - kSecond) written_.pop_front();
}

std::set<RequestId> Disk::lose(Time since) {
  std::set<RequestId> touched;
  for (; !written_.empty() && written_.back().at > since; written_.pop_back()) {
    const Written& last = written_.back();
    touched.insert(last.id);
    OnDisk& x = exchanges_.at(last.id);
    switch (static_cast<RecordKind>(last.kind)) {
      case RecordKind::accepted: exchanges_.erase(last.id); break;
      case RecordKind::dispatched: x.dispatched.reset(); break;
      case RecordKind::answered: x.answered.reset(); break;
      case RecordKind::ended: x.ended.reset(); break;
    }
  }
  return touched;
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

void SimStore::append(const Persist& what) {
  if (up_) gathered_.push_back(what);
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
  if (busy_ || !up_ || gathered_.empty()) return;
  busy_ = true;
  batch_ = std::move(gathered_);
  gathered_.clear();
  time_.after(latency(), [this, life = life_] {
    if (life == life_) finish();
  });
}

void SimStore::finish() {
  busy_ = false;
  if (random_.chance(plan_.fail_commit)) return fail();
  for (const Persist& what : batch_) disk_.write(what.record, time_.now());
  unacknowledged_.push_back(std::move(batch_));
  batch_.clear();
  const Time word = 1 + static_cast<Time>(random_.below(2 * kMillisecond));
  time_.after(word, [this, life = life_] {
    if (life != life_) return;
    const std::vector<Persist> batch = std::move(unacknowledged_.front());
    unacknowledged_.pop_front();
    if (up_) outcomes_.committed(batch);
  });
  // The next commit starts after the word of this one, as with one writer and one mailbox.
  time_.after(word, [this, life = life_] {
    if (life == life_) commit();
  });
}

std::size_t SimStore::keep_some(const std::vector<Persist>& batch) {
  if (random_.chance(0.4)) return 0;
  if (random_.chance(0.5)) return batch.size();
  return random_.below(batch.size() + 1);
}

void SimStore::fail() {
  count_(Event::store_failed);
  const std::size_t kept = keep_some(batch_);
  if (kept > 0) count_(Event::store_failed_batch_kept);
  limbo_.assign(batch_.begin(), batch_.begin() + static_cast<std::ptrdiff_t>(kept));
  batch_.clear();
  busy_ = true;  // until the word is out and the store is back, nothing is written
  const Time word = static_cast<Time>(random_.below(3 * kMillisecond));
  time_.after(word, [this, life = life_] {
    if (life != life_) return;
    up_ = false;
    failed_at_ = time_.now();
    gathered_.clear();
    outcomes_.failed();
  });
  const Time back = random_.chance(0.5) ? static_cast<Time>(random_.below(500)) * kMillisecond
                                        : static_cast<Time>(random_.below(25'000)) * kMillisecond;
  time_.after(word + 1 + back, [this, life = life_] {
    if (life == life_) recover();
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
  busy_ = false;
  outcomes_.recovered(lost_data);
  commit();
}

void SimStore::crash(bool clean) {
  ++life_;
  if (!up_) count_(Event::crash_in_outage);
  if (!clean && lose(up_ ? time_.now() : failed_at_)) {
    count_(Event::crash_lost_second);
    batch_.clear();
    limbo_.clear();
  }
  std::vector<Persist>& under_way = limbo_.empty() ? batch_ : limbo_;
  const std::size_t kept = keep_some(under_way);
  if (kept > 0) count_(Event::crash_batch_kept);
  for (std::size_t i = 0; i < kept; ++i) disk_.write(under_way[i].record, time_.now());
  batch_.clear();
  limbo_.clear();
  gathered_.clear();
  unacknowledged_.clear();
  busy_ = false;
  up_ = true;
}

void SimStore::close() {
  if (up_) {
    for (const Persist& what : batch_) disk_.write(what.record, time_.now());
    for (const Persist& what : gathered_) disk_.write(what.record, time_.now());
    batch_.clear();
  }
  crash(true);
}

}  // namespace kgw::sim
