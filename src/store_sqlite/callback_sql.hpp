// The journal's SQL about callbacks. Internal to store_sqlite/.
#pragma once

namespace kgw {

// Whether a callback about this exchange is owed.
#define KGW_OWES(id) "EXISTS(SELECT 1 FROM callbacks c WHERE c.id = " id " AND c.state = 0)"

inline constexpr const char* kOweSql =
    "INSERT OR IGNORE INTO callbacks(id, n, state, owed_at, next_at, failed, status, why) "
    "VALUES(?1, ?2, 0, ?3, ?3, 0, 0, '')";
inline constexpr const char* kCallbackSql =
    "UPDATE callbacks SET state = ?3, owed_at = ?4, next_at = ?5, failed = ?6, tried_at = ?7, status = ?8, "
    "why = ?9 WHERE id = ?1 AND n = ?2";
inline constexpr const char* kDropCallbacksSql = "DELETE FROM callbacks WHERE id = ?";
inline constexpr const char* kCallbackUrlSql = "INSERT OR IGNORE INTO callback_urls(id, url) VALUES(?, ?)";
inline constexpr const char* kDropCallbackUrlSql = "DELETE FROM callback_urls WHERE id = ?";

// The late list (store_sqlite/journal_callbacks).
inline constexpr const char* kPassBySql =
    "INSERT INTO late(id, owner, whole, owed) "
    "VALUES(?1, ifnull((SELECT owner FROM accepted WHERE id = ?1), ''), ?2, 1) "
    "ON CONFLICT(id) DO UPDATE SET whole = max(whole, excluded.whole), owed = 1";
inline constexpr const char* kLateOwesSql = "UPDATE late SET owed = " KGW_OWES("?1") " WHERE id = ?1";
inline constexpr const char* kLateOverSql =
    "SELECT l.owner, l.id, l.whole, r.seq, r.outcome = 2, v.seq FROM late l "
    "LEFT JOIN answered r ON r.id = l.id LEFT JOIN resolved v ON v.id = l.id "
    "WHERE l.owed = 0 AND l.owner >= ? ORDER BY l.owner, l.id LIMIT ?";
inline constexpr const char* kDropLateSql = "DELETE FROM late WHERE id = ?";

}  // namespace kgw
