// Backends that don't wait (`Prefer: respond-async`), that cancel what they asked for, whose connection breaks
// under their answer, and that read later what they missed. By random numbers of their own, so that every other
// event of a seed stays what it is. Implements world.hpp.
#include <algorithm>
#include <utility>

#include "world.hpp"

namespace kgw::sim {

// The same caller as one inside the gateway, of which the core knows no more.
CallerId World::enlist_async(const RequestId& id, Time& asks_by) {
  const CallerId http{++last_id_};
  Preferences prefer;
  prefer.respond_async = true;
  if (caller_random_.chance(0.5)) prefer.wait = std::chrono::seconds(1 + caller_random_.below(10));
  asks_by = time_.now() + prefer.wait.value_or(std::chrono::seconds(0)) / std::chrono::microseconds(1);
  const CallerId own = gateway_->async.enlist(http, id, prefer, {});
  async_own_[http] = own;
  return own;
}

void World::accept_async(CallerId http, const StoredExchange& x, const std::string& fields) {
  count_(Event::told_to_ask);
  if (fields.find("Location: /requests/" + x.id.text() + "\r\n") == std::string::npos)
    throw Violation{"told_to_ask", x.id, "its caller is not told where to ask"};
  trace_.line(time_.now(), x.id, [] { return "202"; });
  checker_.on_told_to_ask(async_own_.extract(http).mapped(), x);
  waiting_callers_.erase(x.id);
}

// ---------------------------------------------------------------- an answer, and whoever may have it

void World::hand_over(const RequestId& id, const Reply& reply, bool joined) {
  if (reply.error || !reply.id) return;
  const bool own = (static_cast<std::uint64_t>(reply.caller) >> 63) != 0;  // it waits inside
  if (reply.replayed || own || !caller_random_.chance(plan_.caller_gone))
    return unclaimed_list_.on_told(reply.id, reply.replayed || joined);
  count_(Event::answer_lost);
  trace_.line(time_.now(), id, [] { return "its connection breaks under its answer"; });
  unclaimed_list_.on_missed(reply.id);
  const auto delay = static_cast<Time>(1 + caller_random_.below(kSecond / 2));
  soon(delay, [this, lost = reply.id] { heard([this, lost] { gateway_->unclaimed->on_answer_lost(lost); }); });
}

void World::ask_later() {
  const auto delay = static_cast<Time>(1 + caller_random_.below(10 * kSecond));
  time_.after(delay, [this] {
    ask_for_one();
    if (keys_rest_) return;
    cancel_one();
    ask_later();
  });
}

// GET /requests/{id}, or an ack, of one that is listed.
void World::ask_for_one() {
  if (!gateway_up_ || paused_) return;
  const auto found = unclaimed_list_.some(caller_random_);
  if (!found) return;
  const bool ack = caller_random_.chance(0.5);
  trace_.line(time_.now(), found->id, [ack] { return ack ? "acknowledged" : "read"; });
  unclaimed_list_.on_read(found->id);
  turn([&] {
    if (!ack) return gateway_->unclaimed->claim(*found, ClaimedBy::look);
    gateway_->unclaimed->claim(*found, ClaimedBy::ack, [this, id = found->id](const Result<void>& done) {
      if (done) unclaimed_list_.check_claimed(id);
    });
  });
}

// ---------------------------------------------------------------- cancelled

// The newest that has not left yet, or any.
void World::cancel_one() {
  if (!gateway_up_ || paused_ || recent_.empty()) return;
  const std::size_t most = std::min<std::size_t>(recent_.size(), 60);
  RequestId id = recent_[recent_.size() - 1 - caller_random_.below(most)];
  const bool waits = caller_random_.chance(0.6);
  for (std::size_t back = 1; waits && back <= most; ++back) {
    const RequestId one = recent_[recent_.size() - back];
    if (!checker_.may_be_cancelled(one)) continue;
    id = one;
    break;
  }
  trace_.line(time_.now(), id, [] { return "on_cancel"; });
  if (gateway_->shell.relay().holds(id)) checker_.on_cancel(id);
  turn([&] {
    gateway_->shell.apply([&](Relay& relay, Now now, Effects& effects) { relay.on_cancel(now, id, effects); });
  });
}

}  // namespace kgw::sim
