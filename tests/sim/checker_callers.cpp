// What callers are told, and what stands in the books about it.
#include <chrono>
#include <utility>

#include "checker.hpp"

namespace kgw::sim {
namespace {

const Time kGrace = limits::kHeldAnswerGrace / std::chrono::microseconds(1);
// A timer fires a little late, never early.
constexpr Time kTimerSlack = 20 * kMillisecond;

}  // namespace

void Checker::on_ended(const Reply& reply) {
  trace_.mix(static_cast<std::uint64_t>(reply.caller));
  trace_.mix(reply.id);
  trace_.mix(reply.error ? static_cast<std::uint64_t>(*reply.error) : 999);
  RequestId id = reply.id;
  if (!id) {
    const auto caller = callers_.find(reply.caller);
    if (caller == callers_.end()) broke("told_nobody", {}, "a refusal for no caller");
    id = caller->second;
  } else {
    in_order(id);
  }
  History& x = known(id, "a reply about an exchange that nobody sent");
  trace_.line(time_.now(), x.id, [&] {
    return "Reply " +
           (reply.error ? std::string(info(*reply.error).name) : "answer " + std::string(view(reply.answer))) +
           " to caller " + std::to_string(static_cast<std::uint64_t>(reply.caller));
  });
  if (x.replied) broke("told_twice", x.id, "a second reply for one exchange");
  x.replied = true;
  ++(reply.id ? books_.ended : books_.refused);
  if (!reply.error) ++books_.answered;
  if (reply.order->kiosk_id != x.kiosk) broke("told_wrong_kiosk", x.id, "the reply names another kiosk");
  const bool to_caller = reply.caller != CallerId::none;
  if (x.claim) {
    check_party(x, reply);
  } else {
    if (to_caller && reply.caller != x.caller)
      broke("told_stranger", x.id, "the reply is for another's caller");
    if (to_caller && x.caller_gone) broke("told_the_gone", x.id, "its caller has gone");
    if (to_caller && x.told != Told::nothing) broke("told_twice", x.id, "its caller was told before");
  }
  if (!to_caller && !x.caller_gone && !x.told_to_ask && x.told == Told::nothing)
    broke("told_nobody", x.id, "its caller waits, and the reply is for nobody");
  History told = judge(x, reply);  // also when there is only a log line to write
  if (told.told == Told::timeout && time_.now() >= x.deadline) x.timed_out = true;
  x.end = told.end = told.told;
  if (to_caller) ending_ = told;
  if (to_caller && !x.caller_gone && !x.told_to_ask && x.told == Told::nothing)
    to_tell_.emplace(x.caller, std::move(told));
}

History Checker::judge(const History& x, const Reply& reply) {
  History told = x;
  if (!reply.id) {
    check_refusal(told, reply);
    if (reply.other) check_order_taken(x, reply);
  } else if (!reply.error || *reply.error == ErrorCode::invalid_response) {
    const OnDisk* const stored = disk_.find(x.id);
    told.told = reply.error ? Told::invalid : Told::answer;
    if (!(x.forgotten && x.gave_way)) {  // that one has no place on the disk any more
      if (!(x.acknowledged & bit(RecordKind::answered)) || !stored || !stored->answered)
        broke("told_before_durable", x.id, "the answer is not durable yet");
      if (!reply.error && reply.answer != stored->answered->response)
        broke("told_other_bytes", x.id, "not the bytes that are recorded");
      if (stored->answered->valid == reply.error.has_value())
        broke("told_other_bytes", x.id, "valid and invalid are mixed up");
    }
    told.told_bytes = stored && stored->answered ? stored->answered->response : reply.answer;
  } else if (info(*reply.error).safe_to_retry) {
    check_rejection(told, reply);
  } else {
    if (*reply.error != ErrorCode::timeout) broke("told_oddly", x.id, std::string(info(*reply.error).name));
    check_timeout(told);
  }
  check_fields(told, reply);
  return told;
}

// What stands beside it, for the log and the figures.
void Checker::check_fields(const History& x, const Reply& reply) {
  const bool surely_not =
      x.told == Told::refused || x.told == Told::rejected || x.told == Told::rejected_in_outage;
  Outcome outcome = surely_not ? Outcome::not_executed : Outcome::unknown;
  if (x.told == Told::answer)
    for (const Given& g : x.given)
      if (g.bytes == x.told_bytes) outcome = g.outcome;
  if (reply.outcome != outcome) broke("told_oddly", x.id, "the outcome is not what is known of it");
  if (x.told == Told::answer && outcome_of(reply.result) != outcome)
    broke("told_oddly", x.id, "the result is not what its answer says");
  if (reply.sent && (x.sends == 0 || x.unsent))
    broke("told_oddly", x.id, "said to have been sent, and it was not");
  if (x.told == Told::answer && !reply.answered) broke("told_oddly", x.id, "answered, without a time");
  if (x.told == Told::answer && !reply.sent && !x.restored)
    broke("told_oddly", x.id, "answered, but never sent");
}

void Checker::on_told(CallerId caller, const Reply& reply, std::string_view traceparent, bool replayed) {
  const auto call = callers_.find(caller);
  if (call == callers_.end()) broke("told_nobody", reply.id, "somebody is told who never asked");
  History& x = known(call->second, "told");
  if (traceparent != x.traceparent) broke("told_oddly", x.id, "its caller gets another's traceparent");
  const auto told = to_tell_.find(caller);
  if (told == to_tell_.end() && !x.claim)
    broke("told_nobody", reply.id, "a caller is told that nobody meant, or told twice");
  if (told == to_tell_.end()) {
    tell_another(x, reply, replayed);
  } else {
    if (reply.id && reply.id != x.id) broke("told_stranger", x.id, "its caller is told of another exchange");
    if (reply.id && replayed) broke("told_oddly", x.id, "its own end is said to be a replay");
    x = std::move(told->second);
    to_tell_.erase(told);
  }
  waiting_calls_.erase(x.id);
  if (x.claim && x.told == Told::refused) count_(Event::key_refused);
  x.told_life = life_;
  if (reply.error) x.told_code = *reply.error;
  switch (x.told) {
    case Told::answer: count_(Event::told_answer); break;
    case Told::invalid: count_(Event::told_invalid); break;
    case Told::timeout: count_(Event::told_timeout); break;
    case Told::rejected: count_(Event::told_rejected); break;
    case Told::rejected_in_outage: count_(Event::told_in_outage); break;
    case Told::refused:
    case Told::nothing: break;
  }
}

// 202: it is accepted, and its caller asks what comes of it.
void Checker::on_told_to_ask(CallerId caller, const StoredExchange& said) {
  const auto call = callers_.find(caller);
  if (call == callers_.end()) broke("told_nobody", said.id, "somebody is told who never asked");
  History& x = known(call->second, "told to ask");
  trace_.mix(x.id);
  if (said.id != x.id) broke("told_stranger", x.id, "its caller is told to ask for another exchange");
  if (x.told != Told::nothing || x.told_to_ask) broke("told_twice", x.id, "its caller was told before");
  x.told_to_ask = true;
  if (x.forgotten || x.rewriting) return;
  const OnDisk* const stored = disk_.find(x.id);
  if (!stored || !(x.acknowledged & bit(RecordKind::accepted)))
    broke("told_before_durable", x.id, "202, and its acceptance is not durable yet");
  if (said.state == State::dispatched && !stored->was_dispatched())
    broke("told_before_durable", x.id, "202 says that it was sent, and that is not durable yet");
}

void Checker::check_refusal(History& x, const Reply& reply) {
  const bool of_order = reply.error == ErrorCode::order_open || reply.error == ErrorCode::order_paid;
  if (!reply.error || info(*reply.error).safe_to_retry == of_order || of_order != bool(reply.other))
    broke("told_oddly", x.id, "refused at the door with a code that claims nothing");
  if (x.accepted_emitted && !x.withdrawn)
    broke("refused_but_recorded", x.id, "refused at the door, but recorded before");
  if (draining_ && !(claims(x) && x.began <= drained_at_) && *reply.error != ErrorCode::draining)
    broke("drain", x.id, "draining, but refused with another code");
  if (*reply.error == ErrorCode::kiosk_busy) count_(Event::lane_full);
  if (*reply.error == ErrorCode::overloaded) count_(Event::overloaded);
  x.told = Told::refused;
}

void Checker::check_rejection(History& x, const Reply& reply) {
  const bool forgotten = x.forgotten && (x.told != Told::nothing || x.caller_gone);  // nobody hears it
  if (x.sends > 0 && !x.unsent && !forgotten)
    broke("rejected_after_sent", x.id, "it was sent, and its caller hears that it was not");
  const OnDisk* const stored = disk_.find(x.id);
  const bool durable = (x.acknowledged & bit(RecordKind::ended)) && stored && was_refused(stored->state());
  if (!durable && store_up_ && !x.withdrawn)
    broke("told_before_durable", x.id, "the rejection is not durable yet");
  if (durable && reply.cancelled != (stored->state() == State::cancelled))
    broke("told_other_reason", x.id, "cancelled, and its caller does not hear that, or the other way round");
  if (durable && *reply.error != stored->ended->why)
    broke("told_other_reason", x.id, "not the reason that is recorded");
  if (x.unsent && !x.restored && *reply.error != x.unsent_why)
    broke("told_other_reason", x.id, "not why its frame was not written");
  x.told = durable ? Told::rejected : Told::rejected_in_outage;
}

void Checker::check_timeout(History& x) {
  // Not sent; but where another gateway may take over by now, nobody can say so.
  const bool in_doubt = plan_.lease != 0 && !store_up_ && (x.sends == 0 || x.unsent);
  if (time_.now() < x.deadline && !x.drained && !in_doubt)
    broke("told_timeout_early", x.id, "504 before its deadline");
  if (time_.now() < x.deadline + kGrace && !x.drained)
    for (const Given& g : x.given)
      if (!g.lost && g.at < x.deadline - kTimerSlack)
        broke("answer_overruled", x.id, "504, though its answer was read before the deadline");
  x.told = Told::timeout;
}

}  // namespace kgw::sim
