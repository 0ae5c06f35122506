#include "live/news.hpp"

#include <algorithm>
#include <utility>
#include <variant>

#include "core/kiosk.hpp"

namespace kgw {
namespace {

StoredExchange row_of(const Exchange& x) {
  StoredExchange row;
  row.id = x.id;
  row.order = *x.order;
  row.accepted_at = x.accepted_at;
  row.deadline_at = x.deadline_at;
  if (x.sent) row.dispatched_at = x.dispatched_at == WallTime{} ? x.accepted_at : x.dispatched_at;
  return row;
}

// Rows are shown without their answers.
void turn(StoredExchange& row, const Record& record) {
  apply(row, record);
  row.response.reset();
  // A late answer to an exchange that was looked up.
  if (row.state == State::answered && !row.dispatched_at) row.dispatched_at = row.accepted_at;
}

}  // namespace

void News::listen(bool wanted) {
  if (!wanted) *this = News();
  listening_ = wanted;
}

void News::kiosk(std::string_view id) {
  if (!listening_ || kiosks_.contains(id)) return;
  kiosks_in_order_.push_back(&*kiosks_.emplace(id).first);
}

void News::record(std::uint64_t number, const Exchange* exchange, const Record& record) {
  if (!listening_) return;
  if (exchange) loads_.touch(exchange->kiosk);
  const RequestId& id = id_of(record);
  auto found = requests_.find(id);
  if (found == requests_.end()) {
    const std::string& kiosk_id = kiosk_of(record);
    if (!exchange || !requests_room_.take(kiosk_id)) return requests_skipped_.add(kiosk_id);
    found = requests_.emplace(id, Changed{number, row_of(*exchange)}).first;
  }
  found->second.number = number;
  turn(found->second.row, record);
}

void News::resolved(const StoredExchange& exchange) {
  if (!listening_) return;
  const auto found = requests_.find(exchange.id);
  if (found != requests_.end()) {
    found->second.row.resolved = exchange.resolved;
    return;
  }
  if (!requests_room_.take(exchange.order.kiosk_id)) return requests_skipped_.add(exchange.order.kiosk_id);
  Changed& news = requests_.emplace(exchange.id, Changed{0, exchange}).first->second;
  news.row.response.reset();
}

void News::withdraw(const RequestId& id) {
  const auto found = requests_.find(id);
  if (found == requests_.end()) return;
  requests_room_.give_back(found->second.row.order.kiosk_id);
  requests_.erase(found);
}

void News::connection(const ConnectionRecord& connection) {
  if (!listening_) return;
  if (connections_room_.take(connection.kiosk_id)) connections_.rows.push_back(connection);
  else connections_.skipped.add(connection.kiosk_id);
}

void News::audit(const AuditRecord& line) {
  if (!listening_) return;
  if (audit_room_.take(line.actor)) audit_.rows.push_back(line);
  else audit_.skipped.add({});
}

std::vector<std::string> News::take_kiosks(std::size_t most) {
  std::vector<std::string> ids;
  while (ids.size() < most && !kiosks_in_order_.empty()) {
    auto node = kiosks_.extract(*kiosks_in_order_.front());
    kiosks_in_order_.pop_front();
    ids.push_back(std::move(node.value()));
  }
  return ids;
}

NewsOf<StoredExchange> News::take_requests(std::uint64_t acknowledged) {
  NewsOf<StoredExchange> news;
  news.skipped = std::exchange(requests_skipped_, {});
  std::vector<RequestId> durable;
  for (const auto& [id, changed] : requests_)
    if (changed.number <= acknowledged) durable.push_back(id);
  std::sort(durable.begin(), durable.end());
  news.rows.reserve(durable.size());
  for (const RequestId& id : durable) {
    news.rows.push_back(std::move(requests_.extract(id).mapped().row));
    requests_room_.give_back(news.rows.back().order.kiosk_id);
  }
  return news;
}

NewsOf<ConnectionRecord> News::take_connections() {
  connections_room_.clear();
  return std::exchange(connections_, {});
}
NewsOf<AuditRecord> News::take_audit() {
  audit_room_.clear();
  return std::exchange(audit_, {});
}

}  // namespace kgw
