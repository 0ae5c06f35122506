#include "shell/late_answers.hpp"

#include <algorithm>

#include "base/check.hpp"

namespace kgw {

// The text, and what holding it costs: many small ones are large as well.
std::size_t LateAnswers::size_of(const FindExchange& answer) {
  constexpr std::size_t kEach = 2 * sizeof(FindExchange);
  return kEach + view(answer.answer.bytes).size();
}

void LateAnswers::weigh(Lines::iterator at, std::size_t waiting_bytes) {
  Line& line = at->second;
  if (line.waiting_bytes > 0) by_weight_.erase({line.waiting_bytes, at->first});
  line.waiting_bytes = waiting_bytes;
  if (waiting_bytes > 0) by_weight_.insert({waiting_bytes, at->first});
}

void LateAnswers::drop(Lines::iterator at, std::size_t bytes) {
  bytes_ -= bytes;
  at->second.bytes -= bytes;
  if (at->second.bytes == 0) lines_.erase(at);
}

std::vector<FindExchange> LateAnswers::hold(FindExchange answer) {
  std::vector<FindExchange> gone;
  const std::size_t size = size_of(answer);
  const auto at = lines_.try_emplace(answer.kiosk_id).first;
  Line& line = at->second;
  if (line.bytes > 0 && line.bytes + size > bounds_.kiosk_bytes_max) {
    gone.push_back(std::move(answer));
    return gone;
  }
  if (line.waiting.empty()) turns_.push_back(at->first);
  line.waiting.push_back(std::move(answer));
  line.bytes += size;
  bytes_ += size;
  weigh(at, line.waiting_bytes + size);
  while (bytes_ > bounds_.bytes_max && !by_weight_.empty()) gone.push_back(take_newest_of_heaviest());
  return gone;
}

FindExchange LateAnswers::take_newest_of_heaviest() {
  const auto at = lines_.find(by_weight_.rbegin()->second);
  KGW_CHECK(at != lines_.end());
  Line& line = at->second;
  FindExchange newest = std::move(line.waiting.back());
  line.waiting.pop_back();
  const std::size_t size = size_of(newest);
  weigh(at, line.waiting_bytes - size);
  if (line.waiting.empty()) turns_.erase(std::find(turns_.begin(), turns_.end(), at->first));
  drop(at, size);
  return newest;
}

std::optional<FindExchange> LateAnswers::next() {
  if (turns_.empty() || asked_.size() >= bounds_.asked_max) return std::nullopt;
  const auto at = lines_.find(turns_.front());
  KGW_CHECK(at != lines_.end());
  turns_.pop_front();
  Line& line = at->second;
  FindExchange asked = std::move(line.waiting.front());
  line.waiting.pop_front();
  weigh(at, line.waiting_bytes - size_of(asked));
  if (!line.waiting.empty()) turns_.push_back(at->first);
  asked_.push_back(asked);
  return asked;
}

// False: it was not.
bool LateAnswers::no_longer_asked(const FindExchange& answer) {
  const auto found = std::find_if(asked_.begin(), asked_.end(), [&](const FindExchange& one) {
    return one.answer.bytes == answer.answer.bytes && one.answer.id == answer.answer.id;
  });
  if (found == asked_.end()) return false;
  asked_.erase(found);
  return true;
}

void LateAnswers::done(const FindExchange& asked) {
  if (!no_longer_asked(asked)) return;
  const auto at = lines_.find(asked.kiosk_id);
  KGW_CHECK(at != lines_.end());
  drop(at, size_of(asked));
}

void LateAnswers::again(FindExchange asked) {
  if (!no_longer_asked(asked)) return;
  const auto at = lines_.find(asked.kiosk_id);
  KGW_CHECK(at != lines_.end());
  Line& line = at->second;
  if (line.waiting.empty()) turns_.push_front(at->first);
  weigh(at, line.waiting_bytes + size_of(asked));
  line.waiting.push_front(std::move(asked));
}

std::vector<FindExchange> LateAnswers::take_all() {
  std::vector<FindExchange> all = std::move(asked_);
  asked_.clear();
  for (const FindExchange& asked : all) drop(lines_.find(asked.kiosk_id), size_of(asked));
  while (!by_weight_.empty()) all.push_back(take_newest_of_heaviest());
  return all;
}

}  // namespace kgw
