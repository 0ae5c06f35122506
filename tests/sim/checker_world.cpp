// What holds after each turn, and what the world (disk, kiosks, crashes) may do to the statements.
#include "checker.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace kgw::sim {
namespace {

Time in_sim(std::chrono::nanoseconds span) { return span.count() / 1000; }
const Time kGrace = in_sim(limits::kHeldAnswerGrace);
// Two commits in a row may each be stalled (plan.hpp: at most 4 s and a bit).
constexpr Time kStallSlack = 10 * kSecond;
const Time kPlace = in_sim(limits::kOverdueLanePlace);

}  // namespace

// ---------------------------------------------------------------- after each turn

void Checker::on_turn(const Relay& relay, bool data_lost) {
  on_step();
  if (!to_tell_.empty())
    broke("never_told", to_tell_.begin()->second.id, "its end is in the books, and its caller was not told");
  if (data_lost_ && !data_lost) broke("data_lost", {}, "the store has lost something, and nobody is alarmed");
  data_lost_ = false;
  check_withdrawn(relay);
  const Plan& plan = plan_;
  if (relay.exchanges() > plan.settings.exchanges_max + not_by_send_)
    broke("bound", {}, "more exchanges than allowed");
  std::size_t online = 0;
  for (const auto& [id, kiosk] : kiosks_) {
    const KioskRef* const found = relay.kiosks().find(id);
    if (kiosk.registered != (found != nullptr)) broke("registry", {}, id + " is registered here and not there");
    if (!found) continue;
    if ((*found)->session != kiosk.session)
      broke("presence", {},
            id + " is connected, and the Relay has another connection or none (an old one's end erased it?)");
    if (kiosk.session != SessionId::none) ++online;
    check_line((*found)->waiting);
    if ((*found)->waiting.empty()) continue;
    for (std::size_t line = 0; line <= plan.settings.operations.size(); ++line)
      for (const Exchange* x = (*found)->waiting.front(line); x; x = x->behind)
        if (!takes_new(kiosk) && !awaits_resume(kiosk) &&
            !(x->offline && kiosk.record.enabled && exchanges_.at(x->id).wait_online != Milliseconds(0)))
          broke("waits_for_nobody", x->id, "it waits in the line of a kiosk that is not there");
    if (kiosk.session != SessionId::none && !awaits_resume(kiosk)) check_lane(relay, **found);
  }
  check_waits(relay);
  if (relay.online() < online) broke("presence", {}, "the Relay counts fewer kiosks online than there are");
  const bool pausing = paused_at_ > resumed_at_;  // it has not heard yet what came meanwhile
  if (pausing || time_.now() - looked_at_ < 500 * kMillisecond) return;
  looked_at_ = time_.now();
  check_overdue(relay);
  check_waiting_calls();
  check_answers();
}

// It is bounded, and nobody has it for himself alone.
void Checker::check_line(const WaitingLine& line) {
  if (line.size() > plan_.settings.lane_waiting_max + plan_.settings.lane_reserved)
    broke("bound", {}, "a lane's line is longer than allowed");
  std::map<std::string, std::size_t> shares;
  for (std::size_t i = 0; i <= plan_.settings.operations.size(); ++i)
    for (const Exchange* x = line.front(i); x; x = x->behind)
      if (++shares[x->order->owner] > plan_.settings.lane_waiting_max)
        broke("bound", x->id, "one owner has more in a lane's line than allowed");
}

// As far as the gateway has heard.
bool Checker::takes_new(const Presence& kiosk) const {
  if (kiosk.session == SessionId::none || !kiosk.record.enabled || awaits_resume(kiosk)) return false;
  const Session& session = sessions_.at(kiosk.session);
  return !session.close_asked && session.token == kiosk.record.token_digest;
}

