// FeedPolls: readers of the feed (GET /requests?final=true&wait=N) that wait for the next end of a request of
// their owner. A bounded number, with a share for each. Loop thread only.
//
// A reader listens from before it reads the store: what ends meanwhile may not be on its page, and must not
// be waited for.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.hpp"
#include "base/limits.hpp"
#include "base/shares.hpp"
#include "shell/onlookers.hpp"

namespace kgw {

class FeedPolls final : public Onlooker {
 public:
  using Over = std::function<void()>;

  // One reader, for as long as it is held.
  class Listening;

  FeedPolls() = default;
  FeedPolls(const FeedPolls&) = delete;
  FeedPolls& operator=(const FeedPolls&) = delete;
  ~FeedPolls() override;

  // Returns null if too many wait, or `holder` has its share of them.
  std::shared_ptr<Listening> listen(std::string_view holder, std::string_view owner, Instant until);

  void on_request_ended(const Reply& reply) override;
  void on_late_answer(const LateAnswer& answer) override { on_end(answer.owner); }
  std::optional<Instant> next_deadline() const;
  void on_tick(const Now& now);

 private:
  // Shared with its readers: the store may still hold one when the rest has gone.
  struct All {
    Shares shares{limits::kFeedPollsMax};
    std::multimap<std::string, Listening*, std::less<>> of_owner;
    std::multimap<Instant, Listening*> deadlines;
  };
  void on_end(std::string_view owner);

  std::shared_ptr<All> all_ = std::make_shared<All>();
};

class FeedPolls::Listening {
 public:
  Listening(std::shared_ptr<All> all, std::string_view holder, std::string_view owner, Instant until);
  Listening(const Listening&) = delete;
  Listening& operator=(const Listening&) = delete;
  ~Listening();

  Instant until() const { return until_; }
  // Returns whether a request of its owner has ended since the last call, or since listen().
  bool take_news() { return std::exchange(news_, false); }
  // Calls `over` once: a request of its owner has ended, or its time has passed. Requires that it has no news.
  void wait(Over over) { over_ = std::move(over); }

 private:
  friend class FeedPolls;
  const std::shared_ptr<All> all_;
  const std::string holder_;
  const Instant until_;
  bool news_ = false;
  Over over_;  // may hold this very reader
  std::multimap<std::string, Listening*, std::less<>>::iterator of_owner_;
  std::multimap<Instant, Listening*>::iterator deadline_;
};

}  // namespace kgw
