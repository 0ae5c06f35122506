#include "live/feed_polls.hpp"

#include <vector>

namespace kgw {

FeedPolls::Listening::Listening(std::shared_ptr<All> all, std::string_view holder, std::string_view owner,
                                Instant until)
    : all_(std::move(all)),
      holder_(holder),
      until_(until),
      of_owner_(all_->of_owner.emplace(std::string(owner), this)),
      deadline_(all_->deadlines.emplace(until, this)) {}

FeedPolls::Listening::~Listening() {
  all_->of_owner.erase(of_owner_);
  all_->deadlines.erase(deadline_);
  all_->shares.give_back(holder_);
}

FeedPolls::~FeedPolls() {
  std::vector<Over> dropped;
  for (const auto& [at, one] : all_->deadlines) dropped.push_back(std::exchange(one->over_, nullptr));
}

std::shared_ptr<FeedPolls::Listening> FeedPolls::listen(std::string_view holder, std::string_view owner,
                                                        Instant until) {
  if (!all_->shares.take(holder)) return nullptr;
  return std::make_shared<Listening>(all_, holder, owner, until);
}

void FeedPolls::on_request_ended(const Reply& reply) {
  // A refusal on arrival is no end: nothing was recorded.
  if (!all_->of_owner.empty() && reply.id) on_end(reply.order->owner);
}

// What is called may listen again.
void FeedPolls::on_end(std::string_view owner) {
  std::vector<Over> over;
  const auto [first, last] = all_->of_owner.equal_range(owner);
  for (auto at = first; at != last; ++at) {
    Listening& one = *at->second;
    one.news_ = true;
    if (one.over_) over.push_back(std::exchange(one.over_, nullptr));
  }
  for (const Over& call : over) call();
}

// One that is reading has no place here: it looks at its time by itself.
std::optional<Instant> FeedPolls::next_deadline() const {
  for (const auto& [at, one] : all_->deadlines)
    if (one->over_) return at;
  return std::nullopt;
}

void FeedPolls::on_tick(const Now& now) {
  std::vector<Over> over;
  for (auto at = all_->deadlines.begin(); at != all_->deadlines.end() && at->first <= now.steady; ++at)
    if (at->second->over_) over.push_back(std::exchange(at->second->over_, nullptr));
  for (const Over& call : over) call();
}

}  // namespace kgw