// Those that may wait for a kiosk have the deadline that they should have, which is the checker's from here on.
void Checker::check_waits(const Relay& relay) {
  for (auto it = waits_.begin(); it != waits_.end();) {
    const Exchange* const held = relay.exchange(*it);
    History& x = exchanges_.at(*it);
    if (held && (held->phase == Phase::waiting || held->phase == Phase::dispatching)) check_wait(x, *held);
    if (held && held->phase == Phase::rejecting && held->why == ErrorCode::kiosk_offline)
      count_(Event::nobody_came);
    const bool over = !held || (held->phase != Phase::waiting && held->phase != Phase::dispatching);
    it = over ? waits_.erase(it) : std::next(it);
  }
}

void Checker::check_wait(History& x, const Exchange& held) {
  const Presence& kiosk = kiosks_.at(x.kiosk);
  if (held.offline && takes_new(kiosk)) broke("waits_beside_its_kiosk", x.id, "its kiosk is there");
  if (held.offline && !x.offline) count_(Event::waited_online);
  if (!held.offline && x.offline) count_(Event::kiosk_came);
  x.offline = held.offline;
  x.deadline = time_.now() + in_sim(held.expires - turn_.steady);
  const Time wait = x.wait_online.count() * kMillisecond;
  const Time since = x.deadline - x.timeout.count() * kMillisecond;
  const bool right = held.offline
                         ? x.deadline == x.began + wait
                         : since == x.began || std::count(kiosk.ups.begin(), kiosk.ups.end(), since) > 0;
  if (!right) broke("waits_too_long", x.id, "its deadline does not begin when its kiosk is there");
}

// It has one of them.
void Checker::check_places(const History& x, Presence& kiosk) {
  std::size_t most = lane_bound(kiosk);
  if (x.place_at <= kiosk.resized_at) most = std::max(most, kiosk.most_before);  // it had its place already
  if (kiosk.places.size() > most)
    broke("lane_bound", x.id,
          std::to_string(kiosk.places.size()) + " are out at the kiosk; allowed: " + std::to_string(most));
  const std::uint8_t line = line_of(x);
  if (line == 0) return;
  std::size_t same = 0;
  for (const auto& [id, has] : kiosk.places) same += line_of(exchanges_.at(id)) == line;
  if (same > line_bound(line))
    broke("operation_bound", x.id,
          std::to_string(same) +
              " of its operation are out at the kiosk; allowed: " + std::to_string(line_bound(line)));
}

// Nobody waits beside a free place, neither the kiosk's nor the operation's.
void Checker::check_free_places(const Kiosk& kiosk) {
  std::map<std::size_t, std::size_t> out;
  for (const Exchange* x = kiosk.places.front(); x; x = x->behind) ++out[line_of(exchanges_.at(x->id))];
  if (kiosk.places.size() >= lane_bound(kiosks_.at(kiosk.record.id))) return;
  for (std::size_t line = 0; line <= plan_.settings.operations.size(); ++line) {
    const Exchange* const first = kiosk.waiting.front(line);
    if (!first) continue;
    // It gets one as soon as its key and its order are its own.
    const History& x = exchanges_.at(first->id);
    if (line_of(x) != line) broke("lane_order", x.id, "it stands in another operation's line");
    if (claims(x) && (x.acknowledged & bit(RecordKind::accepted)) == 0) continue;
    if (first->offline) continue;
    if (line == 0 || out[line] < line_bound(static_cast<std::uint8_t>(line)))
      broke("free_place", x.id, "it waits beside a free place");
    count_(Event::operation_waited);
  }
}

// When the next connection of its kiosk came, which need not be the one that it has now. REQUIRES a session
// that was replaced.
Time Checker::replaced_at(SessionId session) const {
  auto next = sessions_.find(session);
  const std::string& kiosk = next->second.kiosk;
  do ++next;
  while (next->second.kiosk != kiosk);
  return next->second.up_at;
}

