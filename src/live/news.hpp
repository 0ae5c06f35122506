// News: what has changed since the event streams were last told, in a bounded form: which kiosks, which
// requests (a number of them, of each kiosk its share, the rest only counted), comings and goings, lines of the
// audit trail. While nobody listens it costs one look at a flag. Loop thread only.
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

// How many rows found no room, and of which kiosk: who may know of some kiosks only hears of theirs.
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

// Rows of one kind, in the order of their coming.
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
  // A record that the store was given under `number`; `exchange` as the Relay has it now, null: it has not.
  void record(std::uint64_t number, const Exchange* exchange, const Record& record);
  // What was not acknowledged is void.
  void forget_unacknowledged() {
    requests_.clear();
    requests_room_.clear();
  }
  void connection(const ConnectionRecord& connection);
  void audit(const AuditRecord& line);

  KioskLoads& loads() { return loads_; }
  // Those whose load changed count as changed.
  void look_at_loads() {
    loads_.for_each_changed([this](const Kiosk& changed) { kiosk(changed.record.id); });
  }
  // The ids that changed, the longest known first, at most so many; the others keep.
  std::vector<std::string> take_kiosks(std::size_t most);
  // Those whose records are durable, up to `acknowledged`; the others keep.
  NewsOf<StoredExchange> take_requests(std::uint64_t acknowledged);
  NewsOf<ConnectionRecord> take_connections();
  NewsOf<AuditRecord> take_audit();

 private:
  struct Changed {
    std::uint64_t number = 0;  // of its latest record
    StoredExchange row;
  };
  bool listening_ = false;
  std::unordered_set<std::string, StringHash, std::equal_to<>> kiosks_;
  std::deque<const std::string*> kiosks_in_order_;  // they lie in kiosks_
  KioskLoads loads_;
  std::unordered_map<RequestId, Changed, RequestIdHash> requests_;
  static constexpr std::size_t kTimes = 3;  // of one kiosk, or actor: three quarters of the rows at most
  Shares requests_room_{limits::kRequestRowsASecond, kTimes};
  Skipped requests_skipped_;
  NewsOf<ConnectionRecord> connections_;
  Shares connections_room_{limits::kRecordRowsASecond, kTimes};
  NewsOf<AuditRecord> audit_;
  Shares audit_room_{limits::kRecordRowsASecond, kTimes};
};

}  // namespace kgw
