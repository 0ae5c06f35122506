// The result of looking up one exchange; nullopt if there is none. Called on the loop's thread, from poll().
#pragma once

#include <functional>
#include <optional>

#include "base/result.hpp"
#include "core/records.hpp"

namespace kgw {

using FoundExchange = std::function<void(Result<std::optional<StoredExchange>>)>;

}  // namespace kgw
