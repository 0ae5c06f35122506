// RedisReader: the reading half of a store in Redis, with its own connection, so that a page of history never
// delays a payment's record.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "redis/connection.hpp"
#include "store/journal_home.hpp"
#include "store_redis/redis_journal.hpp"
#include "store_redis/redis_layout.hpp"

namespace kgw {

class RedisReader final : public JournalReading {
 public:
  static Result<std::unique_ptr<RedisReader>> open(const RedisSettings& settings);

  Result<std::optional<StoredExchange>> exchange(const RequestId& id) override;
  Result<std::optional<StoredExchange>> visible_exchange(const RequestId& id,
                                                         const ExchangeView& view) override;
  Result<std::optional<StoredExchange>> claimed(const Digest& key) override;
  Result<SharedBytes> body(const RequestId& id) override;
  Result<Page<StoredExchange>> exchanges(const ExchangesQuery& query) override;
  Result<FinalsPage> finals(const FinalsQuery& query) override;
  Result<Page<StoredConnection>> connections(const HistoryQuery& query) override;
  Result<Page<StoredAudit>> audit(const HistoryQuery& query) override;
  Result<Page<StoredCallback>> callbacks(const CallbacksQuery& query) override;

 private:
  explicit RedisReader(redis::Connection connection) : connection_(std::move(connection)) {}
  Result<redis::Reply> member(const RequestId& id);  // of the index, as a list of one, or an empty list
  Result<void> drop_lost_claims(StoredExchange& x, const std::string& member);
  Result<std::vector<StoredExchange>> load(const std::vector<std::string>& members, bool with_response);
  Result<std::vector<StoredCallback>> load_callbacks(const std::vector<redis_layout::CallbackRow>& rows);
  // Those of the finals that the view shows, in their order.
  Result<std::vector<redis_layout::Final>> visible(std::vector<redis_layout::Final> finals,
                                                   const ExchangeView& view);
  Result<std::vector<RequestId>> passed(const std::vector<RequestId>& ids, std::int64_t after);
  // One of them, as it was then; nullopt if it is gone.
  Result<std::optional<StoredExchange>> load(const redis_layout::Final& final);
  template <class Row, class Take>
  Result<Page<Row>> rows(const std::string& stream, const HistoryQuery& query, Take take);

  redis::Connection connection_;
};

}  // namespace kgw
