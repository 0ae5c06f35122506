// CallbackSecrets: what one owner's callbacks are signed with (PROTOCOL.md 1.4): one secret, and for a while
// after a rotation also the one before it, so that receivers can change over without a failure. Plain data and
// pure functions; secrets are in their text form (`whsec_…`), and wire/signing/webhook_signature makes and
// reads them.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.hpp"

namespace kgw {

struct CallbackSecrets {
  static constexpr auto kOverlap = std::chrono::hours(24);

  std::string current;
  std::string previous{};  // empty: none
  WallTime previous_ends_at{};

  // Makes `fresh` the current secret. The one before stays valid for kOverlap; one that was
  // replaced earlier ends at once, so that there are never more than two.
  void rotate(std::string fresh, WallTime now) {
    previous = std::exchange(current, std::move(fresh));
    previous_ends_at = now + kOverlap;
  }
  // Ends the previous secret at once: it has leaked.
  void end_previous() { previous.clear(); }

  // Returns the secrets to sign with, the current one first.
  std::vector<std::string> valid(WallTime now) const {
    std::vector<std::string> secrets{current};
    if (!previous.empty() && now < previous_ends_at) secrets.push_back(previous);
    return secrets;
  }
};

}  // namespace kgw
