#include "core/records.hpp"

namespace kgw {

std::string_view name(State state) {
  switch (state) {
    case State::accepted: return "accepted";
    case State::dispatched: return "dispatched";
    case State::answered: return "answered";
    case State::timed_out: return "timed_out";
    case State::rejected: return "rejected";
    case State::cancelled: return "cancelled";
  }
  return "accepted";
}

std::string_view name(Outcome outcome) {
  switch (outcome) {
    case Outcome::open: return "open";
    case Outcome::known: return "known";
    case Outcome::unknown: return "unknown";
    case Outcome::not_executed: return "not_executed";
  }
  return "open";
}

const std::string& kiosk_of(const Record& record) {
  if (const auto* const accepted = std::get_if<AcceptedRecord>(&record)) return accepted->order->kiosk_id;
  if (const auto* const dispatched = std::get_if<DispatchedRecord>(&record)) return dispatched->kiosk_id;
  if (const auto* const answered = std::get_if<AnsweredRecord>(&record)) return answered->kiosk_id;
  return std::get<EndedRecord>(record).kiosk_id;
}

const RequestId& id_of(const Record& record) {
  return std::visit([](const auto& r) -> const RequestId& { return r.id; }, record);
}

// ---------------------------------------------------------------- what records make of an exchange

namespace {

bool dispatch(StoredExchange& x, WallTime at) {
  if (x.state != State::accepted) return false;
  x.state = State::dispatched;
  x.dispatched_at = at;
  return true;
}

// The second one may say that it left at once, where the first one had to wait.
bool apply_one(StoredExchange& x, const AcceptedRecord& r) {
  const bool is_new = x.accepted_at == WallTime();
  if (is_new) {
    x.id = r.id;
    x.order = *r.order;
    x.accepted_at = r.accepted_at;
    x.deadline_at = r.deadline_at;
  }
  const bool left = r.dispatched && dispatch(x, r.accepted_at);
  return is_new || left;
}

bool apply_one(StoredExchange& x, const DispatchedRecord& r) { return dispatch(x, r.dispatched_at); }

bool apply_one(StoredExchange& x, const AnsweredRecord& r) {
  if (x.state == State::answered) return false;
  x.state = State::answered;
  x.outcome = r.outcome;
  x.result = result_kept(r.valid, r.outcome, r.result);
  x.late = r.late;
  x.response_valid = r.valid;
  x.answered_at = r.answered_at;
  x.why.reset();
  x.response = r.response;
  return true;
}

bool apply_one(StoredExchange& x, const EndedRecord& r) {
  if (!is_open(x.state)) return false;
  x.state = r.state;
  x.ended_at = r.ended_at;
  x.outcome = r.state == State::timed_out ? Outcome::unknown : Outcome::not_executed;
  if (r.state == State::timed_out) return true;
  if (r.state == State::rejected) x.why = r.why;
  x.dispatched_at.reset();  // it was to leave, and did not
  return true;
}

}  // namespace

bool apply(StoredExchange& x, const Record& record) {
  return std::visit([&x](const auto& r) { return apply_one(x, r); }, record);
}

}  // namespace kgw
