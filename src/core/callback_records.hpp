// What the store keeps of callbacks (PROTOCOL.md 1.4). A final record of an order with a callback_url owes one:
// the store writes it down in the same commit. What becomes of it is written after each try. Plain data, no
// behaviour; the Relay never sees it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/ids.hpp"

namespace kgw {

// The numbers are stored: never renumber.
enum class CallbackState : std::uint8_t {
  owed = 0,
  delivered = 1,
  dead = 2,  // tried in vain for limits::kCallbackTime
  gone = 3,  // its receiver answered 410: a dead letter at once
};
constexpr std::string_view name(CallbackState state) {
  switch (state) {
    case CallbackState::owed: return "owed";
    case CallbackState::delivered: return "delivered";
    case CallbackState::dead: return "dead";
    case CallbackState::gone: return "gone";
  }
  return "owed";
}

// Which final state of a request a callback tells of: 1 for the first; an answer after a timeout is the second.
constexpr std::uint32_t callback_number(bool late) { return late ? 2 : 1; }

struct CallbackTries {
  CallbackState state = CallbackState::owed;
  WallTime owed_at{};                  // since then; a replay begins anew
  WallTime next_at{};                  // of the next try, while it is owed
  std::uint32_t failed = 0;            // tries since owed_at
  std::optional<WallTime> tried_at{};  // the last time
  std::uint32_t status = 0;            // of the last response; 0: none arrived
  std::string why{};                   // it failed, for people; empty: it did not
};

// How a callback stands now. Replaces what was written of it before; changes nothing if it was never owed.
struct CallbackRecord {
  RequestId id;
  std::uint32_t n = 1;
  std::string kiosk_id;
  CallbackTries tries;
};

struct StoredCallback {
  std::int64_t number = 0;  // grows in the order in which callbacks were first owed; a page's cursor
  RequestId id;
  std::uint32_t n = 1;
  CallbackTries tries;
  std::string kiosk_id;
  std::string operation;
  std::string owner;  // of the API key that asked for it; empty: none
  std::string url;
};

}  // namespace kgw