// Something waits in it.
void Checker::check_lane(const Relay& relay, const Kiosk& kiosk) {
  count_(Event::lane_waited);
  const RequestId& first = kiosk.waiting.front()->id;
  if (!store_up_) broke("waits_for_nobody", first, "it waits while the store is down");
  check_free_places(kiosk);
  (void)relay;
  for (const Exchange* x = kiosk.places.front(); x; x = x->behind) {
    const History& h = exchanges_.at(x->id);
    const auto session = sessions_.find(x->session);
    if (x->phase == Phase::overdue && (session == sessions_.end() || !session->second.up))
      broke("lane_stuck", x->id,
            "timed out and its connection is gone, but it keeps its place while others wait");
    if (x->phase == Phase::overdue && x->session != kiosk.session && session != sessions_.end() &&
        h.timed_out_at >= 0 && h.timed_out_at + kStallSlack < replaced_at(x->session) &&
        healed_at_ + kStallSlack < time_.now())
      broke("lane_stuck", x->id, "timed out at a connection that was replaced, but it keeps its place");
    if (x->phase == Phase::answering || x->phase == Phase::rejecting || (h.unsent && !h.restored))
      broke("lane_stuck", x->id, "it is over, but it keeps its place while others wait");
    if (store_up_ && paused_at_ <= resumed_at_ &&
        time_.now() > std::max({h.deadline, healed_at_, resumed_at_}) + kPlace + kStallSlack)
      broke("lane_stuck", x->id, "it timed out long ago, but it keeps its place while others wait");
  }
}

// An answer that reached the gateway is recorded, or said to match nothing.
void Checker::check_answers() const {
  if (!store_up_) return;
  // They are asked about in turn, so many at a time, and a look-up takes its time.
  const Time patience =
      3 * kStallSlack + static_cast<Time>(arrivals_.size() / limits::kLookupsAskedMax) * 5 * kSecond;
  for (const auto& [id, arrived] : arrivals_) {
    for (const Arrival& one : arrived)
      if (time_.now() > std::max({one.at, healed_at_, resumed_at_}) + patience)
        broke("answer_vanished", id, "an answer reached the gateway, and came to no end");
  }
}

// What has timed out is told in an outage too: nobody knows when the store will be back.
void Checker::check_outage(const Relay& relay, const History& x) const {
  const Exchange* const held = relay.exchange(x.id);
  if (!held || held->caller == CallerId::none) return;
  if (held->phase == Phase::expiring || (held->phase == Phase::answering && held->late))
    broke("told_too_late", x.id, "it has timed out, and its caller waits for the store to be back");
}

// Everything ends in time, and everybody is told in time.
void Checker::check_overdue(const Relay& relay) {
  const Time now = time_.now();
  const Time slack = plan_.store_is_calm() ? kSecond : kStallSlack;
  for (auto it = open_.begin(); it != open_.end();) {
    const History& x = exchanges_.at(*it);
    const bool told = x.told != Told::nothing || x.caller_gone || x.told_to_ask;
    if ((final_on_disk(x.id) || (x.forgotten && !disk_.find(x.id))) && told) {
      it = open_.erase(it);
      continue;
    }
    if (!store_up_) check_outage(relay, x);
    const Time deadline = std::max(x.deadline, resumed_at_);
    const bool accepted = (x.acknowledged & bit(RecordKind::accepted)) != 0 && !x.ended_emitted;
    if (!told && accepted && x.asks_by && now > std::max({*x.asks_by, resumed_at_, healed_at_}) + kStallSlack)
      broke("told_too_late", x.id, "accepted, and its caller, who does not want to wait, was told nothing");
    if (!told && now > deadline + kGrace + slack)
      broke("told_too_late", x.id, "its caller still waits, long after its deadline");
    if (plan_.store_is_calm() && !told && x.given.empty() && now > deadline + slack)
      broke("told_too_late", x.id, "its caller still waits, though no answer waits for the store");
    if (store_up_ && now > std::max(deadline, healed_at_) + kGrace + slack && !final_on_disk(x.id))
      broke("never_ends", x.id, "its deadline is past, and no end of it is recorded");
    ++it;
  }
  for (const auto& [knock, since] : knocks_)
    if (now > std::max(since, resumed_at_) + in_sim(limits::kProbeTime) + kSecond)
      broke("knock", {}, "a handshake waits for a verdict for too long");
}

