// GET /requests?final=true (PROTOCOL.md 1.5): the feed. What became final of the requests of the caller's
// owner, in that order, each final state once, with a cursor that survives restarts. Loop thread only.
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "access/caller.hpp"
#include "access/cursor_seal.hpp"
#include "admin/reading.hpp"
#include "live/feed_polls.hpp"
#include "net/loop.hpp"
#include "shell/onlookers.hpp"
#include "shell/unclaimed.hpp"

namespace kgw {

class FeedApi {
 public:
  FeedApi(const Reading& by, Loop& loop, const CursorSeal& seal, Onlookers& onlookers, Unclaimed& unclaimed)
      : by_(by), loop_(loop), seal_(seal), unclaimed_(unclaimed) {
    onlookers.add(polls_);
  }
  // Who goes on behind a page has read it: what was unclaimed on it is claimed then, not when the page was
  // sent, which may have got lost. ?wait=N: if there is nothing to be read yet, waits up to so many seconds
  // until there is.
  void read(const HttpRequest& request, const Caller& caller);

  FeedPolls& polls() { return polls_; }

 private:
  // A reader.
  struct Look {
    HttpCallId call;
    Caller caller;
    FinalsQuery query;
    std::shared_ptr<FeedPolls::Listening> listening;  // null: it does not wait
  };
  void look(Look look);
  // True: the page is its answer; false: it looks again, now or when there is something new.
  bool is_enough(const Look& look, const FinalsPage& page) const;
  void answer(const Look& look, FinalsPage page);

  const Reading by_;
  Loop& loop_;
  const CursorSeal& seal_;
  Unclaimed& unclaimed_;
  FeedPolls polls_;
};

}  // namespace kgw
