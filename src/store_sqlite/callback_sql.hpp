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

}  // namespace kgw
