#include "live/long_polls.hpp"

#include <algorithm>
#include <utility>

namespace kgw {

bool LongPolls::wait(std::string_view holder, const RequestId& id, Instant until, Over over) {
  if (!shares_.take(holder)) return false;
  polls_[id].push_back({std::string(holder), deadlines_.emplace(until, id), std::move(over)});
  return true;
}

std::vector<LongPolls::Poll> LongPolls::take(const RequestId& id, Instant by) {
  std::vector<Poll> over;
  const auto found = polls_.find(id);
  if (found == polls_.end()) return over;
  std::vector<Poll>& all = found->second;
  const auto stays = [by](const Poll& poll) { return poll.until->first > by; };
  const auto first = std::stable_partition(all.begin(), all.end(), stays);
  for (auto poll = first; poll != all.end(); ++poll) deadlines_.erase(poll->until);
  std::move(first, all.end(), std::back_inserter(over));
  all.erase(first, all.end());
  if (all.empty()) polls_.erase(found);
  return over;
}

// What is called may ask again.
void LongPolls::end(const std::vector<Poll>& over) {
  for (const Poll& poll : over) {
    shares_.give_back(poll.holder);
    poll.over();
  }
}

void LongPolls::on_request_ended(const Reply& reply) {
  if (!polls_.empty()) end(take(reply.id, Instant::max()));
}

std::optional<Instant> LongPolls::next_deadline() const {
  return deadlines_.empty() ? std::nullopt : std::optional(deadlines_.begin()->first);
}

void LongPolls::on_tick(const Now& now) {
  while (!deadlines_.empty() && deadlines_.begin()->first <= now.steady) {
    const RequestId id = deadlines_.begin()->second;
    end(take(id, now.steady));
  }
}

}  // namespace kgw
