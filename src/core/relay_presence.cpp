// Which kiosks exist, where each is connected, and which connection may replace which: PROTOCOL.md 2.
// Implements core/relay.hpp.
#include <algorithm>
#include <utility>
#include <vector>

#include "core/relay.hpp"

namespace kgw {

void Relay::on_kiosk_changed(Now now, const KioskRecord& kiosk, bool force, Effects& effects) {
  const bool known = kiosks_.find(kiosk.id) != nullptr;
  const KioskRef ref = kiosks_.put(kiosk.id);
  const bool new_token = known && ref->record.token_digest != kiosk.token_digest;
  ref->record = kiosk;
  if (!kiosk.enabled) {
    // A superseded token stays superseded, whatever else is switched before its connection has ended.
    const bool superseded = new_token || ref->closing == CloseReason::token_superseded;
    const CloseReason reason = superseded ? CloseReason::token_superseded : CloseReason::disabled;
    return stop_taking(now, *ref, reason, ErrorCode::kiosk_disabled, force, effects);
  }
  if (new_token)
    return stop_taking(now, *ref, CloseReason::token_superseded, ErrorCode::kiosk_offline, force, effects);
  // Switched on again before its link was closed: it goes on as if nothing had been.
  if (ref->closing == CloseReason::disabled && !ref->close_asked) ref->closing.reset();
  move_lane(now, *ref, effects);
}

void Relay::on_kiosk_removed(Now now, std::string_view kiosk_id, bool force, Effects& effects) {
  const KioskRef* const found = kiosks_.find(kiosk_id);
  if (!found) return;
  const KioskRef kiosk = *found;
  kiosk->removed = true;
  kiosks_.erase(kiosk_id);
  stop_taking(now, *kiosk, CloseReason::removed, ErrorCode::kiosk_not_found, force, effects);
}

// New requests stop and waiting ones are rejected at once; the link ends when what runs has ended.
void Relay::stop_taking(Now now, Kiosk& kiosk, CloseReason reason, ErrorCode why, bool force,
                        Effects& effects) {
  if (kiosk.knock != KnockId::none) {
    knocks_.remove(kiosk);
    effects.emplace_back(
        RefuseKnock{std::exchange(kiosk.knock, KnockId::none), kiosk.record.id,
                    reason == CloseReason::disabled ? ErrorCode::kiosk_disabled : ErrorCode::unauthorized});
  }
  if (kiosk.session != SessionId::none) kiosk.closing = reason;  // first: or the lane would move
  reject_waiting(now, kiosk, why, effects);
  close_when_done(kiosk, force, effects);
}

void Relay::close_when_done(Kiosk& kiosk, bool force, Effects& effects) {
  if (!kiosk.closing || kiosk.session == SessionId::none || kiosk.close_asked) return;
  for (const Exchange* x = kiosk.places.front(); x && !force; x = x->behind)
    if (x->phase == Phase::out) return;
  kiosk.close_asked = true;
  effects.emplace_back(CloseSession{kiosk.session, *kiosk.closing});
}

// But what may wait for a kiosk to come back does so, in its place in line.
void Relay::reject_waiting(Now now, Kiosk& kiosk, ErrorCode why, Effects& effects) {
  std::vector<Exchange*> gone;
  for (std::size_t line = 0; line <= settings_.operations.size(); ++line)
    for (Exchange* x = kiosk.waiting.front(line); x; x = x->behind) {
      if (why != ErrorCode::kiosk_offline || x->online_by <= now.steady) gone.push_back(x);
      else wait_online(*x);
    }
  std::sort(gone.begin(), gone.end(), [](const Exchange* a, const Exchange* b) { return a->id < b->id; });
  for (Exchange* const x : gone) reject(now, *x, why, effects);
}

// ---------------------------------------------------------------- waiting for a kiosk (Header-Wait-Online)

// REQUIRES one that stands in line at a kiosk that takes nothing new.
void Relay::wait_online(Exchange& x) {
  if (!std::exchange(x.offline, true)) {
    offline_.take();
    ++x.holder->second.offline;
  }
  x.expires = x.online_by;
  deadlines_.set(x, x.expires);
}

void Relay::no_longer_offline(Exchange& x) {
  x.offline = false;
  offline_.give_back();
  --x.holder->second.offline;
}

// The kiosk is there: from now on those that waited for it wait for their answers.
void Relay::greet(Now now, Kiosk& kiosk) {
  for (std::size_t line = 0; line <= settings_.operations.size(); ++line)
    for (Exchange* x = kiosk.waiting.front(line); x; x = x->behind) {
      if (!x->offline) continue;
      no_longer_offline(*x);
      x->expires = now.steady + x->timeout;
      deadlines_.set(*x, x->expires);
    }
}

// ---------------------------------------------------------------- handshakes

void Relay::on_knock(Now now, KnockId knock, std::string_view kiosk_id, const TokenDigest& token,
                     Effects& effects) {
  const auto refuse = [&](ErrorCode why) {
    effects.emplace_back(RefuseKnock{knock, std::string(kiosk_id), why});
  };
  if (draining_) return refuse(ErrorCode::draining);
  const KioskRef* const found = kiosks_.find(kiosk_id);
  if (!found || (*found)->record.token_digest != token) return refuse(ErrorCode::unauthorized);
  Kiosk& kiosk = **found;
  if (!kiosk.record.enabled) return refuse(ErrorCode::kiosk_disabled);

  // The holder of the current token goes before a connection that is on its way out.
  if (kiosk.session == SessionId::none || kiosk.closing || settings_.allow_duplicates) {
    effects.emplace_back(Admit{knock, kiosk.record.id});
    return;
  }
  if (kiosk.knock != KnockId::none) return refuse(ErrorCode::already_connected);
  if (knocks_.size() >= limits::kKnocksMax) return refuse(ErrorCode::overloaded);
  kiosk.knock = knock;
  knocks_.set(kiosk, now.steady + limits::kProbeTime);
  effects.emplace_back(ProbeSession{kiosk.session});
}

void Relay::on_knock_gone(KnockId knock, std::string_view kiosk_id) {
  const KioskRef* const found = kiosks_.find(kiosk_id);
  if (!found || (*found)->knock != knock) return;
  (*found)->knock = KnockId::none;
  knocks_.remove(**found);
}

// The old connection is dead, or silent: the one that waits takes its place.
void Relay::admit(Kiosk& kiosk, Effects& effects) {
  knocks_.remove(kiosk);
  effects.emplace_back(Admit{std::exchange(kiosk.knock, KnockId::none), kiosk.record.id});
}

void Relay::on_kiosk_up(Now now, std::string_view kiosk_id, SessionId session, Effects& effects, bool v2) {
  const KioskRef* const found = kiosks_.find(kiosk_id);
  if (!found) {  // removed between Admit and here
    effects.emplace_back(CloseSession{session, CloseReason::removed});
    return;
  }
  const KioskRef kiosk = *found;
  KGW_CHECK(session > kiosk->session);
  sessions_.emplace(session, kiosk);
  const SessionId old = std::exchange(kiosk->session, session);
  if (old == SessionId::none) {
    ++online_;
  } else {
    // Its answers still count until it ends; nothing new goes there, and what is about to is rejected.
    if (!kiosk->close_asked) effects.emplace_back(CloseSession{old, CloseReason::replaced});
    free_overdue(*kiosk, old);
  }
  kiosk->closing.reset();
  kiosk->close_asked = false;
  meet_agent(now, *kiosk, v2);
  if (kiosk->takes_new()) greet(now, *kiosk);
  move_lane(now, *kiosk, effects);
}

void Relay::on_kiosk_alive(Now now, SessionId session, Effects& effects) {
  (void)now;
  const auto found = sessions_.find(session);
  if (found == sessions_.end()) return;
  Kiosk& kiosk = *found->second;
  if (kiosk.knock == KnockId::none || kiosk.session != session) return;
  knocks_.remove(kiosk);
  effects.emplace_back(
      RefuseKnock{std::exchange(kiosk.knock, KnockId::none), kiosk.record.id, ErrorCode::already_connected});
}

void Relay::on_kiosk_down(Now now, SessionId session, Effects& effects) {
  const auto found = sessions_.find(session);
  if (found == sessions_.end()) return;
  const KioskRef kiosk = found->second;
  sessions_.erase(found);
  free_overdue(*kiosk, session);
  if (kiosk->session != session)
    return move_lane(now, *kiosk, effects);  // an old connection's end changes nothing else

  kiosk->session = SessionId::none;
  kiosk->closing.reset();
  kiosk->close_asked = false;
  meet_agent(now, *kiosk, false);
  --online_;
  reject_waiting(now, *kiosk, kiosk->removed ? ErrorCode::kiosk_not_found : ErrorCode::kiosk_offline, effects);
  if (kiosk->knock != KnockId::none) admit(*kiosk, effects);
}

// Its place is free; what a store that lost it must be given again is held until it is there.
void Relay::end_overdue(Exchange& x) {
  if (x.unrecorded == 0) return erase(x);
  x.phase = Phase::expiring;
  deadlines_.remove(x);
  leave_lane(x);
}

// A timed-out exchange keeps its lane place no longer than its connection lives.
void Relay::free_overdue(Kiosk& kiosk, SessionId session) {
  for (Exchange* x = kiosk.places.front(); x;) {
    Exchange* const behind = x->behind;
    if (x->session == session && x->phase == Phase::overdue) end_overdue(*x);
    else if (x->session == session && x->phase == Phase::expiring) leave_lane(*x);
    x = behind;
  }
}

}  // namespace kgw
