// Which of a backend's headers are forwarded to the kiosk (PROTOCOL.md 3). Internal to wire/. No state.
#pragma once

#include <string_view>

#include "wire/http_head.hpp"

namespace kgw {

inline constexpr char kForwardedPrefix[] = "header-";
inline constexpr char kCallbackUrl[] = "header-callback-url";

// An allow-list, so that no credential gets through: authorization, cookie, x-api-key and everything else
// stay here.
inline bool is_forwarded(std::string_view name) {
  constexpr std::size_t kPrefix = sizeof kForwardedPrefix - 1;
  if (name.size() > kPrefix && same_ignoring_case(name.substr(0, kPrefix), kForwardedPrefix))
    return !same_ignoring_case(name, kCallbackUrl);
  switch (name.size()) {
    case 11: return same_ignoring_case(name, "traceparent");
    case 12: return same_ignoring_case(name, "x-request-id") || same_ignoring_case(name, "content-type");
    case 15: return same_ignoring_case(name, "idempotency-key");
    default: return false;
  }
}

}  // namespace kgw
