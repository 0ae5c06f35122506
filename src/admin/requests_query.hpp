// The query of GET /api/requests (PROTOCOL.md 1.5): what it selects, and where in the journal that can be.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.hpp"
#include "store/history.hpp"

namespace kgw {

// `text`: the query as it came, with known names only. Fault: invalid_argument.
Result<ExchangesQuery> requests_query(std::string_view text);

// Nothing that the query selects has a smaller journal key.
std::int64_t lowest_key(const ExchangesQuery& query);

}  // namespace kgw
