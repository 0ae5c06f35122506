// One key, one execution (PROTOCOL.md 1.3). The store has the last word: it claims an order's key in the commit
// that has its acceptance. Who comes with the key of an exchange that is in memory waits for that one's end at
// once; what the store alone knows is looked up there. A rejected exchange has no key.
// One order, one payment (1.6) is the store's alone to say.
// Implements core/relay.hpp.
#include <utility>

#include "core/relay.hpp"

namespace kgw {

// While it is not known whether its key and its order are its own, nothing that comes after its acceptance goes
// to the store: of an exchange that has to give way nothing is written.
bool Relay::waits_for_claim(const Exchange& x, RecordKind kind) {
  return kind != RecordKind::accepted && x.order->claims() && (x.unrecorded & bit(RecordKind::accepted)) != 0;
}

void Relay::record_what_waited(Exchange& x, Effects& effects) {
  if (!store_up_) return;
  for (const RecordKind kind : {RecordKind::ended, RecordKind::answered})
    if ((x.unrecorded & bit(kind)) != 0) effects.emplace_back(Persist{x.id, kind, compose(x, kind)});
}

void Relay::free_key(const Exchange& x) {
  if (!x.order->claim) return;
  const auto found = claims_.find(x.order->claim->key);
  if (found != claims_.end() && found->second == x.id) claims_.erase(found);
}

// True: its caller waits for another one, or was told.
bool Relay::join_held(Now now, const SendRequest& request, std::string_view asker, Effects& effects) {
  const auto found = claims_.find(request.order->claim->key);
  if (found == claims_.end()) return false;
  Exchange* const holder = find(found->second);
  KGW_CHECK(holder != nullptr);
  join(*holder,
       FindClaimed{request.caller, request.order, now.steady, now.steady + request.timeout, std::string(asker)},
       effects);
  return true;
}

// REQUIRES a holder that was not rejected.
void Relay::join(Exchange& holder, FindClaimed caller, Effects& effects) {
  const SharedOrder& order = caller.order;
  Reply reply;
  reply.caller = caller.caller;
  reply.order = order;
  reply.began = caller.began;
  reply.replayed = true;
  if (holder.order->claim->request != order->claim->request) {
    // Until the store has said whose it is, the key may be another's, and for this very request.
    if ((holder.unrecorded & bit(RecordKind::accepted)) != 0) {
      caller.why.reset();
      effects.emplace_back(std::move(caller));
      return;
    }
    reply.error = ErrorCode::idempotency_key_reused;
    reply.outcome = Outcome::not_executed;
  } else if (holder.told) {
    // In time, nobody knew: the same again. A late answer is given once it is durable.
    reply.id = holder.id;
    reply.error = ErrorCode::timeout;
    reply.outcome = Outcome::unknown;
  } else {
    effects.emplace_back(Join{caller.caller, holder.caller, holder.id, order, caller.expires});
    if (holder.caller == CallerId::none) holder.caller = caller.caller;
    holder.given_up = false;
    return;
  }
  effects.emplace_back(std::move(reply));
}

// Another has its key: nothing of it was written, and its callers wait for that one. Or another has its order,
// and its callers hear which.
void Relay::withdraw(Now now, Exchange& x, const ClaimVerdict& verdict, Effects& effects) {
  if (x.phase != Phase::waiting && x.phase != Phase::dispatching && x.phase != Phase::rejecting) {
    // It left long ago, and a store that had lost it was given it again.
    x.unrecorded &= static_cast<std::uint8_t>(~bit(RecordKind::accepted));
    return record_what_waited(x, effects);
  }
  Exchange* const holder = find(verdict.holder);
  // The other was rejected meanwhile, which stands in the journal before what is written now.
  if (holder && holder->phase == Phase::rejecting && x.phase != Phase::rejecting && store_up_) {
    effects.emplace_back(Persist{x.id, RecordKind::accepted, compose(x, RecordKind::accepted)});
    return;
  }
  effects.emplace_back(Withdrawn{x.id});
  if (x.phase == Phase::rejecting) {
    tell(x, x.why, effects);
    return erase(x);
  }
  FindClaimed caller{std::exchange(x.caller, CallerId::none), x.order, x.began, x.expires, x.holder->first};
  const KioskRef kiosk = x.kiosk;
  erase(x);
  move_lane(now, *kiosk, effects);
  if (caller.caller == CallerId::none) return;
  if (of_order(verdict.claim)) {
    Reply reply;
    reply.caller = caller.caller;
    reply.order = caller.order;
    reply.error = verdict.claim == Claim::order_paid ? ErrorCode::order_paid : ErrorCode::order_open;
    reply.outcome = Outcome::not_executed;
    reply.other = verdict.holder;
    reply.began = caller.began;
    effects.emplace_back(std::move(reply));
    return;
  }
  if (holder && holder->phase != Phase::rejecting) {
    // It claims the key from now on here as well: the one that gave way did.
    claims_.insert_or_assign(caller.order->claim->key, holder->id);
    return join(*holder, std::move(caller), effects);
  }
  effects.emplace_back(std::move(caller));
}

void Relay::on_claimed(Now now, const FindClaimed& asked, const Result<std::optional<StoredExchange>>& found,
                       Effects& effects) {
  (void)now;
  const StoredExchange* const x = found && *found ? &**found : nullptr;
  const bool same = x && x->order.claim && x->order.claim->request == asked.order->claim->request;
  Exchange* const held = x ? find(x->id) : nullptr;
  if (held && held->phase != Phase::rejecting && same) return join(*held, asked, effects);
  const bool open = x && (x->state == State::accepted || x->state == State::dispatched);
  if (open && same && !held && !asked.again) {
    // It ended while the store was read, and that stands there by now.
    FindClaimed once_more = asked;
    once_more.again = true;
    effects.emplace_back(std::move(once_more));
    return;
  }
  Reply reply;
  reply.caller = asked.caller;
  reply.order = asked.order;
  reply.began = asked.began;
  reply.outcome = Outcome::not_executed;
  const bool has_it = x && x->state != State::rejected && x->state != State::cancelled &&
                      !(held && held->phase == Phase::rejecting);
  if (!found) {
    reply.error = draining_ ? ErrorCode::draining : found.error().code;
    reply.key_unread = true;
  } else if (!has_it) {
    // Nobody has it, or nobody any more.
    reply.error = draining_ ? ErrorCode::draining : asked.why.value_or(ErrorCode::overloaded);
  } else {
    reply.replayed = true;
    if (!same) {
      reply.error = ErrorCode::idempotency_key_reused;
    } else {
      reply.id = x->id;
      reply.outcome = x->outcome;
      reply.answer = x->response;
      reply.result = x->result.value_or(AnswerResult::unclassified);
      if (x->state != State::answered) reply.error = ErrorCode::timeout;
      else if (!x->response_valid) reply.error = ErrorCode::invalid_response;
      else if (!x->response) reply.error = ErrorCode::request_expired;
      if (x->state != State::answered) reply.outcome = Outcome::unknown;
    }
  }
  effects.emplace_back(std::move(reply));
}

}  // namespace kgw
