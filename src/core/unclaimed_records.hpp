// Answers that their callers may never have got (PROTOCOL.md 1.2), and how each came to be known after all.
// Plain data, no behaviour.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/ids.hpp"

namespace kgw {

// How a caller came to know an answer. The numbers are stored in journals: never renumber.
enum class ClaimedBy : std::uint8_t {
  look = 1,      // GET /requests/{id}
  key = 2,       // the same Idempotency-Key
  feed = 3,      // GET /requests?final=true
  ack = 4,       // POST /requests/{id}/ack
  person = 5,    // resolved by hand
  callback = 6,  // its receiver accepted it
};
constexpr std::string_view name(ClaimedBy how) {
  switch (how) {
    case ClaimedBy::look: return "look";
    case ClaimedBy::key: return "key";
    case ClaimedBy::feed: return "feed";
    case ClaimedBy::ack: return "ack";
    case ClaimedBy::person: return "person";
    case ClaimedBy::callback: return "callback";
  }
  return "look";
}

// The exchange's answer may not have reached its caller. The first one stands; nothing once it was claimed.
struct UnclaimedRecord {
  RequestId id;
  std::string kiosk_id;
  WallTime at{};
};

// Somebody has read it: it is listed no more, and never again. The first one stands.
struct ClaimedRecord {
  RequestId id;
  std::string kiosk_id;
  WallTime at{};
  ClaimedBy how = ClaimedBy::look;
};

}  // namespace kgw
