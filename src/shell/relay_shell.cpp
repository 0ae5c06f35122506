#include "shell/relay_shell.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/limits.hpp"
#include "wire/json_scan.hpp"
#include "wire/shown/card_mask.hpp"
#include "wire/trace_context.hpp"

namespace kgw {
namespace {

UnmatchedWhy counted_as(Unmatched::Why why) {
  switch (why) {
    case Unmatched::Why::no_exchange: return UnmatchedWhy::no_such_request;
    case Unmatched::Why::not_its_own: return UnmatchedWhy::other_kiosk;
    case Unmatched::Why::duplicate: return UnmatchedWhy::duplicate;
    case Unmatched::Why::not_sent: return UnmatchedWhy::never_sent;
  }
  return UnmatchedWhy::no_such_request;
}

struct Took {
  std::chrono::nanoseconds whole;
  std::chrono::nanoseconds own;
};

// What the kiosk took is not the gateway's; what never was sent is all the gateway's.
Took took(const Reply& reply, Instant now) {
  const auto whole = now - reply.began;
  return {whole, reply.sent && reply.answered ? whole - (*reply.answered - *reply.sent) : whole};
}

}  // namespace

RelayShell::RelayShell(const RelaySettings& settings, const TurnClock& loop, CallerDesk& desk, Journal& journal,
                       const Reports& reports, OutcomeRules rules)
    : loop_(loop),
      desk_(desk),
      journal_(journal),
      log_(reports.log),
      metrics_(reports.metrics),
      series_(reports.series),
      rules_(std::move(rules)),
      relay_(settings) {}

void RelayShell::restore(const StoreImage& image) {
  for (const KioskRecord& kiosk : image.kiosks) {
    relay_.restore_kiosk(kiosk);
    series_.on_known(kiosk.id);
  }
  for (const StoredExchange& exchange : image.open) relay_.restore_exchange(loop_.now(), exchange, effects_);
  run_effects();
}

void RelayShell::on_caller_gone(CallerId caller, bool can_write) {
  const std::optional<CallerDesk::Left> left = desk_.leave(caller, can_write);
  if (!left) return;
  report_hang_up(*left);
  apply([&](Relay& relay, Now now, Effects& effects) {
    if (left->half) relay.on_caller_half_gone(now, left->party, left->id, effects);
    else relay.on_caller_gone(now, left->party, left->id, effects);
  });
}

// The first sign of it only: who closes his sending side is cut off later. What is being rejected has had its
// sign, or ends without one.
void RelayShell::report_hang_up(const CallerDesk::Left& left) const {
  const Exchange* const x = relay_.exchange(left.id);
  if (!x || x->caller != left.party || left.joined) return;
  if (x->told || x->given_up || x->phase == Phase::rejecting) return;
  const auto until = [x](Instant at) { return std::chrono::duration_cast<Milliseconds>(at - x->began); };
  const Milliseconds waited = until(loop_.now().steady);
  if (left.half && waited < limits::kHalfCloseTime) return;  // it has only finished sending
  const Milliseconds allowed = until(x->offline ? x->online_by + x->timeout : x->expires);
  onlookers_.tell(&Onlooker::on_caller_left, *x->order, waited, allowed);
}

// ---------------------------------------------------------------- effects

void RelayShell::run_effects() {
  if (running_) return;
  running_ = true;
  // By index and moved out: an effect may cause more of them.
  for (std::size_t i = 0; i < effects_.size(); ++i) {
    Effect effect = std::move(effects_[i]);
    std::visit([this](auto& what) { run(what); }, effect);
  }
  effects_.clear();
  running_ = false;
}

void RelayShell::run(Persist& effect) {
  ++appended_;
  if (const auto* const accepted = std::get_if<AcceptedRecord>(&effect.record))
    onlookers_.tell(&Onlooker::on_request_accepted, *accepted);
  onlookers_.tell(&Onlooker::on_record, appended_, effect.id, effect.record);
  awaited_.push_back({journal_.append(std::move(effect.record)), effect.id, effect.kind});
}

void RelayShell::run(SendFrame& effect) {
  // The last look before the write (PROTOCOL.md 1.2). A gateway that was stopped since its record was
  // acknowledged may be one whose kiosks and requests are another's by now.
  const Instant held = journal_.holds_until();
  if (held != Instant::max() && loop_.read_clock() >= held)
    return relay_.on_frame_unsent(loop_.now(), effect.id, ErrorCode::store_unavailable, effects_);
  if (const auto why = door_->send(effect)) relay_.on_frame_unsent(loop_.now(), effect.id, *why, effects_);
}

void RelayShell::run(Reply& effect) {
  if (effect.replayed) return replay(effect);
  count(effect);
  const CallerDesk::Party party = desk_.take(effect.caller);
  log(effect, party.first.traceparent);
  onlookers_.tell(&Onlooker::on_request_ended, effect);
  const bool heard = desk_.tell(party, effect);
  if (!heard && !effect.error && effect.id) onlookers_.tell(&Onlooker::on_answer_untold, effect);
}

// It was counted, and told to all who look on, when it ended. A caller counts once, with one line in the log:
// who joined another was counted then.
void RelayShell::replay(Reply& reply) {
  const CallerDesk::Party party = desk_.take(reply.caller);
  const std::string_view result = reply.error ? info(*reply.error).name : name(reply.result);
  if (reply.error) ++metrics_.errors[static_cast<std::size_t>(*reply.error)];
  std::size_t fresh = party.first.caller != CallerId::none && !party.first.joined ? 1 : 0;
  for (const CallerDesk::Party::Member& member : party.others) fresh += member.joined ? 0 : 1;
  if (!reply.id) {
    metrics_.refused += party.size();
    log_.write_of(
        reply.order->kiosk_id, LogLevel::info, "request_refused",
        {{"kiosk_id", reply.order->kiosk_id}, {"operation", reply.order->operation}, {"error", result}});
  }
  for (; reply.id && fresh > 0; --fresh) {
    ++metrics_.replays;
    log_.write_of(reply.order->kiosk_id, LogLevel::info, "request_replayed",
                  {{"request_id", reply.id},
                   {"kiosk_id", reply.order->kiosk_id},
                   {"operation", reply.order->operation},
                   {"result", result}});
  }
  if (desk_.tell(party, reply) && !reply.error) onlookers_.tell(&Onlooker::on_answer_replayed, reply.id);
}

void RelayShell::run(Join& effect) {
  ++metrics_.replays;
  log_.write_of(effect.order->kiosk_id, LogLevel::info, "request_joined",
                {{"request_id", effect.id},
                 {"kiosk_id", effect.order->kiosk_id},
                 {"operation", effect.order->operation}});
  const auto left = desk_.merge(effect.caller, effect.party, effect.id, effect.expires);
  tell_committed();
  if (left) on_left(*left);  // who came last for it has gone meanwhile
}

void RelayShell::on_left(const CallerDesk::Left& left) {
  if (left.half) relay_.on_caller_half_gone(loop_.now(), left.party, left.id, effects_);
  else relay_.on_caller_gone(loop_.now(), left.party, left.id, effects_);
}

// Its own Header-Timeout is over; the exchange that it waits for goes on. It was counted when it joined.
void RelayShell::end_waiting(const CallerDesk::Overdue& overdue, Instant now) {
  const Exchange* const x = relay_.exchange(overdue.id);
  // It gave way: the store is being asked which one has their key.
  if (!x) return desk_.wait_longer(overdue.caller, now + limits::kHeldAnswerGrace);
  // The answer is here and waits for the store.
  if (x->phase == Phase::answering && !x->late && now < x->answered.value_or(now) + limits::kHeldAnswerGrace)
    return desk_.wait_longer(overdue.caller, *x->answered + limits::kHeldAnswerGrace);
  Reply reply;
  reply.caller = overdue.caller;
  reply.id = x->id;
  reply.order = x->order;
  reply.error = ErrorCode::timeout;
  reply.outcome = Outcome::unknown;
  reply.replayed = true;
  reply.began = x->began;
  ++metrics_.errors[static_cast<std::size_t>(ErrorCode::timeout)];
  log_.write_of(reply.order->kiosk_id, LogLevel::info, "request_wait_ended",
                {{"request_id", reply.id},
                 {"kiosk_id", reply.order->kiosk_id},
                 {"operation", reply.order->operation},
                 {"result", info(ErrorCode::timeout).name}});
  std::optional<CallerDesk::Left> left;
  desk_.tell(desk_.take_alone(overdue.caller, left), reply);
  if (!left) return;
  apply([&](Relay&, Now, Effects&) { on_left(*left); });
}

void RelayShell::run(FindClaimed& effect) {
  const Digest key = effect.order->claim->key;
  const std::string asker = effect.asker;
  ++keys_asked_;
  journal_.find_claimed(
      key, asker, [this, asked = std::move(effect)](Result<std::optional<StoredExchange>> found) {
        --keys_asked_;
        if (found && *found) (*found)->result = result_of(**found);
        apply([&](Relay& relay, Now now, Effects& effects) { relay.on_claimed(now, asked, found, effects); });
      });
}

void RelayShell::run(Withdrawn& effect) { onlookers_.tell(&Onlooker::on_request_withdrawn, effect.id); }

void RelayShell::count(const Reply& reply) {
  if (reply.error) ++metrics_.errors[static_cast<std::size_t>(*reply.error)];
  if (!reply.id) {
    ++metrics_.refused;
    return;
  }
  ++metrics_.requests;
  OperationMetrics& operation = metrics_.operations.of(reply.order->operation, !reply.error);
  series_.on_request(reply.order->kiosk_id, !reply.error);
  if (reply.error) {
    ++operation.ended[static_cast<std::size_t>(*reply.error)];
    return;
  }
  ++metrics_.answers;
  ++operation.ended[end_of(reply.result)];
  const Took time = took(reply, loop_.now().steady);
  operation.latency.record(time.whole);
  metrics_.own_time.record(time.own);
}

void RelayShell::log(const Reply& reply, std::string_view traceparent) {
  const Now& now = loop_.now();
  const std::string_view result = reply.error ? info(*reply.error).name : name(reply.result);
  if (!reply.id) {
    log_.write_of(
        reply.order->kiosk_id, LogLevel::info, "request_refused",
        {{"kiosk_id", reply.order->kiosk_id}, {"operation", reply.order->operation}, {"error", result}});
    return;
  }
  const auto [whole, own] = took(reply, now.steady);
  const LogLevel level = reply.error && !info(*reply.error).safe_to_retry ? LogLevel::warning : LogLevel::info;
  const std::string_view outcome = name(reply.outcome);
  if (const auto trace = trace_id_of(traceparent))
    return log_.write_at(now.wall, level, "request_finished",
                         {{"request_id", reply.id},
                          {"trace_id", *trace},
                          {"kiosk_id", reply.order->kiosk_id},
                          {"operation", reply.order->operation},
                          {"result", result},
                          {"outcome", outcome},
                          {"duration_ms", whole},
                          {"gateway_ms", own}});
  log_.write_at(now.wall, level, "request_finished",
                {{"request_id", reply.id},
                 {"kiosk_id", reply.order->kiosk_id},
                 {"operation", reply.order->operation},
                 {"result", result},
                 {"outcome", outcome},
                 {"duration_ms", whole},
                 {"gateway_ms", own}});
}

void RelayShell::run(LateAnswer& effect) {
  ++metrics_.late_answers;
  onlookers_.tell(&Onlooker::on_late_answer, effect);
  log_.write_of(effect.kiosk_id, LogLevel::warning, "late_answer",
                {{"request_id", effect.id},
                 {"kiosk_id", effect.kiosk_id},
                 {"outcome", name(effect.outcome)},
                 {"result", name(effect.result)}});
}

void RelayShell::run(Unmatched& effect) {
  static constexpr std::string_view kWhy[] = {"no such request", "another kiosk's request", "answered already",
                                              "never sent"};
  metrics_.on_unmatched(counted_as(effect.why));
  onlookers_.tell(&Onlooker::on_unmatched_answer, effect);
  log_.write_of(effect.kiosk_id, LogLevel::warning, "unmatched_answer",
                {{"kiosk_id", effect.kiosk_id},
                 {"request_id", effect.id},
                 {"why", kWhy[static_cast<std::size_t>(effect.why)]}});
}

// ---------------------------------------------------------------- late answers

void RelayShell::run(FindExchange& effect) {
  for (const FindExchange& gone : late_answers_.hold(std::move(effect)))
    on_discarded(gone, "too many answers are waiting to be looked up in the store");
  look_up_more();
}

void RelayShell::look_up_more() {
  if (ask_again_) return;
  while (std::optional<FindExchange> next = late_answers_.next()) look_up(std::move(*next));
}

// Held until the store has said yes or no: that it can't be read now is neither.
void RelayShell::look_up(FindExchange asked) {
  const RequestId id = asked.answer.id;
  journal_.find_for_answer(
      id, [this, asked = std::move(asked)](Result<std::optional<StoredExchange>> found) mutable {
        if (!found) {
          late_answers_.again(std::move(asked));
          ask_again_ = loop_.now().steady + limits::kLookupRetry;
          return;
        }
        late_answers_.done(asked);
        const bool says = asked.answer.valid && asked.answer.how != AnswerHow::declined;
        if (*found && says) classify(asked.answer, (*found)->order.operation);
        apply([&](Relay& relay, Now now, Effects& effects) {
          relay.on_found(now, std::move(asked), *found, effects);
        });
        look_up_more();
      });
}

// What it answers was not known when it was read.
void RelayShell::classify(Answer& answer, std::string_view operation) const {
  answer.result = rules_.classify(operation, view(answer.bytes));
  answer.outcome = outcome_of(answer.result);
}

std::optional<AnswerResult> RelayShell::result_of(const StoredExchange& x) const {
  if (x.result || x.state != State::answered || !x.response) return x.result;
  return rules_.classify(x.order.operation, view(x.response));
}

// Nobody will say it again: its text stays in the log, as far as a flood of them lets it.
void RelayShell::on_discarded(const FindExchange& answer, std::string_view why) {
  metrics_.on_unmatched(UnmatchedWhy::not_looked_up);
  const std::string_view text = view(answer.answer.bytes);
  const std::string shown = mask_cards(as_utf8(text.substr(0, limits::kDiscardedTextBytesMax)));
  log_.write_of(answer.kiosk_id, LogLevel::error, "answer_discarded",
                {{"kiosk_id", answer.kiosk_id},
                 {"request_id", answer.answer.id},
                 {"why", why},
                 {"bytes", static_cast<std::int64_t>(text.size())},
                 {"text", std::string_view(shown)}});
}

void RelayShell::on_end() {
  for (const FindExchange& held : late_answers_.take_all())
    on_discarded(held, "the gateway stopped before the store could say whether there was such a request");
}

std::optional<Instant> RelayShell::next_deadline() const {
  std::optional<Instant> next = relay_.next_deadline();
  const auto or_at = [&next](std::optional<Instant> at) {
    if (at && (!next || *at < *next)) next = at;
  };
  or_at(desk_.next_deadline());
  if (late_answers_.any_waits()) or_at(ask_again_);
  return next;
}

void RelayShell::on_tick(Now by) {
  apply([by](Relay& relay, Now, Effects& effects) { relay.on_tick(by, effects); });
  while (const auto overdue = desk_.overdue(by.steady)) end_waiting(*overdue, by.steady);
  if (!ask_again_ || by.steady < *ask_again_) return;
  ask_again_.reset();
  look_up_more();
}

// ---------------------------------------------------------------- the store

void RelayShell::end_of_turn() {
  // With a store in memory a commit acknowledges at once, and what follows may append more.
  std::uint64_t before = 0;
  do {
    before = appended_;
    journal_.commit();
  } while (appended_ != before);
}

void RelayShell::on_store_committed(std::uint64_t up_to, std::span<const NotNew> not_new) {
  while (!awaited_.empty() && awaited_.front().number <= up_to) {
    const Awaited done = awaited_.front();
    awaited_.pop_front();
    while (!not_new.empty() && not_new.front().number < done.number) not_new = not_new.subspan(1);
    const bool is_new = not_new.empty() || not_new.front().number != done.number;
    const ClaimVerdict verdict = is_new ? ClaimVerdict{} : not_new.front().verdict;
    apply([&](Relay& relay, Now now, Effects& effects) {
      relay.on_recorded(now, done.id, done.kind, verdict, effects);
    });
  }
  tell_committed();
}

void RelayShell::on_store_doubts(std::uint64_t up_to) {
  for (const Awaited& one : awaited_)
    if (one.number <= up_to) relay_.on_in_doubt(one.id);
}

void RelayShell::on_store_failed(const std::string& why) {
  awaited_.clear();
  log_.write(LogLevel::error, "store_failed", {{"why", why}});
  onlookers_.tell(&Onlooker::on_store_down, why);
  const Instant alone_until = journal_.holds_until();
  apply([alone_until](Relay& relay, Now now, Effects& effects) {
    relay.on_store_failed(now, effects, alone_until);
  });
}

void RelayShell::on_store_recovered(bool lost_data) {
  log_.write(lost_data ? LogLevel::error : LogLevel::info, "store_recovered", {{"lost_data", lost_data}});
  onlookers_.tell(&Onlooker::on_store_up);
  if (alarms_.recovered) alarms_.recovered(lost_data);
  apply([lost_data](Relay& relay, Now now, Effects& effects) {
    relay.on_store_recovered(now, lost_data, effects);
  });
  ask_again_.reset();
  look_up_more();
}

void RelayShell::on_store_holds(std::vector<StoredExchange>&& open) {
  apply([&open](Relay& relay, Now now, Effects& effects) {
    relay.on_store_holds(now, std::move(open), effects);
  });
}

void RelayShell::on_store_weak(const std::string& why) {
  if (why.empty()) log_.write(LogLevel::info, "store_is_strict");
  else log_.write(LogLevel::warning, "store_is_weak", {{"why", why}});
  onlookers_.tell(&Onlooker::on_store_weak, why);
}

void RelayShell::on_store_taken_over() {
  log_.write(LogLevel::error, "store_taken_over");
  if (alarms_.taken_over) alarms_.taken_over();
}

}  // namespace kgw
