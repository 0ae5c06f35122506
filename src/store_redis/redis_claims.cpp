// RedisJournal's keys and orders: what the script says of claims, and what becomes of an order.
// Implements store_redis/redis_journal.hpp.
#include <optional>
#include <string>
#include <vector>

#include "store_redis/redis_journal.hpp"
#include "store_redis/redis_layout.hpp"

namespace kgw {

using namespace redis_layout;
using redis::Reply;

void RedisJournal::settle_order(Batch& batch, const Digest& order, const std::string& member, OrderFate fate,
                                bool only_open) const {
  if (fate == OrderFate::open) return;
  add(batch, "P", order_key(order),
      {member, fate == OrderFate::free ? "" : std::to_string(static_cast<int>(fate)),
       std::to_string(settings_.keep_orders.count()),
       only_open ? std::to_string(static_cast<int>(OrderFate::open)) : std::string()});
}

void RedisJournal::read_taken(const Reply& reply, const std::vector<Asked>& claims, Sent& sent) {
  if (reply.items.size() < 2) return;
  sent.missing += reply.items[1].integer;
  for (std::size_t i = 2; i + 1 < reply.items.size(); i += 2) {
    const auto which = static_cast<std::size_t>(reply.items[i].integer - 1);
    if (which >= claims.size()) continue;
    const std::string& text = reply.items[i + 1].text;
    if (claims[which].order) {
      const auto order = order_of(text);
      const auto holder = order ? RequestId::parse(request_of(order->member)) : std::nullopt;
      const bool paid = order && order->fate == OrderFate::paid;
      sent.taken.emplace_back(claims[which].record, ClaimVerdict{paid ? Claim::order_paid : Claim::order_open,
                                                                 holder.value_or(RequestId())});
      continue;
    }
    const auto claimed = claim_of(text);
    const auto holder = claimed ? RequestId::parse(request_of(claimed->member)) : std::nullopt;
    const AcceptedRecord& asked = *claims[which].record;
    const bool same = claimed && claimed->request == asked.order->claim->request;
    sent.taken.emplace_back(&asked,
                            ClaimVerdict{same ? Claim::taken : Claim::conflict, holder.value_or(RequestId())});
  }
}

}  // namespace kgw
