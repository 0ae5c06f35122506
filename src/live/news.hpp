// News: what has changed since it was last published to the event streams, bounded: kiosks, requests (a
// limited number with a share per kiosk; the rest is only counted), connections and disconnections, lines of
// the audit trail. Costs a single check of a flag while nobody listens. Loop thread only.
#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/limits.hpp"
#include "base/shares.hpp"
#include "core/exchange.hpp"
#include "core/records.hpp"
#include "live/kiosk_loads.hpp"

namespace kgw {

// How many rows found no room, by kiosk too: a viewer limited to some kiosks only learns of theirs.
struct Skipped {
  std::uint64_t all = 0;
  std::unordered_map<std::string, std::uint64_t, StringHash, std::equal_to<>> by_kiosk;

  void add(std::string_view kiosk_id) {
    ++all;
    const auto found = by_kiosk.find(kiosk_id);
    if (found != by_kiosk.end()) ++found->second;
    else by_kiosk.emplace(kiosk_id, 1);
  }
};

// Rows of one kind, in order of arrival.
template <class Row>
struct NewsOf {
  std::vector<Row> rows;
  Skipped skipped;
};

class News {
 public:
  void listen(bool wanted);
  bool listening() const { return listening_; }

  void kiosk(std::string_view id);
  // A record appended to the store as `number`; `exchange`: its current state in the Relay, or null if the
  // Relay no longer has it.
  void record(std::uint64_t number, const Exchange* exchange, const Record& record);
  // Somebody closed its unknown outcome, and that is durable.
  void resolved(const StoredExchange& exchange);
  // The store did not take it: it is not news.
  void withdraw(const RequestId& id);
  // Drops requests whose records were not acknowledged: they may never become durable.
  void forget_unacknowledged() {
    requests_.clear();
    requests_room_.clear();
  }
  void connection(const ConnectionRecord& connection);
  void audit(const AuditRecord& line);

  KioskLoads& loads() { return loads_; }
  // Adds those of the next kiosks whose load has changed (KioskLoads); returns whether there are more to be
  // seen.
  bool look_at_loads() {
    return loads_.see_some([this](const Kiosk& changed) { kiosk(changed.record.id); });
  }
  // Returns at most `most` changed kiosks, in the order of their first change; the rest stay.
  std::vector<std::string> take_kiosks(std::size_t most);
  // Returns the requests whose records are durable, up to `acknowledged`; the others stay.
  NewsOf<StoredExchange> take_requests(std::uint64_t acknowledged);
  NewsOf<ConnectionRecord> take_connections();
  NewsOf<AuditRecord> take_audit();

 private:
  struct Changed {
    std::uint64_t number = 0;  // number of its latest record
    StoredExchange row;
  };
  bool listening_ = false;
  std::unordered_set<std::string, StringHash, std::equal_to<>> kiosks_;
  std::deque<const std::string*> kiosks_in_order_;  // pointers into kiosks_
  KioskLoads loads_;
  std::unordered_map<RequestId, Changed, RequestIdHash> requests_;
  static constexpr std::size_t kTimes = 3;  // one kiosk or actor gets at most three quarters of the rows
  Shares requests_room_{limits::kRequestRowsASecond, kTimes};
  Skipped requests_skipped_;
  NewsOf<ConnectionRecord> connections_;
  Shares connections_room_{limits::kRecordRowsASecond, kTimes};
  NewsOf<AuditRecord> audit_;
  Shares audit_room_{limits::kRecordRowsASecond, kTimes};
};

}  // namespace kgw
