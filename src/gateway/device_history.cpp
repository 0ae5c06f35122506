#include "gateway/device_history.hpp"

#include <utility>

#include "base/limits.hpp"
#include "wire/shown/last_words.hpp"

namespace kgw {
namespace {

constexpr std::size_t kPage = 100;

}  // namespace

void DeviceHistory::read(std::uint32_t errors, Found found) {
  errors_ = errors;
  found_ = std::move(found);
  read_page({});
}

void DeviceHistory::read_page(std::optional<std::int64_t> before) {
  ExchangesQuery query;
  query.before = before;
  query.count_max = kPage;
  history_.find_exchanges(std::move(query), [this](const Result<Page<StoredExchange>>& found) {
    if (!found) return take();
    for (const StoredExchange& x : found->rows) see(x);
    seen_ += kPage;
    if (found->next && seen_ < limits::kDeviceHistoryRowsMax) return read_page(found->next);
    take();
  });
}

// Newest first.
void DeviceHistory::see(const StoredExchange& x) {
  if (x.state != State::answered || !x.response_valid || !x.result) return;
  Row& row = rows_[{x.order.kiosk_id, x.order.operation}];
  if (row.over) return;
  row.over = !says_device_fails(*x.result);
  if (row.over) return;
  if (++row.errors == 1) {
    row.last = x.id;
    row.result = *x.result;
  }
  row.since = x.answered_at.value_or(x.accepted_at);
}

void DeviceHistory::take() {
  for (auto& [key, row] : rows_)
    if (row.errors >= errors_) failing_.emplace_back(key, row);
  rows_ = {};
  tell_next();
}

void DeviceHistory::tell_next() {
  if (failing_.empty()) return;
  std::pair<Key, Row> one = std::move(failing_.back());
  failing_.pop_back();
  const RequestId last = one.second.last;
  history_.find_exchange(last,
                         [this, one = std::move(one)](const Result<std::optional<StoredExchange>>& found) {
                           const auto& [key, row] = one;
                           std::string words;
                           if (found && *found && (*found)->response) words = last_words(*(*found)->response);
                           if (words.empty()) words = name(row.result);
                           found_({key.first, key.second, row.errors, row.since, std::move(words)});
                           tell_next();
                         });
}

}  // namespace kgw
