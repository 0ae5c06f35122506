#include "shell/async_calls.hpp"

#include <memory>
#include <utility>

#include "shell/http_teller.hpp"
#include "wire/trace_context.hpp"

namespace kgw {
namespace {

// As the store has it, or will in a moment. REQUIRES one that has not ended.
StoredExchange as_stored(const Exchange& x) {
  StoredExchange stored;
  stored.id = x.id;
  stored.order = *x.order;
  stored.accepted_at = x.accepted_at;
  stored.deadline_at = x.deadline_at;
  if (x.phase == Phase::waiting || x.phase == Phase::dispatching) return stored;
  stored.state = State::dispatched;
  stored.dispatched_at = x.dispatched_at == WallTime{} ? x.accepted_at : x.dispatched_at;
  return stored;
}

}  // namespace

CallerId AsyncCalls::enlist(CallerId call, const RequestId& id, const Preferences& prefer,
                            std::string_view traceparent) {
  const auto own = std::make_shared<CallerId>();
  *own = shell_.desk().add_own([this, own](const Reply& reply) { return end(*own, reply); }, id);
  const Instant until = clock_.now().steady + prefer.wait.value_or(std::chrono::seconds(0));
  calls_.emplace(*own, Call{call, id, std::string(traceparent), until});
  fresh_.push_back(*own);
  if (fresh_.size() == 1) shell_.on_next_commit([this] { look_again(); });
  return *own;
}

// Something became durable, or somebody joined what may be so already.
void AsyncCalls::look_again() {
  for (const CallerId own : std::exchange(fresh_, {})) {
    const auto call = calls_.find(own);
    if (call != calls_.end() && !settle(own, call->second)) fresh_.push_back(own);
  }
  if (!fresh_.empty()) shell_.on_next_commit([this] { look_again(); });
}

// Returns whether its acceptance is durable. One that is being rejected hears that, and one whose key is being
// looked up what comes of it.
bool AsyncCalls::settle(CallerId own, const Call& call) {
  const Exchange* const x = shell_.relay().exchange(shell_.desk().exchange_of(own));
  if (!x || x->phase == Phase::rejecting || (x->unrecorded & bit(RecordKind::accepted)) != 0) return false;
  if (call.until <= clock_.now().steady) accept(own, *x);
  else ends_.emplace(call.until, own);
  return true;
}

void AsyncCalls::on_tick(const Now& now) {
  while (!ends_.empty() && ends_.begin()->first <= now.steady) {
    const CallerId own = ends_.extract(ends_.begin()).mapped();
    if (!calls_.contains(own)) continue;
    const Exchange* const x = shell_.relay().exchange(shell_.desk().exchange_of(own));
    if (x && x->phase != Phase::rejecting) accept(own, *x);
  }
}

void AsyncCalls::accept(CallerId own, const Exchange& x) {
  const Call call = std::move(calls_.extract(own).mapped());
  std::string fields = "Location: /requests/" + x.id.text() + "\r\nPreference-Applied: respond-async\r\n";
  fields += "X-Request-Id: " + x.id.text() + "\r\n";
  if (x.id != call.id) fields += kReplayed;
  fields += trace_field(call.traceparent);
  accept_(call.http, as_stored(x), fields);
}

bool AsyncCalls::end(CallerId own, const Reply& reply) {
  const auto call = calls_.extract(own);
  if (call.empty()) return false;  // it was told to ask for that
  const bool joined = reply.id && reply.id != call.mapped().id;
  teller_.tell(call.mapped().http, reply, call.mapped().traceparent, joined);
  return true;
}

}  // namespace kgw
