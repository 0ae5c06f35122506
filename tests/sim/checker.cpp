#include "checker.hpp"

#include <algorithm>
#include <chrono>

namespace kgw::sim {
namespace {

Time in_sim(std::chrono::nanoseconds span) { return span.count() / 1000; }
const Time kPlace = in_sim(limits::kOverdueLanePlace);
// A timer fires a little late, never early.
constexpr Time kTimerSlack = 20 * kMillisecond;

}  // namespace

void Checker::broke(const char* rule, const RequestId& id, std::string what) const {
  throw Violation{rule, id, std::move(what)};
}

const History* Checker::find(const RequestId& id) const {
  const auto found = exchanges_.find(id);
  return found == exchanges_.end() ? nullptr : &found->second;
}

History& Checker::known(const RequestId& id, const char* where) {
  const auto found = exchanges_.find(id);
  if (found == exchanges_.end()) broke("unknown_exchange", id, where);
  return found->second;
}

bool Checker::final_on_disk(const RequestId& id) const {
  const OnDisk* const x = disk_.find(id);
  return x && (x->ended || x->answered);
}

// ---------------------------------------------------------------- what the Relay is told

void Checker::on_send(History history) {
  callers_[history.caller] = history.id;
  const auto kiosk = kiosks_.find(history.kiosk);
  if (kiosk != kiosks_.end()) history.kiosk_birth = kiosk->second.births;
  history.life = life_;
  const RequestId id = history.id;
  if (history.wait_online != Milliseconds(0)) waits_.insert(id);
  if (history.claim) {
    calls_[history.claim->key].push_back(id);
    waiting_calls_.insert(id);
  }
  if (history.order_claim) of_orders_[*history.order_claim].push_back(id);
  exchanges_.emplace(id, std::move(history));
}

void Checker::on_acknowledged(const Persist& what) {
  History& x = known(what.id, "acknowledged");
  x.acknowledged |= bit(what.kind);
  if (what.kind == RecordKind::accepted) {
    x.rewriting = x.gave_way = false;
    x.taken_at = time_.now();
  }
  if (what.kind == RecordKind::answered && !x.answered) x.answered = time_.now();
}

void Checker::on_lost(const std::set<RequestId>& gone, const Relay* relay) {
  for (const RequestId& id : gone) {
    History& x = known(id, "lost");
    trace_.line(time_.now(), id, [] { return "Redis has lost something of it"; });
    x.freed = x.order_freed = std::nullopt;
    x.resolved = false;
    if (x.told != Told::nothing) count_(Event::redis_lost_told);
    if (relay && relay->holds(id)) {
      count_(Event::redis_lost_running);
      x.rewriting = true;
    } else {
      forget(x);
    }
  }
}

void Checker::forget(History& x) {
  x.forgotten = true;
  x.resolved = false;
  for (Given& g : x.given) g.lost = true;
}

void Checker::on_store_failed() {
  store_up_ = false;
  in_order_ = true;
  before_ = {};
  for (const RequestId& id : open_) exchanges_.at(id).outage = true;
}

void Checker::on_drain_expired() {
  for (const RequestId& id : open_) exchanges_.at(id).drained = true;
}

std::size_t Checker::lane_bound(const Presence& kiosk) const {
  return kiosk.record.max_in_flight ? kiosk.record.max_in_flight : plan_.settings.max_in_flight;
}

void Checker::on_kiosk_record(const KioskRecord& record) {
  Presence& kiosk = kiosks_[record.id];
  if (record.max_in_flight != kiosk.record.max_in_flight) {
    kiosk.most_before = lane_bound(kiosk);
    kiosk.resized_at = time_.now();
  }
  kiosk.record = record;
  kiosk.registered = true;
}

void Checker::on_kiosk_removed(const std::string& id, std::uint64_t birth) {
  Presence& kiosk = kiosks_[id];
  kiosk.registered = false;
  kiosk.births = birth;
  if (kiosk.session != SessionId::none) sessions_.at(kiosk.session).of_removed = true;
  kiosk.session = SessionId::none;
  kiosk.places.clear();
  kiosk.last_sent = {};
}

void Checker::on_kiosk_up(const std::string& id, SessionId session, const TokenDigest& token, bool v2) {
  Presence& kiosk = kiosks_[id];
  if (kiosk.session != SessionId::none) count_(Event::session_replaced);
  kiosk.session = session;
  sessions_[session] = Session{id, kiosk.births, token, true, time_.now(), false, v2};
  if (!v2) note_up(id);
}

// From now on it is there for those that wait for it.
void Checker::note_up(const std::string& id) {
  kiosks_[id].ups.push_back(time_.now());
  for (const RequestId& one : waits_)  // one may be sent in this very turn
    if (History& x = exchanges_.at(one); x.kiosk == id && x.offline)
      x.deadline = time_.now() + x.timeout.count() * kMillisecond;
}

void Checker::on_kiosk_down(SessionId id) {
  Session& session = sessions_.at(id);
  session.up = false;
  Presence& kiosk = kiosks_[session.kiosk];
  if (kiosk.session == id) kiosk.session = SessionId::none;
}

void Checker::on_answer(SessionId id, const Answer& answer, Time lay, WallTime wall) {
  const Session& session = sessions_.at(id);
  give(session, answer, lay, wall);
  arrivals_[answer.id].push_back({answer.bytes, id, time_.now()});
  kiosks_[session.kiosk].places.erase(answer.id);
}

void Checker::give(const Session& session, const Answer& answer, Time lay, WallTime wall) {
  const auto found = exchanges_.find(answer.id);
  if (found == exchanges_.end()) return;
  History& x = found->second;
  if (session.kiosk != x.kiosk || x.sends == 0 || x.unsent) return;
  if (x.timed_out && session.birth == x.kiosk_birth && lay < x.deadline - kTimerSlack)
    broke("judged_by_a_pause", x.id,
          "its answer lay in the socket before its deadline, and it had timed out when it was read");
  x.given.push_back({answer.bytes, answer.valid, answer.outcome, answer.result, lay, wall});
  // One that came in a pause is as good as in time when the deadline passed in it too.
  x.given.back().in_sweep = paused_at_ > resumed_at_ && x.deadline + kTimerSlack >= paused_at_;
  // Another kiosk of the same name: whether its answers count is not the simulator's to say.
  x.given.back().of_namesake = session.birth != x.kiosk_birth;
  if (session.birth != x.kiosk_birth) x.given.back().lost = true;
}

void Checker::on_broken_answer(SessionId id, std::span<const RequestId> named, const SharedBytes& text,
                               Time lay, WallTime wall) {
  broken_named_.clear();
  broken_may_mean_another_ = false;
  const Session& session = sessions_.at(id);
  for (const RequestId& one : named) {
    const auto found = exchanges_.find(one);
    if (found == exchanges_.end()) continue;
    const History& x = found->second;
    if (x.kiosk != session.kiosk || x.kiosk_birth != session.birth) continue;
    // Whether it was sent, a gateway that was started anew does not know.
    if (x.sends == 0 && x.restored) broken_may_mean_another_ = true;
    if (x.sends == 0 || x.unsent) continue;
    broken_named_.push_back(one);
    // The Relay may take it: then it is what the kiosk answered.
    give(session, Answer{one, false, Outcome::unknown, text, AnswerResult::unknown}, lay, wall);
  }
}

void Checker::on_broken_taken(bool taken) {
  if (taken && broken_named_.empty() && !broken_may_mean_another_)
    broke("broken_answer", {}, "a broken answer was taken, but named nothing of this kiosk's");
  for (const RequestId& id : broken_named_) {
    History& x = exchanges_.at(id);
    if (taken) {
      // Of several only the Relay knows which it was: the one that was not answered before.
      if (broken_named_.size() > 1) x.given.back().lost = true;
      kiosks_[x.kiosk].places.erase(id);
      continue;
    }
    const bool in_flight = x.given.size() == 1 && !x.crashed && x.life == life_ && time_.now() < x.deadline;
    if (in_flight && broken_named_.size() == 1 && !broken_may_mean_another_)
      broke("broken_answer", id, "a broken answer named one exchange in flight and was not taken");
    x.given.pop_back();
  }
}

void Checker::on_broken_asked(bool taken) {
  if (!taken)
    broke("broken_answer", {}, "a broken answer named one exchange of the past, and was not looked up");
}

void Checker::on_found(const RequestId& id, bool readable, const std::optional<StoredExchange>& found) {
  count_(Event::lookup);
  if (!readable) return;
  const auto known = exchanges_.find(id);
  if (known == exchanges_.end()) return;
  known->second.looked_up = true;
  shown_ = id;
  if (found && found->state == State::timed_out) ++not_by_send_;
  if (found && found->state == State::answered) settled_ = id;
}

void Checker::on_unsent(const RequestId& id, ErrorCode why) {
  History& x = known(id, "unsent");
  if (x.sends > 1) return;  // what was written before may have arrived
  x.unsent = true;
  x.unsent_why = why;
  kiosks_[x.kiosk].places.erase(id);
}

// ---------------------------------------------------------------- what the Relay wants

// What happens to many at once must not depend on a hash table's order.
void Checker::in_order(const RequestId& id) {
  if (!in_order_) return;
  if (id < before_) broke("order", id, "many exchanges at once are not taken in the order of their ids");
  before_ = id;
}

void Checker::check(const Persist& what) {
  const RequestId record_id = kgw::id_of(what.record);
  trace_.mix(what.id);
  trace_.mix(static_cast<std::uint64_t>(what.kind));
  if (record_id != what.id || what.record.index() != static_cast<std::size_t>(what.kind))
    broke("record_mismatch", what.id, "the record is not of the id or kind that it is said to be");
  History& x = known(what.id, "a record for an exchange that nobody sent");
  trace_.line(time_.now(), what.id, [&] {
    std::string text = "Persist ";
    if (const auto* a = std::get_if<AcceptedRecord>(&what.record))
      return text + (a->dispatched ? "accepted+dispatched" : "accepted");
    if (std::get_if<DispatchedRecord>(&what.record)) return text + "dispatched";
    if (const auto* a = std::get_if<AnsweredRecord>(&what.record))
      return text + (a->late ? "answered late " : "answered ") + std::string(view(a->response));
    const auto& e = std::get<EndedRecord>(what.record);
    return text + std::string(kgw::name(e.state)) + " " + std::string(info(e.why).name);
  });
  if (x.withdrawn) broke("withdrawn_but_recorded", x.id, "its key is another's, and it is recorded");
  if (x.told == Told::refused)
    broke("refused_but_recorded", x.id, "it was refused at the door, and is recorded now");
  check_times(x, what.record);
  if (const auto* accepted = std::get_if<AcceptedRecord>(&what.record)) {
    if (draining_ && !x.accepted_emitted && x.began >= drained_at_)
      broke("drain", x.id, "accepted while draining");
    x.accepted_emitted = true;
    x.place_at = time_.now();
    open_.insert(x.id);
    const Milliseconds patience =
        std::chrono::duration_cast<Milliseconds>(accepted->deadline_at - accepted->accepted_at);
    const bool right = patience == x.timeout || patience == x.timeout + x.wait_online;
    if (accepted->order->kiosk_id != x.kiosk || !right)
      broke("accepted_record", x.id, "the acceptance's record is not what the backend sent");
  } else if (std::get_if<DispatchedRecord>(&what.record)) {
    if (!waited(x)) x.place_at = time_.now();
  } else if (const auto* answered = std::get_if<AnsweredRecord>(&what.record)) {
    check_answered(x, *answered);
    if (shown_ == x.id || !x.answer_emitted)  // and not written again
      resolve(x.id, [&](const Arrival& one) { return one.bytes == answered->response; });
    x.answer_emitted = true;
  } else if (const auto* ended = std::get_if<EndedRecord>(&what.record)) {
    x.ended_emitted = true;
    if (was_refused(ended->state)) {
      if (ended->state == State::cancelled) count_(Event::cancelled);
      if (ended->state == State::cancelled && !x.cancelled)
        broke("cancelled", x.id, "recorded as cancelled, and nobody did");
      if (!x.rejected) x.rejected = time_.now();
      if (x.sends > 0 && !x.unsent && (!x.forgotten || x.held))
        broke("rejected_after_sent", x.id, "it was sent, and is recorded as rejected");
    } else if (ended->state == State::timed_out) {
      if (time_.now() < x.deadline) broke("timed_out_early", x.id, "recorded as timed out before its deadline");
      x.timed_out = true;
      x.timed_out_at = time_.now();
      for (const Given& g : x.given)
        if (!g.lost && g.at < x.deadline - kTimerSlack)
          broke("answer_overruled", x.id,
                "recorded as timed out, though an answer was read before the deadline");
    } else {
      broke("ended_record", x.id, "an end that is none");
    }
  }
}

void Checker::check_answered(const History& x, const AnsweredRecord& record) {
  trace_.mix(view(record.response));
  if (x.sends == 0 || x.unsent) {
    if (x.forgotten) return;  // a store that lost data can't tell
    broke("answer_of_stranger", x.id, "an answer is recorded for what was never sent");
  }
  if (settled_ == x.id)
    broke("final_state_changed", x.id, "another answer, though the Relay was shown the one on the disk");
  const Given* match = nullptr;
  const Given* first = nullptr;
  for (const Given& g : x.given) {
    if (g.bytes == record.response && (!match || (match->lost && !g.lost))) match = &g;
    if (!first && !g.lost) first = &g;
  }
  if (!match)
    broke("answer_of_stranger", x.id, "the recorded answer did not come from the kiosk that it was sent to");
  if (match->of_namesake && !x.restored && !plan_.wall_steps)
    broke("answer_of_stranger", x.id, "the recorded answer is another kiosk's, which bears the same name");
  if (match->valid != record.valid || match->outcome != record.outcome || match->result != record.result)
    broke("answer_changed", x.id, "the recorded answer's validity, outcome or result is not what came");
  if (!x.looked_up && match != first && !match->lost)
    broke("first_answer_wins", x.id, "a second answer is recorded instead of the first");
  if (record.late && !match->lost && match->at < x.deadline - kTimerSlack)
    broke("late_but_early", x.id, "an answer from before the deadline is recorded as late");
  // Of one that the store had to be asked about only the wall clock is known, and that may have been set back.
  if (!record.late && match->at > x.deadline + kTimerSlack && !match->in_sweep &&
      !(x.looked_up && (plan_.wall_steps || x.wait_online != Milliseconds(0))))
    broke("early_but_late", x.id, "an answer from after the deadline is recorded as in time");
}

void Checker::prune_places(Presence& kiosk, const std::string&) {
  for (auto it = kiosk.places.begin(); it != kiosk.places.end();) {
    const History& x = exchanges_.at(it->first);
    const bool over = time_.now() >= x.deadline;
    const bool free =
        over && (time_.now() >= x.deadline + kPlace || !is_up(x.session) || kiosk.session != x.session);
    it = free ? kiosk.places.erase(it) : std::next(it);
  }
}

void Checker::check(const SendFrame& send) {
  trace_.mix(send.id);
  trace_.mix(static_cast<std::uint64_t>(send.session));
  History& x = known(send.id, "a frame for an exchange that nobody sent");
  trace_.line(time_.now(), x.id, [&] {
    return "SendFrame to session " + std::to_string(static_cast<std::uint64_t>(send.session));
  });
  if (!send.envelope || *send.envelope.text != x.envelope)
    broke("frame_changed", x.id, "the frame is not what the backend sent");
  if (x.sends++ > 0) return check_again(x, send);
  if (x.told != Told::nothing || x.end != Told::nothing)
    broke("sent_after_told", x.id, "its caller has been told that it is over");
  if (x.claim) check_sent_once(x);
  if (x.order_claim) check_order_sent_once(x);
  if (x.cancelled) broke("sent_after_cancel", x.id, "somebody had cancelled it before it was sent");
  if (nobody_waits(x)) broke("sent_after_caller_gone", x.id, "its caller went away before it was sent");
  if (x.ended_emitted) broke("sent_after_end", x.id, "it has ended");
  if (time_.now() >= x.deadline) broke("sent_after_deadline", x.id, "its deadline is past");
  if (!store_up_) broke("sent_in_outage", x.id, "the store is down");
  const OnDisk* const stored = disk_.find(x.id);
  if (!stored || !stored->was_dispatched())
    broke("sent_before_record", x.id, "no durable record says that it may leave");
  if (stored->session() != send.session)
    broke("sent_elsewhere", x.id, "the durable record names another connection");
  const RecordKind kind = stored->accepted.dispatched ? RecordKind::accepted : RecordKind::dispatched;
  if (!(x.acknowledged & bit(kind))) broke("sent_before_record", x.id, "its record is not acknowledged yet");
  if (stored->ended || stored->answered) broke("sent_after_end", x.id, "the disk says that it has ended");

  check_connection(x, send);
  Presence& kiosk = kiosks_[x.kiosk];
  RequestId& last_sent = kiosk.last_sent[line_of(x)];
  if (x.id < last_sent && !x.gave_way_once)
    broke("lane_order", x.id, "it overtook one that was before it in line");
  last_sent = std::max(last_sent, x.id);
  for (const auto& [line, last] : kiosk.last_sent)
    if (x.id < last) count_(Event::operation_overtaken);

  prune_places(kiosk, x.kiosk);
  kiosk.places[x.id] = true;
  check_places(x, kiosk);
  x.session = send.session;
  x.outbox = sessions_.at(send.session).outbox;
}

// The times that stand in the books are those at which it happened.
void Checker::check_times(History& x, const Record& record) {
  const WallTime now = turn_.wall;
  constexpr Milliseconds kLittle(500);  // a sweep goes by the time of its beginning,
  const bool in_sweep = plan_.wall_steps && paused_at_ > resumed_at_;  // when the clock may have said anything
  if (const auto* accepted = std::get_if<AcceptedRecord>(&record)) {
    if (accepted->accepted_at != x.accepted_wall)
      broke("record_times", x.id, "the record of its acceptance bears another time than its acceptance");
  } else if (const auto* dispatched = std::get_if<DispatchedRecord>(&record)) {
    if (!in_sweep && !waited(x) &&
        (dispatched->dispatched_at > now || now - dispatched->dispatched_at > kLittle))
      broke("record_times", x.id, "its dispatch bears another time than now");
  } else if (const auto* answered = std::get_if<AnsweredRecord>(&record)) {
    bool right = x.looked_up;
    if (x.answered_wall && x.answer_emitted && *x.answered_wall != answered->answered_at && !x.looked_up)
      broke("record_times", x.id, "its answer is written again with another time");
    x.answered_wall = answered->answered_at;
    for (const Given& g : x.given)
      right = right || (g.bytes == answered->response && g.taken == answered->answered_at);
    if (!right) broke("record_times", x.id, "its answer bears another time than its coming");
    if (!plan_.wall_steps && (answered->answered_at < x.accepted_wall || answered->answered_at > now))
      broke("record_times", x.id, "answered before it was accepted, or in the future");
  } else if (const auto* ended = std::get_if<EndedRecord>(&record)) {
    if (x.ended_wall && *x.ended_wall != ended->ended_at)
      broke("record_times", x.id, "its end is written again with another time");
    x.ended_wall = ended->ended_at;
    const bool first = !x.outage && !x.rewriting && !x.ended_emitted && healed_at_ != time_.now() && !waited(x);
    if (first && !in_sweep && (ended->ended_at > now || now - ended->ended_at > kLittle))
      broke("record_times", x.id, "its end bears another time than now");
    if (plan_.wall_steps) return;
    if (ended->ended_at < x.accepted_wall || ended->ended_at > now)
      broke("record_times", x.id, "ended before it was accepted, or in the future");
    if (ended->state == State::timed_out && ended->ended_at < x.accepted_wall + x.timeout)
      broke("record_times", x.id, "timed out before its deadline, says its record");
  }
}

void Checker::check(const LateAnswer& late) {
  trace_.mix(late.id);
  const OnDisk* const stored = disk_.find(late.id);
  if ((!stored || !stored->answered) && !known(late.id, "late").forgotten)
    broke("told_before_durable", late.id, "a late answer is told that is not durable");
  count_(Event::late_answer_recorded);
  ++books_.late;
}

// What is said of it is true.
void Checker::check(const Unmatched& unmatched) {
  trace_.mix(unmatched.id);
  trace_.mix(static_cast<std::uint64_t>(unmatched.why));
  trace_.line(time_.now(), unmatched.id,
              [&] { return "Unmatched " + std::to_string(static_cast<int>(unmatched.why)); });
  ++books_.unmatched;
  // A kiosk that says the same over two connections: which of the two was recorded, nobody can tell.
  const OnDisk* const recorded = disk_.find(unmatched.id);
  const History* const named = find(unmatched.id);
  const bool on_its_way = named && named->answer_emitted && !(recorded && recorded->answered);
  if (!resolve(unmatched.id, [&](const Arrival& one) { return one.session == unmatched.session; }) &&
      !resolve(unmatched.id,
               [&](const Arrival& one) {
                 return on_its_way ||
                        (recorded && recorded->answered && one.bytes == recorded->answered->response);
               }) &&
      !(named && named->declined))
    broke("unmatched", unmatched.id, "of an answer that did not come, or twice");
  const auto found = exchanges_.find(unmatched.id);
  if (found == exchanges_.end()) {
    if (unmatched.why != Unmatched::Why::no_exchange)
      broke("unmatched", unmatched.id, "there is no such exchange");
    return;
  }
  History& x = found->second;
  const Session& session = sessions_.at(unmatched.session);
  const bool own = session.kiosk == x.kiosk;
  const bool same_kiosk = own && session.birth == x.kiosk_birth && kiosks_[x.kiosk].births == 1;
  const OnDisk* const stored = disk_.find(x.id);
  // A kiosk that was removed and added again is told from the old one by wall time, which steps.
  if (x.looked_up && own && kiosks_[x.kiosk].births > 1)
    for (Given& g : x.given) g.lost = true;
  if (x.forgotten || x.rewriting) return;
  switch (unmatched.why) {
    case Unmatched::Why::no_exchange:
      if (stored && same_kiosk && kiosks_[x.kiosk].registered)
        broke("unmatched", x.id, "said to be of no exchange, and it is on the disk");
      return;
    case Unmatched::Why::not_its_own:
      if (same_kiosk) broke("unmatched", x.id, "said to be another kiosk's, and it is its own");
      return;
    case Unmatched::Why::duplicate:
      if (x.given.size() < 2 && !(stored && stored->answered))
        broke("unmatched", x.id, "said to be a duplicate, and it is the first one");
      return;
    case Unmatched::Why::not_sent:
      if (x.sends > 0 && !x.unsent && own) broke("unmatched", x.id, "said not to have been sent, and it was");
      return;
  }
}

void Checker::check(const ProbeSession& probe) {
  trace_.mix(static_cast<std::uint64_t>(probe.session));
  if (!sessions_.contains(probe.session)) broke("probe", {}, "a connection that does not exist is probed");
}

void Checker::check(const CloseSession& close) {
  trace_.mix(static_cast<std::uint64_t>(close.session));
  const auto found = sessions_.find(close.session);
  if (found == sessions_.end()) broke("close", {}, "a connection that does not exist is closed");
  if (found->second.close_asked) broke("close", {}, "a connection is closed twice");
  found->second.close_asked = true;
}

void Checker::verdict(KnockId knock) {
  trace_.mix(static_cast<std::uint64_t>(knock));
  if (knocks_.erase(knock) == 0) broke("knock", {}, "a verdict on a handshake that does not wait");
}

}  // namespace kgw::sim
