// What the stores' tests of all promises compare with: exchanges as store.hpp says that they must be.
#pragma once

#include <algorithm>
#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/records.hpp"
#include "store/history.hpp"

namespace kgw::testing {

inline std::string text_of(std::optional<WallTime> at) { return at ? std::to_string(to_ms(*at)) : "-"; }

// All that a page shows of it.
inline std::string shown(const StoredExchange& x) {
  return x.id.text() + " " + x.order.kiosk_id + " " + x.order.operation + " " + x.order.order_id + " " +
         x.order.owner + " " + std::string(name(x.state)) + " " + std::string(name(x.outcome)) +
         (x.late ? " late" : "") + (x.response_valid ? "" : " invalid") + " " + text_of(x.accepted_at) + " " +
         text_of(x.deadline_at) + " " + text_of(x.dispatched_at) + " " + text_of(x.answered_at) + " " +
         text_of(x.ended_at) + " " + (x.why ? std::string(info(*x.why).name) : "-") + " " +
         (x.result ? std::string(name(*x.result)) : "-") +
         (x.resolved ? " " + std::string(name(x.resolved->result)) + " " + x.resolved->note : "");
}

inline std::string shown(const KioskRecord& k) {
  return k.id + (k.enabled ? " on " : " off ") + std::to_string(k.max_in_flight);
}
inline std::string shown(const KeyRecord& k) {
  return k.id + " " + k.name + " " + std::to_string(k.scopes) + " " + text_of(k.revoked_at) + " " +
         std::to_string(k.kiosks.size());
}

struct Modelled {
  StoredExchange x;
  std::string body;
  std::string response;
  Instant ended{};  // by the clock that does not leap
  std::optional<Instant> resolved;
  bool open() const { return is_open(x.state); }
  // It may go once it has ended, or was resolved, so long ago; what nobody knows the outcome of never.
  bool may_go(Instant now, Milliseconds kept) const {
    return !open() && !x.is_unresolved() && now - ended >= kept;
  }
  // It went before a late answer came: some time after the resolution.
  bool body_may_be_gone(Instant now, Milliseconds kept) const {
    return may_go(now, kept) || (resolved && now - *resolved >= kept);
  }
};
using Exchanges = std::map<RequestId, Modelled>;

// Somebody says what became of it; the second time it changes nothing.
inline void apply(Exchanges& all, const ResolvedRecord& record, Instant now) {
  const auto at = all.find(record.id);
  if (at == all.end() || !at->second.x.is_unresolved()) return;
  at->second.x.resolved = std::make_shared<const Resolved>(record.what);
  at->second.ended = now;
  at->second.resolved = now;
}

// What a record makes of it; the second time nothing.
inline void apply(Exchanges& all, const Record& record, Instant now) {
  const RequestId& id = id_of(record);
  const auto* const accepted = std::get_if<AcceptedRecord>(&record);
  if (accepted && all.contains(id)) return;
  if (accepted) all[id].body = accepted->envelope.body();
  const auto at = all.find(id);
  if (at == all.end()) return;
  Modelled& m = at->second;
  if (!kgw::apply(m.x, record)) return;
  if (!m.open()) m.ended = now;
  if (m.x.response) m.response = *std::exchange(m.x.response, {});
}

// What the pages of a query show, one after the other. REQUIRES a cursor.
inline std::vector<std::string> on_pages(const Exchanges& all, const ExchangesQuery& query) {
  std::vector<std::string> rows;
  for (const auto& [id, m] : all) {
    const StoredExchange& x = m.x;
    const std::int64_t key = id.journal_key();
    if (query.after ? key <= *query.after : key >= *query.before) continue;
    if (!query.kiosk_id.empty() && query.kiosk_id != x.order.kiosk_id) continue;
    if (!query.operation.empty() && query.operation != x.order.operation) continue;
    if (!query.order_id.empty() && query.order_id != x.order.order_id) continue;
    if ((query.state && *query.state != x.state) || (query.outcome && *query.outcome != x.outcome)) continue;
    if (query.outcome == Outcome::unknown && !x.is_unresolved()) continue;
    if ((query.from && x.accepted_at < *query.from) || (query.to && x.accepted_at >= *query.to)) continue;
    if (query.visible && !query.visible(x.order.kiosk_id)) continue;
    rows.push_back(shown(x));
  }
  if (!query.after) std::reverse(rows.begin(), rows.end());
  return rows;
}

}  // namespace kgw::testing
