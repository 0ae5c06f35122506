// The way of a request: on_send -> Persist -> on_recorded -> SendFrame -> on_answer -> Persist -> on_recorded
// -> Reply. What else can happen to it (time, the store, the kiosk, the caller) is in relay_faults.cpp.
#include "core/relay.hpp"

#include <algorithm>
#include <utility>

namespace kgw {
namespace {

// Of what all share in number, one who is alone may have nine tenths.
constexpr std::size_t kTimes = 9;

// It is there, and will say in a moment which disk it has: who comes meanwhile waits in its line.
bool awaits_resume(const Kiosk& kiosk) {
  return kiosk.agent && !kiosk.agent->outbox && !kiosk.closing && kiosk.record.enabled && !kiosk.removed;
}

}  // namespace

// ---------------------------------------------------------------- looking in

Exchange* Relay::find(const RequestId& id) {
  const auto found = exchanges_.find(id);
  return found == exchanges_.end() ? nullptr : &found->second;
}

const Kiosk* Relay::kiosk_of(SessionId session) const {
  const auto found = sessions_.find(session);
  return found == sessions_.end() ? nullptr : found->second.get();
}

std::uint32_t Relay::places_max(const Kiosk& kiosk) const {
  const std::uint32_t set = kiosk.record.max_in_flight;
  const std::uint32_t own = kiosk.agent ? kiosk.agent->max_in_flight : 0;
  if (own != 0) return set != 0 ? std::min(set, own) : own;
  return set != 0 ? set : settings_.max_in_flight;
}

// One for the kiosk, and one for the operations of that line.
bool Relay::has_place(const Kiosk& kiosk, std::size_t line) const {
  if (kiosk.places.size() >= places_max(kiosk)) return false;
  return line == 0 || kiosk.places.of(static_cast<std::uint8_t>(line)) < settings_.operations[line - 1].most;
}

std::optional<Instant> Relay::next_deadline() const {
  std::optional<Instant> next;
  if (!deadlines_.empty()) next = deadlines_.next();
  if (!knocks_.empty() && (!next || knocks_.next() < *next)) next = knocks_.next();
  if (!resumes_.empty() && (!next || resumes_.next() < *next)) next = resumes_.next();
  return next;
}

bool Relay::idle() const {
  return std::all_of(exchanges_.begin(), exchanges_.end(), [this](const auto& entry) {
    const Exchange& x = entry.second;
    return x.caller == CallerId::none && (x.unrecorded == 0 || !store_up_);
  });
}

// In the order of their ids: what happens to many at once must not depend on the table's order.
std::vector<Exchange*> Relay::in_order() {
  std::vector<Exchange*> all;
  all.reserve(exchanges_.size());
  for (auto& [id, x] : exchanges_) all.push_back(&x);
  std::sort(all.begin(), all.end(), [](const Exchange* a, const Exchange* b) { return a->id < b->id; });
  return all;
}

// ---------------------------------------------------------------- accepted

std::optional<ErrorCode> Relay::refusal(const KioskRef* kiosk, const HolderEntry* holder,
                                        const SendRequest& request) const {
  if (draining_) return ErrorCode::draining;
  if (!kiosk) return ErrorCode::kiosk_not_found;
  if (!(*kiosk)->record.enabled) return ErrorCode::kiosk_disabled;
  if (!(*kiosk)->takes_new() && request.wait_online == Milliseconds(0) && !awaits_resume(**kiosk))
    return ErrorCode::kiosk_offline;
  if (!store_up_) return ErrorCode::store_unavailable;
  return no_room_for(**kiosk, holder, request);
}

std::optional<ErrorCode> Relay::no_room_for(const Kiosk& kiosk, const HolderEntry* holder,
                                            const SendRequest& request) const {
  SharedBound exchanges(settings_.exchanges_max, kTimes);
  exchanges.take(exchanges_.size());
  if (!exchanges.has_room(holder ? holder->second.exchanges : 0)) return ErrorCode::overloaded;
  if (!has_bytes_for(kiosk, holder, request)) return ErrorCode::overloaded;
  if (!kiosk.waiting.has_room_for(holder, settings_.lane_waiting_max, settings_.lane_reserved))
    return ErrorCode::kiosk_busy;
  if (kiosk.takes_new() || awaits_resume(kiosk)) return std::nullopt;
  if (!kiosk.waiting.has_room_for(holder, settings_.offline_of_kiosk_max, settings_.lane_reserved))
    return ErrorCode::kiosk_busy;
  if (!offline_.has_room(holder ? holder->second.offline : 0)) return ErrorCode::overloaded;
  return std::nullopt;
}

// One mute kiosk, or one owner, does not fill what is held for all others.
bool Relay::has_bytes_for(const Kiosk& kiosk, const HolderEntry* holder, const SendRequest& request) const {
  const std::size_t bytes = request.envelope.text->size();
  return bytes_held_.has_room(kiosk.bytes_held, bytes) &&
         bytes_held_.has_room(holder ? holder->second.bytes : 0, bytes);
}

// REQUIRES that it counts for nobody yet. `holder`: who is so named; nullptr: is not known yet.
void Relay::count_for(Exchange& x, HolderEntry* holder, std::string_view name) {
  x.holder = holder ? holder : &*holders_.try_emplace(std::string(name)).first;
  ++x.holder->second.exchanges;
}

void Relay::refuse(const SendRequest& request, Now now, ErrorCode why, Effects& effects) {
  Reply reply;
  reply.caller = request.caller;
  reply.order = request.order;
  reply.error = why;
  reply.outcome = Outcome::not_executed;
  reply.began = now.steady;
  effects.emplace_back(std::move(reply));
}

void Relay::on_send(Now now, SendRequest request, Effects& effects) {
  const KioskRef* kiosk = kiosks_.find(request.order->kiosk_id);
  const std::string_view holder_name =
      request.holder.empty() ? std::string_view(request.order->owner) : request.holder;
  const auto known = holders_.find(holder_name);
  HolderEntry* const holder = known == holders_.end() ? nullptr : &*known;
  if (request.order->claim && join_held(now, request, holder_name, effects)) return;
  if (const auto why = refusal(kiosk, holder, request)) {
    // Its answer may have been given already: then the kiosk need not be there for it to be given again.
    if (!request.order->claim || draining_ || !store_up_) return refuse(request, now, *why, effects);
    effects.emplace_back(FindClaimed{request.caller, request.order, now.steady, now.steady + request.timeout,
                                     std::string(holder_name), why});
    return;
  }

  const auto [entry, is_new] = exchanges_.try_emplace(request.id);
  KGW_CHECK(is_new);
  Exchange& x = entry->second;
  x.id = request.id;
  x.caller = request.caller;
  x.kiosk = *kiosk;
  x.order = std::move(request.order);
  x.line = line_of(settings_.operations, x.order->operation);
  x.accepted_at = now.wall;
  x.deadline_at = now.wall + request.timeout;
  x.began = now.steady;
  x.timeout = request.timeout;
  x.online_by = now.steady + request.wait_online;
  x.expires = now.steady + request.timeout;
  x.envelope = std::move(request.envelope);
  count_for(x, holder, holder_name);
  hold(x, x.envelope.text->size());
  deadlines_.set(x, x.expires);

  Kiosk& lane = *x.kiosk;
  if (lane.takes_new() && !lane.waiting.front(x.line) && has_place(lane, x.line)) {
    lane.places.push_back(x);
    x.phase = Phase::dispatching;
    x.session = lane.session;
  } else {
    lane.waiting.push_back(x);
    x.phase = Phase::waiting;
    ++waiting_;
    if (!lane.takes_new() && !awaits_resume(lane)) {
      x.deadline_at += request.wait_online;  // at the latest
      wait_online(x);
    }
  }
  if (x.order->claim) claims_.insert_or_assign(x.order->claim->key, x.id);
  record(x, RecordKind::accepted, effects);
}

// ---------------------------------------------------------------- records

void Relay::record(Exchange& x, RecordKind kind, Effects& effects) {
  x.unrecorded |= bit(kind);
  if (store_up_ && !waits_for_claim(x, kind))
    effects.emplace_back(Persist{x.id, kind, compose(x, kind)});  // else on_store_recovered emits it
}

Record Relay::compose(const Exchange& x, RecordKind kind) const {
  const auto key = x.order->claim ? std::optional(x.order->claim->key) : std::nullopt;
  const auto& of_order = x.order->order_claim;
  const bool callback = !x.order->callback_url.empty();
  switch (kind) {
    case RecordKind::accepted:
      return AcceptedRecord{x.id,
                            x.order,
                            x.accepted_at,
                            x.deadline_at,
                            x.phase != Phase::waiting && x.phase != Phase::rejecting,
                            x.session,
                            x.envelope};
    case RecordKind::dispatched: return DispatchedRecord{x.id, x.dispatched_at, x.session, x.kiosk->record.id};
    case RecordKind::answered:
      return AnsweredRecord{x.id,           x.answered_at,      x.late, x.answer.valid,  x.answer.outcome,
                            x.answer.bytes, x.kiosk->record.id, key,    x.answer.result, of_order,
                            callback};
    case RecordKind::ended: break;
  }
  const bool rejected = x.phase == Phase::rejecting;
  return EndedRecord{x.id,
                     x.ended_at,
                     !rejected     ? State::timed_out
                     : x.cancelled ? State::cancelled
                                   : State::rejected,
                     rejected ? x.why : ErrorCode::timeout,
                     x.kiosk->record.id,
                     key,
                     of_order,
                     callback};
}

namespace {

LateAnswer late_answer_of(const Exchange& x) {
  LateAnswer late{x.id,           x.kiosk->record.id, x.answer.outcome, x.answer.result,
                  x.order->owner, x.order->operation};
  if (!x.late) return late;
  // One that left at once has no time of its own for that.
  late.took = x.answered_at - (x.dispatched_at == WallTime{} ? x.accepted_at : x.dispatched_at);
  late.late_by = x.answered_at - x.ended_at;
  return late;
}

}  // namespace

void Relay::on_recorded(Now now, RequestId id, RecordKind kind, const ClaimVerdict& verdict, Effects& effects) {
  Exchange* const x = find(id);
  if (!x) return;
  if (verdict.claim != Claim::fresh) return withdraw(now, *x, verdict, effects);
  x->unrecorded &= static_cast<std::uint8_t>(~bit(kind));
  if (kind == RecordKind::accepted && x->order->claims()) record_what_waited(*x, effects);
  switch (kind) {
    case RecordKind::accepted:
    case RecordKind::dispatched:
      // A waiting exchange may have got its place while its acceptance was on the way: then a second record
      // follows.
      if (x->phase == Phase::dispatching && (x->unrecorded & bit(RecordKind::dispatched)) == 0)
        return leave(now, *x, effects);
      // Its lane may have waited for its key, or its order, to be its own.
      if (x->phase == Phase::waiting && x->order->claims()) move_lane(now, *x->kiosk, effects);
      return;
    case RecordKind::answered:
      // Who was told 504 while the store could not take it hears of it as of a late one.
      if (x->late || x->told) {
        effects.emplace_back(late_answer_of(*x));
      } else {
        tell(*x, x->answer.valid ? std::nullopt : std::optional(ErrorCode::invalid_response), effects);
      }
      tell_stored(*x->kiosk, x->id, effects);
      return erase(*x);
    case RecordKind::ended:
      if (x->phase == Phase::rejecting) {
        tell(*x, x->why, effects);
        if (x->answer.how == AnswerHow::declined) tell_stored(*x->kiosk, x->id, effects);
        return erase(*x);
      }
      tell(*x, ErrorCode::timeout, effects);
      if (x->phase != Phase::expiring) return;  // a late answer's record follows
      x->phase = Phase::overdue;
      if (!x->list || !sessions_.contains(x->session)) {  // its connection has ended, and its place with it
        const KioskRef kiosk = x->kiosk;
        erase(*x);
        return move_lane(now, *kiosk, effects);
      }
      deadlines_.set(*x, now.steady + limits::kOverdueLanePlace);
      return;
  }
}

// ---------------------------------------------------------------- dispatched

// A waiting exchange has got its lane place: its record must be durable before it leaves.
void Relay::dispatch(Now now, Exchange& x, Effects& effects) {
  x.phase = Phase::dispatching;
  x.session = x.kiosk->session;
  x.dispatched_at = now.wall;
  record(x, RecordKind::dispatched, effects);
}

std::optional<ErrorCode> Relay::why_not_leave(Now now, const Exchange& x) const {
  if (x.cancelled) return ErrorCode::caller_gone;
  if (now.steady >= x.expires) return ErrorCode::store_unavailable;  // it took too long
  if (x.caller == CallerId::none || x.given_up) return ErrorCode::caller_gone;
  if (x.kiosk->removed) return ErrorCode::kiosk_not_found;
  if (!x.kiosk->record.enabled) return ErrorCode::kiosk_disabled;
  if (x.kiosk->session != x.session || x.kiosk->closing) return ErrorCode::kiosk_offline;
  return std::nullopt;
}

void Relay::leave(Now now, Exchange& x, Effects& effects) {
  if (const auto why = why_not_leave(now, x)) return reject(now, x, *why, effects);
  x.phase = Phase::out;
  x.sent = now.steady;
  if (x.kiosk->agent) return deliver(x, effects);
  effects.emplace_back(SendFrame{x.id, x.session, std::move(x.envelope)});
  x.envelope = {};
  release(x);
}

void Relay::on_frame_unsent(Now now, RequestId id, ErrorCode why, Effects& effects) {
  Exchange* const x = find(id);
  if (!x || x->phase != Phase::out) return;
  if (x->delivery && x->delivery->attempt > 1) return;  // what was written before may have arrived
  x->sent.reset();
  reject(now, *x, why, effects);
  close_when_done(*x->kiosk, false, effects);
}

// ---------------------------------------------------------------- answered

void Relay::on_answer(Now now, SessionId session, Answer answer, Effects& effects) {
  const auto of_session = sessions_.find(session);
  if (of_session == sessions_.end()) return;
  const Kiosk& kiosk = *of_session->second;
  const auto unmatched = [&](Unmatched::Why why) {
    effects.emplace_back(Unmatched{session, kiosk.record.id, answer.id, why});
  };

  Exchange* const x = find(answer.id);
  if (!x) {
    effects.emplace_back(FindExchange{session, kiosk.record.id, std::move(answer)});
    return;
  }
  if (x->kiosk.get() != &kiosk) return unmatched(Unmatched::Why::not_its_own);
  switch (x->phase) {
    case Phase::waiting:
    case Phase::dispatching:
    case Phase::rejecting: return unmatched(Unmatched::Why::not_sent);
    case Phase::answering: return unmatched(Unmatched::Why::duplicate);
    case Phase::expiring:
    case Phase::overdue:
      // That nobody knows is known already; the look-up's answer can still be the late one.
      if (answer.how == AnswerHow::interrupted) {
        if (x->phase == Phase::overdue) tell_stored(kiosk, x->id, effects);
        return;
      }
      [[fallthrough]];
    case Phase::out: return take_answer(now, *x, std::move(answer), effects);
  }
}

namespace {

Answer broken_answer(const RequestId& id, SharedBytes text) {
  return {id, false, Outcome::unknown, std::move(text), AnswerResult::unknown};
}

}  // namespace

Relay::Broken Relay::on_broken_answer(Now now, SessionId session, std::span<const RequestId> named,
                                      SharedBytes text, Effects& effects) {
  const auto of_session = sessions_.find(session);
  if (of_session == sessions_.end()) return Broken::matches_none;
  Exchange* meant = nullptr;
  for (const RequestId& id : named) {
    Exchange* const x = find(id);
    if (!x || x->kiosk != of_session->second) continue;
    if (x->phase != Phase::out && x->phase != Phase::expiring && x->phase != Phase::overdue) continue;
    if (meant) return Broken::matches_none;
    meant = x;
  }
  if (meant) {
    take_answer(now, *meant, broken_answer(meant->id, std::move(text)), effects);
    return Broken::ended;
  }
  // One that has left memory is the store's to know, when there is no doubt which.
  if (named.size() != 1 || find(named[0])) return Broken::matches_none;
  effects.emplace_back(
      FindExchange{session, of_session->second->record.id, broken_answer(named[0], std::move(text))});
  return Broken::looked_up;
}

// The first answer wins. Read before the deadline, it counts as in time even if its commit ends after it.
void Relay::take_answer(Now now, Exchange& x, Answer answer, Effects& effects) {
  x.late = x.phase != Phase::out;
  x.phase = Phase::answering;
  x.answered = now.steady;
  x.answered_at = now.wall;
  x.answer = std::move(answer);
  if (x.delivery) let_go(x);
  hold(x, x.answer.bytes->size());
  record(x, RecordKind::answered, effects);
  leave_lane(x);
  const KioskRef kiosk = x.kiosk;
  move_lane(now, *kiosk, effects);
  close_when_done(*kiosk, false, effects);
}

// ---------------------------------------------------------------- telling, and the end

// Tells the caller, at most once. Without a caller the line for the log still goes out, once: from erase's
// callers.
void Relay::tell(Exchange& x, std::optional<ErrorCode> error, Effects& effects) {
  if (x.told) return;
  x.told = true;
  Reply reply;
  reply.caller = std::exchange(x.caller, CallerId::none);
  reply.id = x.id;
  reply.order = x.order;
  reply.error = error;
  if (!error) reply.answer = x.answer.bytes;
  reply.outcome = !error                                           ? x.answer.outcome
                  : x.phase == Phase::rejecting && *error == x.why ? Outcome::not_executed
                                                                   : Outcome::unknown;
  if (!error) reply.result = x.answer.result;
  reply.cancelled = x.cancelled && reply.outcome == Outcome::not_executed;
  reply.began = x.began;
  reply.sent = x.sent;
  reply.answered = x.answered;
  effects.emplace_back(std::move(reply));
}

void Relay::hold(Exchange& x, std::size_t bytes) {
  x.bytes_held += bytes;
  bytes_held_.take(bytes);
  x.kiosk->bytes_held += bytes;
  x.holder->second.bytes += bytes;
}

void Relay::release(Exchange& x) {
  const std::size_t bytes = std::exchange(x.bytes_held, 0);
  if (bytes == 0) return;
  bytes_held_.give_back(bytes);
  x.kiosk->bytes_held -= bytes;
  x.holder->second.bytes -= bytes;
}

void Relay::erase(Exchange& x) {
  leave_lane(x);
  deadlines_.remove(x);
  release(x);
  // Who asks comes again: those that hold nothing stay, unless there are very many.
  constexpr std::size_t kHoldersKept = 1000;
  if (--x.holder->second.exchanges == 0 && holders_.size() > kHoldersKept)
    holders_.erase(holders_.find(x.holder->first));
  free_key(x);
  exchanges_.erase(RequestId(x.id));
}

// ---------------------------------------------------------------- the lane

void Relay::leave_lane(Exchange& x) {
  if (!x.list) return;
  if (!x.kiosk->waiting.holds(x)) return x.kiosk->places.remove(x);
  --waiting_;
  if (x.offline) no_longer_offline(x);
  x.kiosk->waiting.remove(x);
}

// Who waits for a place and may have one: of those in front of their lines the one that came first.
Exchange* Relay::next_to_leave(const Kiosk& kiosk) const {
  Exchange* next = nullptr;
  for (std::size_t line = 0; line <= settings_.operations.size(); ++line) {
    Exchange* const x = kiosk.waiting.front(line);
    if (!x || !has_place(kiosk, line)) continue;
    // It may have to give way yet; and none behind it overtakes it.
    if (waits_for_claim(*x, RecordKind::dispatched)) continue;
    if (!next || x->id < next->id) next = x;
  }
  return next;
}

void Relay::move_lane(Now now, Kiosk& kiosk, Effects& effects) {
  while (kiosk.takes_new() && store_up_ && !kiosk.waiting.empty()) {
    Exchange* const x = next_to_leave(kiosk);
    if (!x) return;
    leave_lane(*x);
    kiosk.places.push_back(*x);
    dispatch(now, *x, effects);
  }
}

}  // namespace kgw
