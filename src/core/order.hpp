// Order: what a caller asked for, in the caller's words. Created once, on arrival, and never changed: the
// exchange, its record on the way through the store's thread, and its reply share it. A new field is a member
// here, and a column wherever a row is written and read (store_sqlite/journal, store_redis/redis_layout,
// admin/moved_lines).
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/bytes.hpp"

namespace kgw {

// An Idempotency-Key (PROTOCOL.md 1.3) as stores claim it: digests, never its text.
struct KeyClaim {
  Digest key{};      // of its owner and its text
  Digest request{};  // of what it was sent with
};

struct Order {
  std::string kiosk_id;
  std::string operation;
  std::string order_id;  // empty: none
  std::string owner;     // of the API key that was used; empty: none
  std::optional<KeyClaim> claim{};
  // Of its owner, its order id and its operation, where an order may have one such request only (PROTOCOL.md
  // 1.6).
  std::optional<Digest> order_claim{};
  std::string callback_url{};  // where each final state is posted (PROTOCOL.md 1.4); empty: nowhere

  // The store may say that another exchange has what it claims.
  bool claims() const { return claim || order_claim; }
};

// Never null in an exchange or a record.
using SharedOrder = std::shared_ptr<const Order>;
inline SharedOrder share(Order order) { return std::make_shared<const Order>(std::move(order)); }

// Bytes of its texts, without the Order itself.
inline std::size_t bytes_of(const Order& order) {
  return order.kiosk_id.size() + order.operation.size() + order.order_id.size() + order.owner.size() +
         order.callback_url.size();
}

}  // namespace kgw
