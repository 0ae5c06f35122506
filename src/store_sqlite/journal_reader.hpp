// JournalReader: reads the journal into the plain structs of core/records.hpp. Owns one connection; used by
// one thread at a time. Writes nothing.
#pragma once

#include <array>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/records.hpp"
#include "sqlite/database.hpp"
#include "store/journal_home.hpp"
#include "store_sqlite/term_run.hpp"

namespace kgw {

class JournalReader final : public JournalReading {
 public:
  static Result<JournalReader> open(const std::filesystem::path& file, const std::string& vfs);

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
  void interrupt() override { db_.interrupt(); }

 private:
  // Returns one column of an accepted request, or nullopt if there is none.
  Result<std::optional<std::string>> column_of(std::size_t query, const RequestId& id);
  // Looks at a row of `claims`: whether it is this key's, and whose.
  Result<std::optional<StoredExchange>> claimed_by(std::int64_t row_id, const Digest& key);
  // What it has claimed, and still has.
  Result<void> add_claims(StoredExchange& x);
  // The indexed part of a page (store_sqlite/term_run): exchanges up to `indexed_to`.
  Result<void> find_indexed(const ExchangesQuery& asked, const TermGroups& groups, std::int64_t indexed_to,
                            Page<StoredExchange>& page);
  Result<Page<StoredExchange>> find(const ExchangesQuery& asked);
  Result<Page<StoredExchange>> scan(sqlite::Statement& query, const ExchangesQuery& asked,
                                    std::size_t count_max);
  Result<std::optional<StoredExchange>> exchange_at(std::int64_t key, const ExchangesQuery& asked);
  Result<std::int64_t> indexed_to();
  Result<Page<StoredExchange>> find_unclaimed(const ExchangesQuery& asked);
  // Whether its answer stands before what a page of the feed begins with; store_sqlite/journal_feed.
  Result<bool> passed(const RequestId& id, std::int64_t after);
  // Adds one to the page if the query asks for it; store_sqlite/journal_feed.
  Result<void> add_final(const FinalsQuery& asked, bool answered, std::int64_t seq, std::int64_t key,
                         FinalsPage& page);

  sqlite::Database db_;
  enum Query : std::size_t {
    kExchange,
    kKioskOf,
    kOwnerOf,
    kEnvelope,
    kExchangesBefore,
    kExchangesAfter,
    kExchangesBetween,
    kExchangeOf,
    kRunsBefore,
    kRunsAfter,
    kIndexedTo,
    kConnections,
    kConnectionsOf,
    kAudit,
    kAuditOf,
    kClaimsNear,
    kClaimed,
    kClaimOf,
    kOrderClaimOf,
    kCallbacks,
    kCallbacksIn,
    kCallbacksOf,
    kLatestCallback,
    kFinals,
    kFinalOf,
    kAnswerOf,
    kUnclaimedBefore,
    kUnclaimedAfter,
    kQueries
  };
  std::array<sqlite::Statement, kQueries> queries_;
};

// Returns all kiosks, ordered by id.
Result<std::vector<KioskRecord>> load_kiosks(sqlite::Database& db);
// Returns all API keys, revoked ones included, ordered by id.
Result<std::vector<KeyRecord>> load_keys(sqlite::Database& db);
// Returns all kept values, ordered by name.
Result<std::vector<SettingRecord>> load_settings(sqlite::Database& db);
// Returns all exchanges with a journal key of at least `from` that have not ended, oldest first.
Result<std::vector<StoredExchange>> load_open(sqlite::Database& db, std::int64_t from);

}  // namespace kgw
