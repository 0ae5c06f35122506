// Whether an exchange belongs on a page; shared by both stores.
#pragma once

#include "store/history.hpp"

namespace kgw {

// Checks the query's `from` and `to`.
inline bool is_within(const auto& query, WallTime at) {
  return (!query.from || at >= *query.from) && (!query.to || at < *query.to);
}

// Checks all of the query's conditions except its cursors.
inline bool matches(const ExchangesQuery& query, const StoredExchange& x) {
  const auto is = [](const std::string& wanted, const std::string& value) {
    return wanted.empty() || wanted == value;
  };
  return is(query.kiosk_id, x.order.kiosk_id) && is(query.operation, x.order.operation) &&
         is(query.order_id, x.order.order_id) && is(query.owner, x.order.owner) &&
         (!query.ids || (query.ids->first <= x.id && x.id <= query.ids->last)) &&
         is_within(query, x.accepted_at) && (!query.state || *query.state == x.state) &&
         (!query.outcome || *query.outcome == x.outcome) &&
         (query.outcome != Outcome::unknown || !x.resolved) && (!query.result || query.result == x.result) &&
         (!query.error || (x.state == State::rejected && query.error == x.why)) &&
         (!query.unclaimed || x.unclaimed) && (!query.visible || query.visible(x.order.kiosk_id));
}

}  // namespace kgw
