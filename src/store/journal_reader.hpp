// JournalReader: what the journal holds, as the plain structs of core/records.hpp. Owns one connection; used by
// one thread at a time. It writes nothing.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/records.hpp"
#include "sqlite/database.hpp"

namespace kgw {

class JournalReader {
 public:
  static Result<JournalReader> open(const std::filesystem::path& file, const std::string& vfs);

  // All 16 bytes of the id must match; nothing when there is no such exchange.
  Result<std::optional<StoredExchange>> exchange(const RequestId& id);
  // The newest first.
  Result<std::vector<StoredConnection>> connections(const std::string& kiosk_id, std::size_t count_max);

 private:
  sqlite::Database db_;
  sqlite::Statement exchange_;
  sqlite::Statement connections_;
};

// Every kiosk, by id.
Result<std::vector<KioskRecord>> load_kiosks(sqlite::Database& db);
// Every exchange with a journal key of at least `from` that has not ended, oldest first.
Result<std::vector<StoredExchange>> load_open(sqlite::Database& db, std::int64_t from);

}  // namespace kgw
