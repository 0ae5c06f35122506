// What can happen to an exchange other than success: its deadline, its caller, the store, a restart, the end.
// Implements core/relay.hpp.
#include <algorithm>
#include <utility>

#include "core/relay.hpp"

namespace kgw {
namespace {

// The records that an exchange has behind it, as far as it still knows what stood in them.
std::uint8_t bits_of_all_that_was(const Exchange& x) {
  const bool timed_out = x.phase == Phase::overdue || (x.phase == Phase::answering && x.late);
  return static_cast<std::uint8_t>(bit(RecordKind::accepted) | (timed_out ? bit(RecordKind::ended) : 0));
}

// Its record as dispatched is in the store, or may be.
bool may_stand_as_sent(const Exchange& x) {
  if (x.session == SessionId::none) return false;
  return x.in_doubt || (x.unrecorded & (bit(RecordKind::accepted) | bit(RecordKind::dispatched))) == 0;
}

// The kiosk says again what is in the store, or nothing that would change it: over v2 it does so until it hears
// that it is stored. A look-up's answer to one that is unknown is kept there: who can use it comes later.
bool knows_no_more(const Answer& answer, const StoredExchange& found) {
  if (answer.how == AnswerHow::declined) return !is_open(found.state) && found.state != State::timed_out;
  if (answer.how == AnswerHow::interrupted && found.state == State::timed_out) return true;
  if (found.state != State::answered) return false;
  return !found.response || view(found.response) == view(answer.bytes) ||
         (answer.how != AnswerHow::lookup && found.outcome != Outcome::unknown);
}

bool unsent(const Exchange& x) { return x.phase == Phase::waiting || x.phase == Phase::dispatching; }

}  // namespace

// Surely never sent, and never will be. Durable before it is told; while the store is down it is told as it is,
// and recorded when the store is back.
void Relay::reject(Now now, Exchange& x, ErrorCode why, Effects& effects) {
  x.phase = Phase::rejecting;
  x.why = why;
  x.cancelled = x.cancelled && why == ErrorCode::caller_gone;
  x.ended_at = now.wall;
  x.envelope = {};
  release(x);
  deadlines_.remove(x);
  const KioskRef kiosk = x.kiosk;
  leave_lane(x);
  free_key(x);
  record(x, RecordKind::ended, effects);
  if (!store_up_) tell_unrecorded(now, x, effects);
  move_lane(now, *kiosk, effects);
}

// A rejection that can't be recorded now. What is told must be what the store says in the end, also when that
// is another gateway's by then.
void Relay::tell_unrecorded(Now now, Exchange& x, Effects& effects) {
  if (alone_until_ == Instant::max() || !may_stand_as_sent(x)) return tell(x, x.why, effects);
  if (now.steady >= alone_until_) return tell(x, ErrorCode::timeout, effects);
  if (!x.told) deadlines_.set(x, alone_until_);
}

// It was sent and no answer came in time: nobody knows.
void Relay::expire(Now now, Exchange& x, Effects& effects) {
  x.phase = Phase::expiring;
  x.ended_at = now.wall;
  if (x.delivery) let_go(x);
  deadlines_.remove(x);
  record(x, RecordKind::ended, effects);
  if (!store_up_) tell(x, ErrorCode::timeout, effects);
  close_when_done(*x.kiosk, false, effects);
}

// ---------------------------------------------------------------- time

void Relay::on_tick(Now now, Effects& effects) {
  while (!knocks_.empty() && knocks_.next() <= now.steady) admit(*knocks_.front(), effects);
  while (!resumes_.empty() && resumes_.next() <= now.steady) no_resume(now, *resumes_.front(), effects);
  while (!deadlines_.empty() && deadlines_.next() <= now.steady) {
    Exchange& x = *deadlines_.front();
    deadlines_.remove(x);
    switch (x.phase) {
      case Phase::waiting:
        reject(now, x, x.offline ? ErrorCode::kiosk_offline : ErrorCode::kiosk_busy, effects);
        break;
      case Phase::dispatching:
        // The store is slow. It was not sent, but that can't be made durable now: the caller hears what is true
        // in any case, and on_recorded turns it into a rejection.
        tell(x, ErrorCode::timeout, effects);
        break;
      case Phase::out: expire(now, x, effects); break;
      case Phase::answering:
        // The answer is here and waits for the store. Past the grace its caller hears that the outcome is not
        // known yet.
        if (std::exchange(x.grace_used, true)) tell(x, ErrorCode::timeout, effects);
        else deadlines_.set(x, now.steady + limits::kHeldAnswerGrace);
        break;
      case Phase::overdue: {
        const KioskRef kiosk = x.kiosk;
        end_overdue(x);
        move_lane(now, *kiosk, effects);
        break;
      }
      case Phase::rejecting: tell(x, ErrorCode::timeout, effects); break;  // tell_unrecorded
      case Phase::expiring: break;
    }
  }
}

// ---------------------------------------------------------------- the caller

void Relay::on_caller_gone(Now now, CallerId caller, RequestId id, Effects& effects) {
  Exchange* const x = find(id);
  if (!x || x->caller != caller) return;
  x->caller = CallerId::none;
  // One whose record is under way is rejected when that is acknowledged: it can't be called back before.
  if (x->phase == Phase::waiting) reject(now, *x, ErrorCode::caller_gone, effects);
}

void Relay::on_caller_half_gone(Now now, CallerId caller, RequestId id, Effects& effects) {
  Exchange* const x = find(id);
  if (!x || x->caller != caller) return;
  if (x->phase == Phase::waiting) return reject(now, *x, ErrorCode::caller_gone, effects);
  x->given_up = now.steady - x->began >= limits::kHalfCloseTime;
}

void Relay::on_cancel(Now now, RequestId id, Effects& effects) {
  Exchange* const x = find(id);
  if (!x || !unsent(*x)) return;
  x->cancelled = true;
  // One whose record is under way is rejected when that is acknowledged, as above.
  if (x->phase == Phase::waiting) reject(now, *x, ErrorCode::caller_gone, effects);
}

// ---------------------------------------------------------------- the store

void Relay::on_in_doubt(RequestId id) {
  if (Exchange* const x = find(id)) x->in_doubt = true;
}

void Relay::on_store_failed(Now now, Effects& effects, Instant alone_until) {
  if (!std::exchange(store_up_, false)) return;
  alone_until_ = alone_until;
  for (Exchange* const x : in_order()) {
    if (unsent(*x)) {
      reject(now, *x, ErrorCode::store_unavailable, effects);
    } else if (x->phase == Phase::rejecting) {
      tell_unrecorded(now, *x, effects);
    } else if (x->phase == Phase::expiring || (x->phase == Phase::answering && x->late)) {
      tell(*x, ErrorCode::timeout, effects);
    }
  }
}

void Relay::on_store_recovered(Now now, bool lost_data, Effects& effects) {
  if (std::exchange(store_up_, true)) return;
  for (Exchange* const x : in_order()) {
    if (x->phase == Phase::rejecting) deadlines_.remove(*x);  // of tell_unrecorded: it can be recorded now
    if (lost_data) x->unrecorded |= bits_of_all_that_was(*x);
    // In the order in which they came about: a late answer stands behind the timeout.
    for (const RecordKind kind : {RecordKind::accepted, RecordKind::ended, RecordKind::answered})
      if ((x->unrecorded & bit(kind)) != 0 && !waits_for_claim(*x, kind))
        effects.emplace_back(Persist{x->id, kind, compose(*x, kind)});
    x->unrecorded &= static_cast<std::uint8_t>(~bit(RecordKind::dispatched));
  }
  (void)now;
}

void Relay::on_store_holds(Now now, std::vector<StoredExchange> open, Effects& effects) {
  for (StoredExchange& stored : open) {
    if (find(stored.id)) continue;
    // That it was dispatched may be among what was lost.
    stored.state = State::dispatched;
    restore_exchange(now, stored, effects);
  }
}

void Relay::on_found(Now now, FindExchange asked, const std::optional<StoredExchange>& found,
                     Effects& effects) {
  const auto of_session = sessions_.find(asked.session);
  const KioskRef* const kiosk =
      of_session != sessions_.end() ? &of_session->second : kiosks_.find(asked.kiosk_id);
  const auto unmatched = [&](Unmatched::Why why) {
    effects.emplace_back(Unmatched{asked.session, asked.kiosk_id, asked.answer.id, why});
  };
  if (!found || !kiosk) return unmatched(Unmatched::Why::no_exchange);
  // A kiosk that was removed and registered again is another one, though it bears the same name.
  if (found->order.kiosk_id != asked.kiosk_id || found->accepted_at < (*kiosk)->record.created_at)
    return unmatched(Unmatched::Why::not_its_own);
  if ((*kiosk)->agent && knows_no_more(asked.answer, *found)) return tell_stored(**kiosk, found->id, effects);
  if (asked.answer.how == AnswerHow::declined) return;  // to which outbox it was sent, nobody remembers
  if (found->state == State::rejected || found->state == State::cancelled)
    return unmatched(Unmatched::Why::not_sent);
  // One that is open there and unknown here: the store has lost its answer.
  if (found->state == State::answered || find(asked.answer.id)) return unmatched(Unmatched::Why::duplicate);

  Exchange& x = exchanges_[asked.answer.id];
  x.id = asked.answer.id;
  const bool in_time = found->state != State::timed_out && now.wall < found->deadline_at;
  x.phase = in_time ? Phase::out : Phase::overdue;
  x.told = true;
  x.kiosk = *kiosk;
  x.order = share(found->order);
  count_for(x, nullptr, x.order->owner);
  x.accepted_at = found->accepted_at;
  x.deadline_at = found->deadline_at;
  x.dispatched_at = found->dispatched_at.value_or(WallTime{});
  x.ended_at = found->ended_at.value_or(found->deadline_at);  // a store that has lost it gets it again
  take_answer(now, x, std::move(asked.answer), effects);
}

// ---------------------------------------------------------------- start and end

void Relay::restore_kiosk(const KioskRecord& kiosk) { kiosks_.put(kiosk.id)->record = kiosk; }

void Relay::restore_exchange(Now now, const StoredExchange& stored, Effects& effects) {
  const auto [entry, is_new] = exchanges_.try_emplace(stored.id);
  KGW_CHECK(is_new);
  Exchange& x = entry->second;
  x.id = stored.id;
  x.order = share(stored.order);
  x.line = line_of(settings_.operations, x.order->operation);
  count_for(x, nullptr, x.order->owner);
  x.accepted_at = stored.accepted_at;
  x.dispatched_at = stored.dispatched_at.value_or(WallTime{});
  x.deadline_at = stored.deadline_at;
  x.began = now.steady;
  if (const KioskRef* const kiosk = kiosks_.find(stored.order.kiosk_id)) {
    x.kiosk = *kiosk;
  } else {  // removed meanwhile: nobody can answer, but it must end
    x.kiosk = std::make_shared<Kiosk>();
    x.kiosk->record.id = stored.order.kiosk_id;
    x.kiosk->removed = true;
  }
  if (stored.state != State::dispatched) return reject(now, x, ErrorCode::draining, effects);

  // What is left of the original time, whatever the wall clock did meanwhile; never more than all of it.
  const Milliseconds whole = std::max(stored.deadline_at - stored.accepted_at, Milliseconds(0));
  const Milliseconds left = std::clamp(Milliseconds(stored.deadline_at - now.wall), Milliseconds(0), whole);
  x.phase = Phase::out;
  if (x.order->claim) claims_.insert_or_assign(x.order->claim->key, x.id);
  x.expires = now.steady + left;
  x.kiosk->places.push_back(x);
  if (left == Milliseconds(0)) return expire(now, x, effects);
  deadlines_.set(x, x.expires);
}

void Relay::on_drain(Now now, Effects& effects) {
  draining_ = true;
  if (offline_.taken() == 0) return;
  for (Exchange* const x : in_order())
    if (x->offline) reject(now, *x, ErrorCode::draining, effects);
}

void Relay::on_drain_expired(Now now, Effects& effects) {
  for (Exchange* const x : in_order()) {
    if (x->phase == Phase::waiting) reject(now, *x, ErrorCode::draining, effects);
    else if (x->phase != Phase::rejecting || !store_up_) tell(*x, ErrorCode::timeout, effects);
  }
}

}  // namespace kgw
