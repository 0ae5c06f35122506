// Time as the core sees it. Running deadlines use steady time, stored ones wall time (PROTOCOL.md 1.2).
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

// The loop's time for the current turn: everything in one turn sees the same instant.
class TurnClock {
 public:
  virtual ~TurnClock() = default;
  virtual const Now& now() const = 0;
  // Reads the clock again. For the few callers that can't rely on the turn's time: a process may be stopped
  // and continued in the middle of a turn.
  virtual Instant read_clock() const = 0;
};

// RFC 3339 in UTC with milliseconds: "2026-11-22T22:13:39.123Z" (24 characters, for years 0 to 9999).
std::string rfc3339(WallTime t);
void append_rfc3339(std::string& out, WallTime t);
// Parses "2026-11-22T22:13:39Z", optionally with up to nine fractional digits; nullopt for anything else,
// other time zones included.
std::optional<WallTime> parse_rfc3339(std::string_view text);

}  // namespace kgw
