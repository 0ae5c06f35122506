// What can be moved from one gateway to another (docs/redis.md), one JSON object each: kiosks, API keys and
// ended requests, as returned by GET /api/export and accepted by POST /api/import. Tokens and keys move as
// digests, so that they keep working; a kiosk of the older service brings its token itself. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/result.hpp"
#include "core/records.hpp"

namespace kgw {

struct MovedKiosk {
  KioskRecord record;  // digest and created_at are zero if the line has none
  std::string token;   // empty: the record has the digest
};
using MovedThing = std::variant<MovedKiosk, KeyRecord, StoredExchange>;

std::string moved_line(const KioskRecord& kiosk);
std::string moved_line(const KeyRecord& key);
std::string moved_line(const StoredExchange& ended);
// Faults: invalid_json, invalid_argument naming the member.
Result<MovedThing> parse_moved_line(std::string_view json);

// Returns the records that give the store the same knowledge of this exchange, its key and its order included,
// without its request body.
std::vector<Record> records_of(const StoredExchange& ended);
// And of what somebody found out about it. REQUIRES that somebody did.
ResolvedRecord resolution_of(const StoredExchange& ended);

}  // namespace kgw
