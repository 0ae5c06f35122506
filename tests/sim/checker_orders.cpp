// One payment an order (PROTOCOL.md 1.6): over all calls for one order, in all lives of the gateway, whatever
// keys they bear, at most one runs that is not known to have failed; and 409 is told of no order that is free.
// What a Redis has forgotten binds nobody.
// Implements checker.hpp.
#include <optional>

#include "checker.hpp"

namespace kgw::sim {

// Somebody said so, and takes the blame.
bool Checker::said_not_done(const History& x) const {
  const OnDisk* const stored = disk_.find(x.id);
  return stored && stored->resolved && stored->resolved->result == Resolution::not_done;
}

// By the words of its kiosk's first answer, which stand on the disk; or by somebody's.
bool Checker::surely_failed(const History& x) const {
  const OnDisk* const stored = disk_.find(x.id);
  if (stored && said_not_done(x) && !stored->answered) return true;
  if (!stored || !stored->answered) return false;
  const std::optional<AnswerResult> result = stored->answered->result;
  return result == AnswerResult::declined || result == AnswerResult::failed;
}

void Checker::check_order_sent_once(const History& x) {
  if (x.gave_way || x.withdrawn)
    broke("sent_for_anothers_order", x.id, "the store said that its order is another's");
  const auto holder = disk_.order_holder(*x.order_claim);
  if (disk_.find(x.id) && (!holder || holder->id != x.id))
    broke("sent_for_anothers_order", x.id, "on the disk its order is not its own");
  for (const RequestId& id : of_orders_.at(*x.order_claim)) {
    const History& one = exchanges_.at(id);
    if (id == x.id || !ran(one)) continue;
    if (!surely_failed(one) && !said_not_done(one))
      broke("order_ran_twice", x.id, "its order ran before, as " + id.text());
    count_(Event::order_free_again);
  }
}

void Checker::check_order_executed_once(const History& x) {
  if (x.forgotten || said_not_done(x)) return;
  for (const RequestId& id : of_orders_.at(*x.order_claim)) {
    const History& one = exchanges_.at(id);
    if (id == x.id || one.executions == 0 || one.forgotten || one.rewriting) continue;
    if (surely_failed(one) || said_not_done(one)) continue;
    broke("order_ran_twice", x.id, "a kiosk executes its order again, after " + id.text());
  }
}

// The one that is named had the order while this call was here. (Who joined later, by its key, heard it with
// the first.)
void Checker::check_order_taken(const History& x, const Reply& reply) {
  const bool paid = reply.error == ErrorCode::order_paid;
  count_(paid ? Event::order_paid : Event::order_open);
  if (reply.outcome != Outcome::not_executed)
    broke("told_oddly", x.id, "409, and yet it may have been executed");
  const auto found = exchanges_.find(reply.other);
  if (found == exchanges_.end() || reply.other == x.id || found->second.order_claim != x.order_claim)
    broke("order_of_nobody", x.id, "409 names no other request of its order");
  const History& of = found->second;
  if (of.forgotten || of.rewriting || !x.accepted_emitted) return;
  if (!of.order_claimed || (of.order_freed && *of.order_freed < x.began))
    broke("order_was_free", x.id, "409, and the request that it names had failed before: " + of.id.text());
  const OnDisk* const stored = disk_.find(of.id);
  const bool said = stored && stored->resolved && stored->resolved->result == Resolution::done;
  const bool success = stored && stored->answered && stored->answered->result == AnswerResult::success;
  if (paid && !success && !said)
    broke("order_not_paid", x.id, "said to be paid, by an answer that is not on the disk");
  if (!paid && success && of.answered && *of.answered < x.began)
    broke("order_not_open", x.id, "said to be open, and it was paid before");
}

// Before it is written.
void Checker::note_order(const OnDisk* before, const Record& record) {
  if (const auto* accepted = std::get_if<AcceptedRecord>(&record)) {
    History& x = known(accepted->id, "on disk");
    if (x.order_claim && !x.order_claimed) x.order_claimed = time_.now();
    return;
  }
  if (!before) return;
  if (const auto* ended = std::get_if<EndedRecord>(&record)) {
    History& x = known(ended->id, "on disk");
    if (ended->order_claim != x.order_claim) broke("order_kept", x.id, "its end says nothing of its order");
    if (ended->state != State::timed_out && !x.order_freed) x.order_freed = time_.now();
  } else if (const auto* answered = std::get_if<AnsweredRecord>(&record)) {
    History& x = known(answered->id, "on disk");
    if (answered->order_claim != x.order_claim)
      broke("order_kept", x.id, "its answer says nothing of its order");
    const bool failed = answered->result == AnswerResult::declined || answered->result == AnswerResult::failed;
    if (!before->answered && failed && !x.order_freed) x.order_freed = time_.now();
  }
}

}  // namespace kgw::sim