// ---------------------------------------------------------------- the world

void Checker::on_disk(const OnDisk* before, const Record& record) {
  note_claims(before, record);
  note_order(before, record);
  const RequestId id = kgw::id_of(record);
  if (const auto* accepted = std::get_if<AcceptedRecord>(&record)) {
    (void)accepted;
    return;
  }
  if (!before && known(id, "on disk").forgotten) return;  // looked up before it was lost
  if (!before) broke("record_without_acceptance", id, "what is recorded belongs to nothing on the disk");
  History& x = known(id, "on disk");
  const bool sent = x.sends > 0 && !x.unsent;
  if (const auto* dispatched = std::get_if<DispatchedRecord>(&record)) {
    (void)dispatched;
    if (before->ended || before->answered) broke("final_state_changed", id, "dispatched after its end");
  } else if (const auto* ended = std::get_if<EndedRecord>(&record)) {
    if (before->ended && before->ended->state != ended->state)
      broke("final_state_changed", id, "another end than the one that is recorded");
    if (before->answered && !before->ended) broke("final_state_changed", id, "an end after its answer");
    if (was_refused(ended->state) && sent && !x.forgotten)
      broke("rejected_after_sent", id, "it was sent, and is recorded as rejected");
    if (ended->state == State::timed_out && !before->was_dispatched() && !x.forgotten)
      broke("timed_out_unsent", id, "timed out, but never dispatched");
  } else if (const auto* answered = std::get_if<AnsweredRecord>(&record)) {
    if (before->ended && was_refused(before->ended->state))
      broke("final_state_changed", id, "answered after its rejection");
    if (before->ended && !answered->late)
      broke("final_state_changed", id, "answered in time after it had timed out");
    if (answered->late && !before->ended && !x.looked_up && !x.forgotten)
      broke("late_without_an_end", id, "answered late, and nothing says that it had timed out");
    // Two late answers that were looked up at the same time may both come this far; the first stays.
    if (before->answered && before->answered->response != answered->response && !x.looked_up)
      broke("final_state_changed", id, "another answer than the one that is recorded");
  }
}

void Checker::on_executed(const RequestId& id, const std::string& kiosk) {
  History& x = known(id, "executed");
  trace_.line(time_.now(), id, [&] { return "executed by " + kiosk; });
  if (kiosk != x.kiosk) broke("executed_by_stranger", id, "another kiosk executes it");
  if (x.declined) broke("executed_after_decline", id, "its kiosk has said that it never will");
  if (++x.executions > 1) broke("executed_twice", id, "a kiosk executes it again");
  if (x.claim) check_executed_once(x);
  if (x.order_claim) check_order_executed_once(x);
  const OnDisk* const stored = disk_.find(id);
  if ((!stored || !stored->was_dispatched()) && !x.rewriting && !x.forgotten)
    broke("executed_unrecorded", id, "nothing durable says that it was sent");
  if (x.told == Told::rejected || x.told == Told::rejected_in_outage || x.told == Told::refused)
    broke("executed_after_rejection", id, "its caller was told that it never will be");
}

