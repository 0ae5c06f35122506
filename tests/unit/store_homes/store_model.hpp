// What the stores' tests of all promises compare with: exchanges as store.hpp says that they must be.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>

#include "core/records.hpp"

namespace kgw::testing {

inline std::string text_of(std::optional<WallTime> at) { return at ? std::to_string(to_ms(*at)) : "-"; }

// All that a page shows of it.
inline std::string shown(const StoredExchange& x) {
  return x.id.text() + " " + x.order.kiosk_id + " " + x.order.operation + " " + x.order.order_id + " " +
         x.order.owner + " " + std::string(name(x.state)) + " " + std::string(name(x.outcome)) +
         (x.late ? " late" : "") + (x.response_valid ? "" : " invalid") + " " + text_of(x.accepted_at) + " " +
         text_of(x.deadline_at) + " " + text_of(x.dispatched_at) + " " + text_of(x.answered_at) + " " +
         text_of(x.ended_at) + " " + (x.why ? std::string(info(*x.why).name) : "-");
}

struct Modelled {
  StoredExchange x;
  std::string body;
  std::string response;
  Instant ended{};  // by the clock that does not leap
  bool open() const { return x.state == State::accepted || x.state == State::dispatched; }
  // It may go once it has ended so long ago; what nobody knows the outcome of never.
  bool may_go(Instant now, Milliseconds kept) const {
    return !open() && x.outcome != Outcome::unknown && now - ended >= kept;
  }
};
using Exchanges = std::map<RequestId, Modelled>;

// What a record makes of it; the second time nothing.
inline void apply(Exchanges& all, const Record& record, Instant now) {
  if (const auto* const r = std::get_if<AcceptedRecord>(&record)) {
    const auto [at, is_new] = all.try_emplace(r->id);
    if (!is_new) return;
    StoredExchange& x = at->second.x;
    x.id = r->id;
    x.order = *r->order;
    x.accepted_at = r->accepted_at;
    x.deadline_at = r->deadline_at;
    if (r->dispatched) {
      x.state = State::dispatched;
      x.dispatched_at = r->accepted_at;
    }
    at->second.body = r->envelope.body();
    return;
  }
  const RequestId id = std::visit([](const auto& r) { return r.id; }, record);
  const auto at = all.find(id);
  if (at == all.end()) return;
  StoredExchange& x = at->second.x;
  if (const auto* const sent = std::get_if<DispatchedRecord>(&record)) {
    if (x.state != State::accepted) return;
    x.state = State::dispatched;
    x.dispatched_at = sent->dispatched_at;
  } else if (const auto* const end = std::get_if<EndedRecord>(&record)) {
    if (!at->second.open()) return;
    x.state = end->state;
    x.ended_at = end->ended_at;
    x.outcome = end->state == State::rejected ? Outcome::not_executed : Outcome::unknown;
    if (end->state == State::rejected) {
      x.why = end->why;
      x.dispatched_at.reset();  // it did not leave
    }
    at->second.ended = now;
  } else if (const auto* const given = std::get_if<AnsweredRecord>(&record)) {
    if (x.state == State::answered) return;
    x.state = State::answered;
    x.answered_at = given->answered_at;
    x.late = given->late;
    x.response_valid = given->valid;
    x.outcome = given->outcome;
    at->second.response = view(given->response);
    at->second.ended = now;
  }
}

}  // namespace kgw::testing
