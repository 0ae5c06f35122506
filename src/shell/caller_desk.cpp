#include "shell/caller_desk.hpp"

#include <algorithm>
#include <utility>

namespace kgw {

// HTTP calls count upwards from far below.
CallerId CallerDesk::add_own(std::function<bool(const Reply&)> told, const RequestId& id) {
  const CallerId caller{++own_ids_ | std::uint64_t{1} << 63};
  own_callers_.emplace(caller, Own{id, std::move(told)});
  return caller;
}

std::optional<CallerDesk::Left> CallerDesk::leave(CallerId caller, bool can_write) {
  const auto found = callers_.find(caller);
  if (found == callers_.end()) return std::nullopt;
  Left left{found->second.party, found->second.id, can_write, found->second.joined};
  if (can_write) found->second.half = true;
  else erase(found);
  if (parties_.empty()) return left;
  const auto party = parties_.find(left.party);
  if (party == parties_.end()) return left;
  std::vector<CallerId>& all = party->second;
  if (!can_write) std::erase(all, caller);
  if (any_waits(all)) return std::nullopt;
  left.half = !all.empty();
  if (all.empty()) parties_.erase(party);
  return left;
}

bool CallerDesk::any_waits(const std::vector<CallerId>& all) const {
  return std::any_of(all.begin(), all.end(), [this](CallerId caller) {
    const auto one = callers_.find(caller);
    return one == callers_.end() || !one->second.half;  // not there: one of our own
  });
}

void CallerDesk::set_deadline(CallerId caller, Waiting& waiting, Instant expires) {
  if (waiting.expires != Instant::max()) deadlines_.erase({waiting.expires, caller});
  waiting.expires = expires;
  if (expires != Instant::max()) deadlines_.emplace(expires, caller);
}

void CallerDesk::erase(std::unordered_map<CallerId, Waiting>::iterator waiting) {
  set_deadline(waiting->first, waiting->second, Instant::max());
  callers_.erase(waiting);
}

std::optional<CallerDesk::Overdue> CallerDesk::overdue(Instant now) const {
  if (deadlines_.empty() || deadlines_.begin()->first > now) return std::nullopt;
  const CallerId caller = deadlines_.begin()->second;
  return Overdue{caller, callers_.at(caller).id};
}

void CallerDesk::wait_longer(CallerId caller, Instant expires) {
  set_deadline(caller, callers_.at(caller), expires);
}

CallerDesk::Party CallerDesk::take_alone(CallerId caller, std::optional<Left>& left) {
  Party out;
  const Waiting& waiting = callers_.at(caller);
  out.first = {caller, waiting.traceparent, waiting.joined};
  left = leave(caller, false);
  return out;
}

std::optional<CallerDesk::Left> CallerDesk::merge(CallerId caller, CallerId party, const RequestId& id,
                                                  Instant expires) {
  const CallerId into = party == CallerId::none ? caller : party;
  std::vector<CallerId> coming{caller};
  if (const auto joined = parties_.extract(caller); !joined.empty()) coming = joined.mapped();
  // A party of one is not listed; one whose callers have all left is not there at all.
  std::vector<CallerId> all;
  if (party != CallerId::none) {
    const auto there = parties_.find(party);
    all = there != parties_.end() ? there->second : std::vector<CallerId>{party};
  }
  for (const CallerId one : coming) {
    if (const auto own = own_callers_.find(one); own != own_callers_.end()) {
      own->second.id = id;
    } else {
      const auto found = callers_.find(one);
      if (found == callers_.end()) continue;  // gone meanwhile
      found->second.id = id;
      found->second.party = into;
      found->second.joined = true;
      if (one == caller) set_deadline(one, found->second, expires);
    }
    all.push_back(one);
  }
  if (any_waits(all)) {
    parties_.insert_or_assign(into, std::move(all));
    return std::nullopt;
  }
  const Left left{into, id, !all.empty()};
  if (all.empty()) parties_.erase(into);
  else parties_.insert_or_assign(into, std::move(all));
  return left;
}

// None: it went away while the store was asked about its key, of which the core does not hear.
CallerDesk::Party::Member CallerDesk::take_one(CallerId caller) {
  const auto found = callers_.find(caller);
  if (found == callers_.end()) return {own_callers_.contains(caller) ? caller : CallerId::none, {}};
  Party::Member member{caller, {}};
  member.joined = found->second.joined;
  member.traceparent = std::move(found->second.traceparent);
  erase(found);
  return member;
}

CallerDesk::Party CallerDesk::take(CallerId party) {
  Party out;
  if (party == CallerId::none) return out;
  auto joined = parties_.empty() ? parties_.end() : parties_.find(party);
  if (joined == parties_.end()) {
    out.first = take_one(party);
    return out;
  }
  const std::vector<CallerId> all = std::move(joined->second);
  parties_.erase(joined);
  out.first = take_one(all.front());
  for (std::size_t i = 1; i < all.size(); ++i) out.others.push_back(take_one(all[i]));
  return out;
}

bool CallerDesk::tell(const Party& party, const Reply& reply) {
  bool heard = tell_one(party.first, reply);
  for (const Party::Member& other : party.others)
    if (tell_one(other, reply)) heard = true;
  return heard;
}

bool CallerDesk::tell_one(const Party::Member& member, const Reply& reply) {
  if (member.caller == CallerId::none) return false;
  if (!own_callers_.empty())
    if (const auto own = own_callers_.extract(member.caller); !own.empty()) return own.mapped().told(reply);
  teller_.tell(member.caller, reply, member.traceparent, member.joined);
  return true;
}

}  // namespace kgw
