// Kiosks that speak v2 (PROTOCOL.md 4.1): what may be sent to them again, and what they may forget.
#include "checker.hpp"

#include <algorithm>

namespace kgw::sim {

void Checker::on_resumed(SessionId id, const AgentResumes& agent) {
  Session& session = sessions_.at(id);
  Presence& kiosk = kiosks_[session.kiosk];
  if (kiosk.session != id) return;
  count_(Event::agent_resumed);
  session.outbox = agent.outbox_id;
  note_up(session.kiosk);
  for (const RequestId& one : agent.held)
    if (History& x = known(one, "held by an agent"); x.outbox == session.outbox) x.has_it = true;
}

void Checker::on_accepted(SessionId id, const RequestId& request) {
  const Session& session = sessions_.at(id);
  History& x = known(request, "accepted by an agent");
  if (kiosks_[session.kiosk].session == id && !x.outbox.empty() && x.outbox == session.outbox) x.has_it = true;
}

// Only the disk that it was sent to can say that it was not executed.
void Checker::on_declined(SessionId id, const Answer& answer, std::optional<Phase> phase, Time lay,
                          WallTime wall) {
  const Session& session = sessions_.at(id);
  History& x = known(answer.id, "declined by an agent");
  if (!phase) x.declined = true;  // the store is asked
  Presence& kiosk = kiosks_[session.kiosk];
  if (session.kiosk != x.kiosk || session.birth != x.kiosk_birth) return;
  if (kiosk.session != id && !(session.of_removed && session.up)) return;
  if (x.outbox.empty() || x.outbox != session.outbox || x.restored || x.life != life_ || !phase) return;
  if (*phase == Phase::expiring || *phase == Phase::overdue) {
    x.declined = true;
    count_(Event::declined_late);
    kiosk.places.erase(x.id);
    return give(session, answer, lay, wall);
  }
  if (*phase != Phase::out) return;
  count_(Event::agent_declined);
  x.unsent = x.declined = true;
  x.unsent_why = ErrorCode::kiosk_busy;
  kiosk.places.erase(x.id);
}

void Checker::check_connection(const History& x, const SendFrame& send) {
  const auto session = sessions_.find(send.session);
  if (session == sessions_.end() || !session->second.up)
    broke("sent_to_the_gone", x.id, "there is no such connection");
  const Presence& kiosk = kiosks_[x.kiosk];
  if (session->second.kiosk != x.kiosk) broke("sent_to_stranger", x.id, "the connection is another kiosk's");
  if (kiosk.session != send.session)
    broke("sent_to_the_replaced", x.id, "a newer connection has taken its place");
  if (session->second.close_asked) broke("sent_to_closing", x.id, "that connection is being closed");
  if (!kiosk.registered || !kiosk.record.enabled)
    broke("sent_to_disabled", x.id, "the kiosk is switched off or removed");
  if (kiosk.record.token_digest != session->second.token)
    broke("sent_to_superseded", x.id, "the connection's token is not the kiosk's any more");
  if (awaits_resume(kiosk)) broke("sent_before_resume", x.id, "whose disk it goes to is not known");
}

void Checker::check_again(History& x, const SendFrame& send) {
  const auto session = sessions_.find(send.session);
  if (x.outbox.empty() || session == sessions_.end() || session->second.outbox != x.outbox)
    broke("sent_twice", x.id, "a second frame, and not to the disk that has the first one");
  if (x.has_it) broke("sent_twice", x.id, "a second frame, and its kiosk has said that it has the first one");
  if (x.life != life_ || x.restored) broke("sent_twice", x.id, "a second frame in another life of the gateway");
  if (x.unsent || std::any_of(x.given.begin(), x.given.end(), [](const Given& g) { return !g.lost; }))
    broke("sent_after_end", x.id, "its kiosk has said what became of it");
  if (x.ended_emitted) broke("sent_after_end", x.id, "it has ended");
  if (time_.now() >= x.deadline) broke("sent_after_deadline", x.id, "its deadline is past");
  if (!store_up_) broke("sent_in_outage", x.id, "the store is down");
  check_connection(x, send);
  count_(Event::sent_again);
  x.session = send.session;
}

// From here on its kiosk remembers nothing of it but the id.
void Checker::check(const TellStored& told) {
  trace_.mix(told.id);
  const auto session = sessions_.find(told.session);
  if (session == sessions_.end() || !session->second.v2)
    broke("stored", told.id, "it is told to be stored, and not to a kiosk that speaks v2");
  const History* const x = find(told.id);
  const OnDisk* const stored = disk_.find(told.id);
  const bool may_be_lost = x && (x->forgotten || x->rewriting);
  if (!may_be_lost && (!stored || (!stored->answered && !(stored->ended && was_refused(stored->ended->state)))))
    broke("stored", told.id, "it is told to be stored, and its end is not on the disk");
  count_(Event::told_stored);
  // What was looked up has come to its end by that.
  if (shown_ == told.id) resolve(told.id, [](const Arrival&) { return true; });
}

}  // namespace kgw::sim
