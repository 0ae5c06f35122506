#include "sqlite/migrations.hpp"

#include <string>

namespace kgw::sqlite {

Result<void> migrate(Database& db, std::string_view what, std::span<const char* const> migrations) {
  const auto known = static_cast<std::int64_t>(migrations.size());
  const auto version = db.integer("PRAGMA user_version");
  if (!version) return version.error();
  std::int64_t at = version->value_or(0);
  if (at < 0 || at > known)
    return Fault{ErrorCode::store_unavailable,
                 std::string(what) + " has schema version " + std::to_string(at) +
                     ", but this program supports only up to version " + std::to_string(known) +
                     ": start the newer program again, or restore a backup made before the upgrade"};
  if (at == known) return {};
  Result<Transaction> transaction = Transaction::begin(db);
  if (!transaction) return transaction.error();
  for (; at < known; ++at)
    if (const auto done = db.exec(migrations[static_cast<std::size_t>(at)]); !done) return done.error();
  const std::string stamp = "PRAGMA user_version = " + std::to_string(known);
  if (const auto done = db.exec(stamp.c_str()); !done) return done.error();
  return transaction->commit();
}

}  // namespace kgw::sqlite
