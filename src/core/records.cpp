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

}  // namespace kgw
