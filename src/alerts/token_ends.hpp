// TokenEnds: which kiosks' tokens come close to their end, gathered kiosk by kiosk, so that a large fleet need
// not be looked at in one go. Keeps a count and the first names for each stage, however many there are. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace kgw {

class TokenEnds {
 public:
  // So many days before a token's end it is told, the farthest first.
  static constexpr std::array<std::int64_t, 3> kDays{30, 7, 1};
  static constexpr std::int64_t kSummaryDays = 31;
  static constexpr std::size_t kNamesShown = 20;

  struct Group {
    std::int64_t count = 0;
    std::string first;  // id
    std::string names;  // ids, of the first kNamesShown
    void add(std::string_view kiosk_id);
  };

  // `last_look`: when it was looked last; nullopt: never.
  TokenEnds(WallTime now, std::optional<WallTime> last_look) : now_(now), last_look_(last_look) {}
  // In the order in which they shall be named.
  void see(std::string_view kiosk_id, WallTime ends_at);

  WallTime now() const { return now_; }
  std::optional<WallTime> last_look() const { return last_look_; }
  // Those that came this close (kDays[i]) since the last look, each only under the smallest.
  const std::array<Group, kDays.size()>& nearer() const { return nearer_; }
  // All that end within kSummaryDays.
  const Group& within_a_month() const { return within_a_month_; }

 private:
  const WallTime now_;
  const std::optional<WallTime> last_look_;
  std::array<Group, kDays.size()> nearer_;
  Group within_a_month_;
};

}  // namespace kgw
