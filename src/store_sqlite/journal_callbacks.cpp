// SqliteJournal's callbacks: owed with the final record, and how they stand.
// Implements store_sqlite/sqlite_journal.hpp.
#include <optional>

#include "store_sqlite/sqlite_journal.hpp"

namespace kgw {

Result<void> SqliteJournal::owe(const RequestId& id, std::uint32_t n, WallTime at) {
  return queries_[kOwe].run(id.journal_key(), std::int64_t{n}, to_ms(at));
}

Result<void> SqliteJournal::apply(const CallbackRecord& r) {
  const CallbackTries& tries = r.tries;
  const auto tried_at = tries.tried_at ? std::optional(to_ms(*tries.tried_at)) : std::nullopt;
  return queries_[kCallback].run(r.id.journal_key(), std::int64_t{r.n}, static_cast<std::int64_t>(tries.state),
                                 to_ms(tries.owed_at), to_ms(tries.next_at), std::int64_t{tries.failed},
                                 tried_at, std::int64_t{tries.status}, tries.why);
}

}  // namespace kgw
