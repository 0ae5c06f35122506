// MisfitTimeouts: pairs of timeouts that are the wrong way round (PROTOCOL.md 1.7), learned from what happens.
// A caller should wait longer than the gateway, and the gateway longer than the kiosk's device: else somebody
// gives up while the card is being charged. Pure; since the start only.
//
// A timeout shows by its regularity: who hangs up again and again after the same time has one, who cancels now
// and then has not. Bounded: a few samples for each owner of keys and for each operation; operations are
// whatever backends send, and where there is no room a newcomer does not push out what is known to be wrong.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/limits.hpp"

namespace kgw {

enum class MisfitKind : std::uint8_t {
  caller_hangs_up,      // a backend's timeout is shorter than the gateway's
  device_answers_late,  // the gateway's is shorter than the device's
};
std::string_view name(MisfitKind kind);

struct Misfit {
  MisfitKind kind;
  std::string about;       // the keys' owner (empty: callers without a key); the operation
  std::size_t times = 0;   // that it was seen, of the latest ones
  Milliseconds took{};     // how long the caller waits; the longest that the device took
  Milliseconds allowed{};  // how long the gateway waits
  WallTime last{};

  // To set: for the caller's own timeout; for KIOSK_RESPONSE_TIMEOUT.
  std::chrono::seconds figure() const;
  // For a caller that can't wait longer: the Header-Timeout with which the gateway gives up before it. nullopt:
  // too short for any device.
  std::optional<std::chrono::seconds> header_timeout() const;
};

// For people: "1.2", "30".
std::string shown_seconds(Milliseconds time);

class MisfitTimeouts {
 public:
  // A caller has hung up after `waited`; the gateway would have waited for `allowed`.
  void on_hang_up(std::string_view owner, Milliseconds waited, Milliseconds allowed, const Now& now);
  // Its device answered `took` after the request was sent, which was `late_by` after the gateway had given up.
  void on_late_answer(std::string_view operation, Milliseconds took, Milliseconds late_by, const Now& now);

  // What was seen last comes first; at most limits::kMisfitsShown.
  std::vector<Misfit> found(const Now& now) const;

 private:
  struct Sample {
    Instant at;
    Milliseconds took;
    Milliseconds allowed;
  };
  using Samples = std::deque<Sample>;  // in the order of their times; never empty
  using Rows = std::map<std::string, Samples, std::less<>>;

  static void add(Rows& rows, std::size_t rows_max, std::string_view about, const Sample& sample);
  static bool make_room(Rows& rows, std::size_t rows_max, Instant now);
  static std::optional<Misfit> hang_up_of(const std::string& owner, const Samples& samples, const Now& now);
  static std::optional<Misfit> late_answer_of(const std::string& operation, const Samples& samples,
                                              const Now& now);

  Rows owners_;
  Rows operations_;
};

}  // namespace kgw