void Checker::on_crash() {
  for (auto& [id, x] : exchanges_) {
    if (x.told == Told::nothing) x.caller_gone = true;  // its connection broke
    x.replied = false;
    x.ended_emitted = false;
    x.timed_out = x.answer_emitted = false;
    if (!final_on_disk(id)) x.ended_wall.reset();
    x.answered_wall.reset();
    x.held = false;
    if (std::exchange(x.rewriting, false)) forget(x);
    const OnDisk* const stored = disk_.find(id);
    if (stored && stored->answered) continue;
    if (!final_on_disk(id)) x.crashed = true;
    for (Given& g : x.given) g.lost = true;
  }
  for (auto& [id, session] : sessions_) session.up = false;
  for (auto& [id, kiosk] : kiosks_) {
    kiosk.session = SessionId::none;
    kiosk.places.clear();
  }
  open_.clear();
  knocks_.clear();
  to_tell_.clear();
  ending_.reset();
  withdrawn_.clear();
  waiting_calls_.clear();
  waits_.clear();
  arrivals_.clear();
  books_ = {};
  paused_at_ = swept_from_ = resumed_at_ = -1;
  not_by_send_ = 0;
  store_up_ = true;
  draining_ = false;
  healed_at_ = time_.now();
  ++life_;
  for (const auto& [id, x] : exchanges_) check_promise(x);
}

void Checker::on_restart(const std::vector<StoredExchange>& open, const Now& now, std::int64_t) {
  for (const StoredExchange& stored : open) {
    count_(Event::exchange_restored);
    take_up(stored, now, stored.state == State::dispatched);
  }
}

void Checker::on_store_holds(const std::vector<StoredExchange>& open, const Relay& relay, const Now& now) {
  before_ = {};  // these come behind all that was written again
  for (const StoredExchange& stored : open) {
    if (relay.holds(stored.id)) continue;
    History& x = known(stored.id, "held by the store");
    if (!x.forgotten) broke("never_ends", x.id, "it is open in the store, and not lost, and nobody holds it");
    count_(Event::told_after_loss);
    x.replied = x.ended_emitted = x.timed_out = x.answer_emitted = false;
    x.held = true;
    take_up(stored, now, true);
  }
}

void Checker::take_up(const StoredExchange& stored, const Now& now, bool dispatched) {
  ++not_by_send_;
  History& x = known(stored.id, "taken up");
  x.restored = true;
  x.outage = false;
  x.ended_wall.reset();
  x.answered_wall.reset();
  const std::int64_t left = std::clamp<std::int64_t>(to_ms(stored.deadline_at) - to_ms(now.wall), 0,
                                                     to_ms(stored.deadline_at) - to_ms(stored.accepted_at));
  // What is not dispatched ends at once.
  x.deadline = time_.now() + (dispatched ? left * kMillisecond : 0);
  open_.insert(x.id);
  Presence& kiosk = kiosks_[x.kiosk];
  // It may be at work there. (After a loss others may have got their places before.)
  if (dispatched && !x.held && kiosk.births == x.kiosk_birth) kiosk.places[x.id] = true;
}

// The gateway ends, of its own will: nobody is left waiting.
void Checker::on_drained() {
  for (const auto& [id, x] : exchanges_)
    if (x.life == life_ && x.told == Told::nothing && !x.caller_gone && !x.left_at && !x.told_to_ask)
      broke("never_told", id, "the gateway has drained, and its caller was told nothing");
}

// What a caller was told stands, whatever happened to the gateway.
void Checker::check_promise(const History& x) {
  const History& of = x.told_of ? exchanges_.at(x.told_of) : x;
  if (of.forgotten || of.rewriting) return;
  const OnDisk* const stored = disk_.find(of.id);
  const bool sent = of.sends > 0 && !of.unsent;
  switch (x.told) {
    case Told::nothing:
    case Told::timeout: break;
    case Told::refused:
      if (stored || sent) broke("promise_broken", x.id, "refused at the door, but on the disk or sent");
      break;
    case Told::answer:
    case Told::invalid:
      if (!stored || !stored->answered || stored->answered->response != x.told_bytes)
        broke("promise_broken", x.id, "its caller has an answer that is not on the disk");
      break;
    case Told::rejected:
      if (sent || !stored || !was_refused(stored->state()))
        broke("promise_broken", x.id, "its caller was told of a rejection that is not on the disk");
      break;
    case Told::rejected_in_outage:
      if (sent || (stored && stored->answered))
        broke("promise_broken", x.id, "its caller was told that it was not sent");
      break;
  }
}

