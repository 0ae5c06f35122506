// What moves from one gateway to another (docs/redis.md), each thing one JSON object: kiosks, API keys and
// ended requests, as GET /api/export gives and POST /api/import takes them. Tokens and keys move as digests, so
// both go on working; a kiosk of the older service comes with its token itself. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/result.hpp"
#include "core/records.hpp"

namespace kgw {

struct MovedKiosk {
  KioskRecord record;  // its digest and created_at are zero when the line has none
  std::string token;   // empty: the digest stands in the record
};
using MovedThing = std::variant<MovedKiosk, KeyRecord, StoredExchange>;

std::string moved_line(const KioskRecord& kiosk);
std::string moved_line(const KeyRecord& key);
std::string moved_line(const StoredExchange& ended);
// Faults: invalid_json, invalid_argument, with the member's name.
Result<MovedThing> parse_moved_line(std::string_view json);

// The records that make the store know what it was told of this exchange elsewhere; its body is not among it.
std::vector<Record> records_of(const StoredExchange& ended);

}  // namespace kgw
