// Time, as the core gets it. Running deadlines are steady, stored ones are wall time (PROTOCOL.md 1.2).
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace kgw {

using Milliseconds = std::chrono::milliseconds;
using Instant = std::chrono::time_point<std::chrono::steady_clock, std::chrono::nanoseconds>;
using WallTime = std::chrono::sys_time<std::chrono::milliseconds>;

struct Now {
  Instant steady;
  WallTime wall;
};

inline std::int64_t to_ms(WallTime t) { return t.time_since_epoch().count(); }
inline WallTime wall_from_ms(std::int64_t ms) { return WallTime(Milliseconds(ms)); }

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Now now() const = 0;
};

class SystemClock final : public Clock {
 public:
  Now now() const override;
};

// The time of the turn that is under way, as the loop has it: the same for all that happens in the turn.
class TurnClock {
 public:
  virtual ~TurnClock() = default;
  virtual const Now& now() const = 0;
  // Read anew, for the few who may not trust the turn's: a process that was stopped goes on in mid-turn.
  virtual Instant read_clock() const = 0;
};

// RFC 3339, UTC, milliseconds: "2026-11-22T22:13:39.123Z" (24 characters, for years 0 to 9999).
std::string rfc3339(WallTime t);
void append_rfc3339(std::string& out, WallTime t);
// "2026-11-22T22:13:39Z", with up to nine digits behind a point; nullopt for anything else, other zones too.
std::optional<WallTime> parse_rfc3339(std::string_view text);

}  // namespace kgw
