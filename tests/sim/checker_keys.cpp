// One key, one execution (DESIGN.md, statement 6; PROTOCOL.md 1.3): over all calls that bear the same key, in
// all lives of the gateway. What a Redis has forgotten binds nobody.
// Implements checker.hpp.
#include <algorithm>
#include <chrono>

#include "checker.hpp"

namespace kgw::sim {
namespace {

const Time kGrace = limits::kHeldAnswerGrace / std::chrono::microseconds(1);
constexpr Time kStallSlack = 10 * kSecond;
// A timer fires a little late, never early.
constexpr Time kTimerSlack = 20 * kMillisecond;

}  // namespace

bool Checker::same_call(const History& a, const History& b) const {
  return a.claim && b.claim && a.claim->key == b.claim->key && a.claim->request == b.claim->request;
}

// Its frame left, and nothing of it is lost.
bool Checker::ran(const History& x) const { return x.sends > 0 && !x.unsent && !x.forgotten && !x.rewriting; }

// As far as the gateway knows, or could: each of those who may wait for it has gone, or has given up.
bool Checker::nobody_waits(const History& x) const {
  const auto waits = [this](const History& one) {
    return one.told == Told::nothing && !one.caller_gone && !one.gave_up &&
           !(one.left_at && *one.left_at <= swept_from_);
  };
  if (!x.claim) return !waits(x);
  const std::vector<RequestId>& all = calls_.at(x.claim->key);
  return std::none_of(all.begin(), all.end(), [&](const RequestId& id) {
    const History& one = exchanges_.at(id);
    return same_call(one, x) && waits(one);
  });
}

void Checker::check_party(const History& x, const Reply& reply) {
  if (reply.caller == CallerId::none) return;
  const auto party = callers_.find(reply.caller);
  if (party == callers_.end() || !same_call(exchanges_.at(party->second), x))
    broke("told_stranger", x.id, "the reply is for callers of another request");
}

void Checker::check_sent_once(const History& x) {
  if (x.gave_way || x.withdrawn)
    broke("sent_with_anothers_key", x.id, "the store said that its key is another's");
  const OnDisk* const stored = disk_.find(x.id);
  const auto holder = disk_.holder(x.claim->key);
  if (stored && holder != x.id) broke("sent_with_anothers_key", x.id, "on the disk its key is not its own");
  for (const RequestId& id : calls_of(x)) {
    const History& one = exchanges_.at(id);
    if (id != x.id && ran(one)) broke("key_ran_twice", x.id, "its key ran before, as " + id.text());
    if (id != x.id && one.rejected && one.began < x.began) count_(Event::key_free_again);
    if (one.forgotten) count_(Event::key_of_the_forgotten);
  }
}

void Checker::check_executed_once(const History& x) {
  for (const RequestId& id : calls_of(x)) {
    const History& one = exchanges_.at(id);
    if (one.told_of == x.id && (one.told == Told::rejected || one.told == Told::rejected_in_outage))
      broke("executed_after_rejection", x.id, "one who waited for it was told that it never will be");
    if (id == x.id || one.executions == 0 || one.forgotten || one.rewriting || x.forgotten) continue;
    broke("key_ran_twice", x.id, "a kiosk executes its key again, after " + id.text());
  }
}

// ---------------------------------------------------------------- the store

void Checker::on_not_new(const RequestId& id, const ClaimVerdict& verdict) {
  History& x = known(id, "not new");
  const bool order = of_order(verdict.claim);
  if (order ? !x.order_claim : !x.claim) broke("gave_way", id, "it claims nothing, and was not written");
  const History& holder = known(verdict.holder, "has a key or an order");
  if (order && (holder.order_claim != x.order_claim || holder.id == id))
    broke("gave_way", id, "for one of another order");
  if (!order && (verdict.claim == Claim::taken) != same_call(x, holder))
    broke("gave_way", id, "the same request is said to be another, or the other way round");
  x.gave_way = x.gave_way_once = true;
  if (x.sends == 0) return;
  // A loss gave its key to another that had been rejected.
  x.rewriting = false;
  forget(x);
}

void Checker::on_withdrawn(const RequestId& id) {
  History& x = known(id, "withdrawn");
  trace_.mix(id);
  trace_.line(time_.now(), id, [] { return "Withdrawn"; });
  count_(Event::key_withdrawn);
  if (!x.gave_way) broke("withdrawn", id, "the store took it");
  if (x.sends > 0 && !x.unsent) broke("withdrawn", id, "it was sent");
  if (disk_.find(id)) broke("withdrawn", id, "it is on the disk");
  x.withdrawn = true;
  x.rewriting = false;  // what a store had lost of it, it need not get again: its key is another's now
  open_.erase(id);
  kiosks_[x.kiosk].places.erase(id);
  withdrawn_.push_back(id);
}

// At the end of the turn: nothing is left of it.
void Checker::check_withdrawn(const Relay& relay) {
  for (const RequestId& id : withdrawn_)
    if (relay.holds(id)) broke("withdrawn", id, "it is still held");
  withdrawn_.clear();
}

// Before it is written; one whose key is another's is not.
void Checker::note_claims(const OnDisk* before, const Record& record) {
  if (const auto* accepted = std::get_if<AcceptedRecord>(&record)) {
    History& x = known(accepted->id, "on disk");
    if (x.claim && !x.claimed) x.claimed = time_.now();
  } else if (const auto* ended = std::get_if<EndedRecord>(&record)) {
    if (!before || !was_refused(ended->state)) return;
    History& x = known(ended->id, "on disk");
    if (x.claim && ended->key != x.claim->key) broke("key_kept", x.id, "rejected, and its key is not set free");
    x.freed = time_.now();
  }
}

void Checker::on_resolved(const RequestId& id) {
  History& x = known(id, "resolved");
  trace_.mix(id);
  const OnDisk* const stored = disk_.find(id);
  if (!stored || !stored->is_unknown()) broke("resolved", id, "its outcome was not unknown");
  x.resolved = true;
  if (said_not_done(x) && !x.order_freed) x.order_freed = time_.now();
}

// In the end: a resolution takes nothing away. The exchange, what was said of it and its key are there.
void Checker::check_ledger(const History& x, const OnDisk& stored) {
  if (x.resolved && !stored.resolved) broke("resolved", x.id, "what somebody said of it is gone");
  if (x.resolved && stored.answered) count_(Event::resolved_answered);
  if (x.claim && stored.is_unknown() && disk_.holder(x.claim->key) != x.id)
    broke("key_forgotten", x.id, "nobody knows what became of it, and its key is not its own any more");
}

// ---------------------------------------------------------------- who is told of another's

void Checker::tell_another(History& x, const Reply& reply, bool replayed) {
  if (x.told != Told::nothing) broke("told_twice", x.id, "its caller was told before");
  if (x.caller_gone) broke("told_the_gone", x.id, "its caller has gone");
  if (reply.replayed) return check_replay(x, reply);
  if (!ending_ || !same_call(x, *ending_))
    broke("told_nobody", x.id, "its caller is told of nothing that ended");
  if (!reply.id) return check_refusal(x, reply);
  const History& other = exchanges_.at(reply.id);
  if (reply.id != ending_->id) broke("told_stranger", x.id, "its caller is told of another exchange");
  if (!replayed) broke("told_oddly", x.id, "another call's end is not said to be a replay");
  if (other.rejected && *other.rejected < x.began && other.life == x.life && !other.forgotten && !other.held)
    broke("joined_a_rejected_one", x.id, "it waited for what had been rejected, and its key was free");
  count_(Event::key_joined);
  x.told = ending_->told;
  x.told_bytes = ending_->told_bytes;
  x.told_of = reply.id;
}

// Told again, or told now that it is a conflict.
void Checker::check_replay(History& x, const Reply& reply) {
  if (reply.error == ErrorCode::idempotency_key_reused)
    return ++books_.refused, check_conflict(x, reply), void(x.told = Told::refused);
  const auto found = exchanges_.find(reply.id);
  if (found == exchanges_.end() || reply.id == x.id) broke("replay", x.id, "a replay of nothing");
  const History& of = found->second;
  if (!same_call(x, of)) broke("told_stranger", x.id, "its caller is told what became of another request");
  const OnDisk* const stored = disk_.find(of.id);
  const bool lost = of.forgotten || of.rewriting;
  x.told_of = of.id;
  if (reply.error == ErrorCode::timeout) {
    x.told = Told::timeout;
    if (reply.outcome != Outcome::unknown) broke("told_oddly", x.id, "504, but not as unknown");
    const bool own = time_.now() >= x.deadline;  // it waits no longer, whenever the other one ends
    const bool timed_out =
        of.end == Told::timeout || (stored && stored->ended && stored->ended->state == State::timed_out);
    count_(own && !timed_out ? Event::key_out_of_time : Event::key_replayed_timeout);
    if (lost) return;
    if (!timed_out && !own) broke("replayed_timeout", x.id, "504 of an exchange that has not timed out");
    // The first answer is the one that counts; how long it waits for the store, too.
    const auto first = std::find_if(of.given.begin(), of.given.end(), [](const Given& g) { return !g.lost; });
    if (!timed_out && !of.timed_out && first != of.given.end() && first->at < x.deadline - kTimerSlack &&
        time_.now() < first->at + kGrace)
      broke("answer_overruled", x.id, "504 at its own deadline, though the answer was read before");
    if (of.answered && *of.answered < x.began)
      broke("replayed_timeout", x.id, "504 of an exchange whose late answer was there");
    return;
  }
  if (reply.error && *reply.error != ErrorCode::invalid_response)
    broke("told_oddly", x.id, "replayed as " + std::string(info(*reply.error).name));
  count_(Event::key_replayed_answer);
  x.told = reply.error ? Told::invalid : Told::answer;
  x.told_bytes = reply.answer;
  if (lost) return;
  if (!stored || !stored->answered)
    broke("told_before_durable", x.id, "a replayed answer that is not on the disk");
  if (stored->answered->response != reply.answer || stored->answered->valid == reply.error.has_value())
    broke("told_other_bytes", x.id, "replayed otherwise than it is recorded");
  if (stored->answered->outcome != reply.outcome) broke("told_oddly", x.id, "replayed with another outcome");
}

// A key is only said to be another request's when that stood on the disk while this call was here.
void Checker::check_conflict(const History& x, const Reply& reply) {
  count_(Event::key_conflict);
  if (reply.id || reply.outcome != Outcome::not_executed)
    broke("told_oddly", x.id, "a conflict that names more");
  for (const RequestId& id : calls_of(x)) {
    const History& one = exchanges_.at(id);
    if (!same_call(one, x) && one.claimed && (!one.freed || *one.freed >= x.began)) return;
  }
  broke("no_conflict", x.id, "its key is said to be another request's, and no such request had it");
}

// ---------------------------------------------------------------- in the end

// Who waits for another's exchange waits no longer than it said itself.
void Checker::check_waiting_calls() {
  for (auto it = waiting_calls_.begin(); it != waiting_calls_.end();) {
    const History& x = exchanges_.at(*it);
    if (x.caller_gone || x.told != Told::nothing) {
      it = waiting_calls_.erase(it);
      continue;
    }
    if (time_.now() > std::max(resumed_at_, x.deadline) + kGrace + kStallSlack)
      broke("told_too_late", x.id, "its caller still waits, long after its own deadline");
    ++it;
  }
}

// "Safe to retry" may be told to one who comes with a key that ran, as long as the key says later what came of
// it.
void Checker::check_last_try(const History& x) {
  const std::vector<RequestId>& all = calls_.at(x.claim->key);
  if (std::any_of(all.begin(), all.end(), [this](const RequestId& id) { return exchanges_.at(id).forgotten; }))
    return;
  for (const RequestId& id : all) {
    const History& one = exchanges_.at(id);
    if (one.began >= x.began || !ran(one) || !same_call(one, x)) continue;
    const OnDisk* const stored = disk_.find(id);
    const bool told = x.told == Told::answer || x.told == Told::invalid || x.told == Told::timeout;
    if (x.told_of != id || !told || !stored)
      broke("key_forgotten", x.id, "its key ran, and it is not told of that");
    if ((x.told == Told::timeout) != (stored->state() == State::timed_out))
      broke("key_forgotten", x.id, "not told what became of the one that ran");
  }
}

}  // namespace kgw::sim
