// News: what has changed since the event streams were last told, in a bounded form: which kiosks, which
// requests (a number of them, the rest only counted), comings and goings, lines of the audit trail. While
// nobody listens it costs one look at a flag. Loop thread only.
#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/limits.hpp"
#include "core/exchange.hpp"
#include "core/records.hpp"

namespace kgw {

// Rows of one kind, in the order of their coming, and how many found no room.
template <class Row>
struct NewsOf {
  std::vector<Row> rows;
  std::uint64_t skipped = 0;
};

class News {
 public:
  struct ChangedKiosk {
    std::string id;
    bool only_load;  // nothing but how much it has to do
  };

  void listen(bool wanted);
  bool listening() const { return listening_; }

  void kiosk(std::string_view id) { changed(id, false); }
  void kiosk_later(std::string_view id, Instant at);  // `at` never before an earlier call's
  // A record that the store was given under `number`; `exchange` as the Relay has it now, null: it has not.
  void record(std::uint64_t number, const Exchange* exchange, const Record& record);
  // What was not acknowledged is void.
  void forget_unacknowledged() { requests_.clear(); }
  void connection(const ConnectionRecord& connection);
  void audit(const AuditRecord& line);

  // Those that changed, the longest known first, at most so many; the others keep.
  std::vector<ChangedKiosk> take_kiosks(std::size_t most, Instant now);
  // Those whose records are durable, up to `acknowledged`; the others keep.
  NewsOf<StoredExchange> take_requests(std::uint64_t acknowledged);
  NewsOf<ConnectionRecord> take_connections();
  NewsOf<AuditRecord> take_audit();

 private:
  struct Changed {
    std::uint64_t number = 0;  // of its latest record
    StoredExchange row;
  };
  void changed(std::string_view kiosk_id, bool only_load);
  bool listening_ = false;
  std::unordered_map<std::string, bool, StringHash, std::equal_to<>> kiosks_;  // id -> only its load
  std::deque<const std::string*> kiosks_in_order_;                             // they lie in kiosks_
  std::deque<std::pair<Instant, std::string>> kiosks_later_;
  std::unordered_map<RequestId, Changed, RequestIdHash> requests_;
  std::uint64_t requests_skipped_ = 0;
  NewsOf<ConnectionRecord> connections_;
  NewsOf<AuditRecord> audit_;
};

}  // namespace kgw