void Checker::check_end(const History& x) {
  check_promise(x);
  if (x.last_try) check_last_try(x);
  if (x.rewriting) broke("not_written_again", x.id, "the store lost it, and never got it again");
  const OnDisk* const stored = disk_.find(x.id);
  const bool sent = x.sends > 0 && !x.unsent;
  if (x.told == Told::nothing && !x.caller_gone && !x.told_to_ask)
    broke("never_told", x.id, "its caller was never told anything");
  if (x.forgotten && !stored) return;
  if (!stored) {
    if (sent) broke("promise_broken", x.id, "it was sent, and the disk knows nothing of it");
    if (x.told_to_ask)
      broke("promise_broken", x.id,
            "its caller was told that it is accepted, and the disk knows nothing of it");
    if (x.accepted_emitted && !x.crashed && !x.withdrawn)
      broke("accepted_lost", x.id, "it was accepted, and the disk knows nothing of it");
    return;
  }
  const State state = stored->state();
  if (state == State::accepted || state == State::dispatched)
    broke("never_ends", x.id, "it is still " + std::string(kgw::name(state)));
  if (x.forgotten) return;
  check_ledger(x, *stored);
  if (was_refused(state) && (sent || x.executions > 0))
    broke("rejected_after_sent", x.id, "rejected, but sent");
  if (state == State::answered && x.executions == 0 && !x.guessed && !x.declined)
    broke("answer_of_stranger", x.id, "answered, but nobody executed it");
  // Where another gateway may take over, only what is true for it too was told.
  if (x.told == Told::rejected_in_outage && (!x.crashed || plan_.lease != 0) && !was_refused(state))
    broke("promise_broken", x.id, "rejected in an outage, but the disk says " + std::string(kgw::name(state)));
  if (state != State::answered)
    for (const Given& g : x.given)
      if (!g.lost) broke("answer_lost", x.id, "its kiosk answered, and the answer is not on the disk");
}

void Checker::at_the_end(const Relay& relay, const Metrics& metrics) {
  std::uint64_t unmatched = 0;
  for (const std::uint64_t count : metrics.unmatched) unmatched += count;
  if (metrics.requests != books_.ended || metrics.refused != books_.refused ||
      metrics.answers != books_.answered || metrics.late_answers != books_.late ||
      unmatched != books_.unmatched)
    broke("figures", {}, "the figures are not what happened");
  for (const auto& [id, x] : exchanges_) check_end(x);
  if (relay.exchanges() != 0)
    broke("leak", {}, std::to_string(relay.exchanges()) + " exchanges are still held when nothing runs");
  if (relay.bytes_held() != 0)
    broke("leak", {}, std::to_string(relay.bytes_held()) + " bytes are still held when nothing runs");
  for (const KioskRef& kiosk : relay.kiosks().behind({}, relay.kiosks().size()))
    if (kiosk->bytes_held != 0)
      broke("leak", {}, "bytes of " + kiosk->record.id + " are still held when nothing runs");
  if (relay.waiting() != 0) broke("leak", {}, "something still waits when nothing runs");
  if (relay.offline() != 0) broke("leak", {}, "something still waits for a kiosk when nothing runs");
  if (!relay.idle()) broke("leak", {}, "not idle when nothing runs");
  for (const auto& [id, session] : sessions_) {
    const Presence& kiosk = kiosks_[session.kiosk];
    const bool wanted = kiosk.registered && kiosk.record.enabled && kiosk.record.token_digest == session.token;
    if (session.up && !wanted)
      broke("close", {},
            "a connection of a kiosk that is disabled, removed or has a new token was never closed");
  }
}

}  // namespace kgw::sim
