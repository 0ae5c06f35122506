// LineFold: limits lines that outsiders can cause at will: for each source and event the first ones are
// written in full, the rest of ten seconds becomes one line with a number. Bounded: beyond kSourcesMax
// sources, all others count as one. Only decides; pure.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/clock.hpp"

namespace kgw {

class LineFold {
 public:
  static constexpr auto kWindow = std::chrono::seconds(10);
  static constexpr std::uint32_t kWhole = 20;  // lines of a source in its first window,
  static constexpr std::uint32_t kAgain = 1;   // and in each that follows one with too many
  static constexpr std::size_t kSourcesMax = 10'000;
  static constexpr std::size_t kDueMax = 500;  // windows handled per call

  struct Folded {
    int level = 0;  // of the first line left out
    std::string event;
    std::string source;  // empty: several
    std::uint64_t lines = 0;
  };

  // Returns whether to write the line; otherwise it is counted.
  bool allows(std::string_view event, std::string_view source, int level, Instant now);
  // When take_due() will have something.
  std::optional<Instant> next_deadline() const;
  // Returns what was left out in windows that have ended by `now`, at most kDueMax of them; the rest at the
  // next call.
  std::vector<Folded> take_due(Instant now);

 private:
  // Keyed by the hash of event and source, so that a quiet source costs a few words.
  std::unordered_map<std::uint64_t, std::uint32_t> left_;  // lines that the window still has room for
  std::deque<std::pair<Instant, std::uint64_t>> ends_;     // ordered, as all have the same length
  std::unordered_map<std::uint64_t, Folded> folded_;       // sources that had too many
};

}  // namespace kgw
