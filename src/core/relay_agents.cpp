// Agents that speak v2 (PROTOCOL.md 4.1): what is sent to one stays here until it says that it is on its disk,
// and is sent again after a reconnect to the same disk. What was written over v1, or to another disk, never is.
// Implements core/relay.hpp.
#include <algorithm>
#include <memory>
#include <utility>

#include "core/relay.hpp"

namespace kgw {

// ---------------------------------------------------------------- the connection

// Of the connection that the kiosk has from now on, if any.
void Relay::meet_agent(Now now, Kiosk& kiosk, bool v2) {
  if (kiosk.agent) resumes_.remove(*kiosk.agent);
  kiosk.agent.reset();
  if (!v2) return;
  kiosk.agent = std::make_unique<KioskAgent>();
  kiosk.agent->kiosk = &kiosk;
  resumes_.set(*kiosk.agent, now.steady + limits::kResumeTime);
}

// It does not say what it has: nothing can be sent there.
void Relay::no_resume(Now now, KioskAgent& agent, Effects& effects) {
  resumes_.remove(agent);
  Kiosk& kiosk = *agent.kiosk;
  if (!kiosk.closing) kiosk.closing = CloseReason::no_resume;
  reject_waiting(now, kiosk, ErrorCode::kiosk_offline, effects);
  close_when_done(kiosk, true, effects);
}

void Relay::on_resumed(Now now, SessionId session, const AgentResumes& agent, Effects& effects) {
  const auto of_session = sessions_.find(session);
  if (of_session == sessions_.end()) return;
  Kiosk& kiosk = *of_session->second;
  if (kiosk.session != session || !kiosk.agent || kiosk.agent->outbox) return;  // replaced, or said before
  resumes_.remove(*kiosk.agent);
  kiosk.agent->outbox = share(std::string(agent.outbox_id));
  kiosk.agent->max_in_flight = agent.max_in_flight;

  std::vector<RequestId> held = agent.held;
  std::sort(held.begin(), held.end());
  for (Exchange* x = kiosk.places.front(); x; x = x->behind) {
    if (x->phase != Phase::out || !x->delivery || *x->delivery->outbox != agent.outbox_id) continue;
    x->session = session;
    if (std::binary_search(held.begin(), held.end(), x->id)) {
      x->delivery->accepted = true;
      let_go(*x);
    } else if (!x->delivery->accepted && store_up_ && kiosk.takes_new() && now.steady < x->expires) {
      ++x->delivery->attempt;
      effects.emplace_back(SendFrame{x->id, session, x->envelope});
    }
  }
  if (kiosk.takes_new()) greet(now, kiosk);
  move_lane(now, kiosk, effects);
}

// ---------------------------------------------------------------- one exchange

// For the first time. REQUIRES a kiosk whose agent has said which disk it has.
void Relay::deliver(Exchange& x, Effects& effects) {
  x.delivery = std::make_unique<Delivery>(Delivery{x.kiosk->agent->outbox});
  effects.emplace_back(SendFrame{x.id, x.session, x.envelope});
}

// It will not be sent again.
void Relay::let_go(Exchange& x) {
  x.envelope = {};
  release(x);
}

// Whether what this connection says of it is said by the disk that it was sent to.
bool Relay::is_of_outbox(const Exchange& x, SessionId session) const {
  const KioskAgent* const agent = x.kiosk->agent.get();
  return x.delivery && agent && agent->outbox && x.kiosk->session == session &&
         *agent->outbox == *x.delivery->outbox;
}

void Relay::tell_stored(const Kiosk& kiosk, const RequestId& id, Effects& effects) {
  if (kiosk.agent) effects.emplace_back(TellStored{kiosk.session, id});
}

void Relay::on_accepted(SessionId session, const RequestId& id) {
  Exchange* const x = find(id);
  if (!x || x->phase != Phase::out || !is_of_outbox(*x, session)) return;
  x->delivery->accepted = true;
  let_go(*x);
}

void Relay::on_declined(Now now, SessionId session, Answer answer, ErrorCode why, Effects& effects) {
  const auto of_session = sessions_.find(session);
  if (of_session == sessions_.end()) return;
  Exchange* const x = find(answer.id);
  if (!x) {
    // Over already: the agent asks whether that is stored.
    effects.emplace_back(FindExchange{session, of_session->second->record.id, std::move(answer)});
    return;
  }
  if (!is_of_outbox(*x, session)) return;
  if (x->phase == Phase::expiring || x->phase == Phase::overdue)
    return take_answer(now, *x, std::move(answer), effects);
  if (x->phase != Phase::out) return;
  x->cancelled = why == ErrorCode::caller_gone;
  x->sent.reset();
  x->answer.how = AnswerHow::declined;
  const KioskRef kiosk = x->kiosk;
  reject(now, *x, why, effects);
  close_when_done(*kiosk, false, effects);
}

}  // namespace kgw
