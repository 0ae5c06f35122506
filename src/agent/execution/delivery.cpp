#include "agent/execution/delivery.hpp"

#include <algorithm>

#include "agent/execution/local_answer.hpp"
#include "agent/execution/messages_v2.hpp"

namespace kgw {
namespace {

constexpr std::size_t kInLinkMax = 16;
// The link notices a dead connection within its idle timeout; what was written meanwhile is in doubt.
constexpr auto kInDoubt = std::chrono::seconds(60);

}  // namespace

void Delivery::pump() {
  if (v2_) return pump_v2();
  if (!link_.is_up() || in_link_.size() >= kInLinkMax) return;
  const auto owed = outbox_.owed(2 * kInLinkMax);  // those in the link are among them
  if (!owed) return on_fault_(owed.error());
  for (const OutboxResult& result : *owed) {
    if (in_link_.size() >= kInLinkMax) return;
    if (in_link_.contains(result.request_id)) continue;
    if (!link_.send(v1_answer(result.request_id, result.response), result.request_id)) return;
    in_link_.insert(result.request_id);
  }
}

void Delivery::pump_v2() {
  if (!link_.is_up() || in_link_.size() >= kInLinkMax) return;
  const auto owed = outbox_.owed_ids(sent_.size() + 2 * kInLinkMax);
  if (!owed) return on_fault_(owed.error());
  for (const std::string& id : *owed) {
    if (in_link_.size() >= kInLinkMax) return;
    if (sent_.contains(id)) continue;
    const auto result = outbox_.owed_one(id);
    if (!result) return on_fault_(result.error());
    if (!*result) continue;
    if (!link_.send(v2_result(**result), id)) return;
    in_link_.insert(id);
    sent_.insert(id);
  }
}

void Delivery::on_up() {
  up_since_ = clock_.now().wall;
  if (link_.is_v2() || v2_) in_link_.clear();  // as the link did
  sent_.clear();
  v2_ = link_.is_v2();
  pump();
}

void Delivery::settle(const std::string& request_id) {
  if (const auto settled = outbox_.settle(request_id); !settled) on_fault_(settled.error());
}

void Delivery::on_written(const std::string& request_id) {
  in_link_.erase(request_id);
  if (!v2_) settle(request_id);
  pump();
}

void Delivery::on_stored(const std::string& request_id) {
  sent_.erase(request_id);
  settle(request_id);
  pump();
}

void Delivery::on_down(bool was_up) {
  if (!was_up || v2_) return;
  const WallTime since = std::max(up_since_, clock_.now().wall - kInDoubt);
  if (const auto owed = outbox_.owe_again(since); !owed) on_fault_(owed.error());
}

}  // namespace kgw
