// LineFold: lines that somebody outside can cause are not written as often as he likes: of each source and
// event the first ones are whole, the rest of ten seconds is one line with a number. Bounded: past kSourcesMax
// sources all others count as one. Decides only; pure.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/ids.hpp"

namespace kgw {

class LineFold {
 public:
  static constexpr auto kWindow = std::chrono::seconds(10);
  static constexpr std::uint32_t kWhole = 20;  // lines of a source in its first window,
  static constexpr std::uint32_t kAgain = 1;   // and in each that follows one with too many
  static constexpr std::size_t kSourcesMax = 10'000;
  static constexpr std::size_t kDueMax = 500;  // windows that one call ends

  struct Folded {
    int level = 0;  // of the first line that was left out
    std::string event;
    std::string source;  // empty: many
    std::uint64_t lines = 0;
  };

  // Whether the line is to be written; else it is counted.
  bool allows(std::string_view event, std::string_view source, int level, Instant now);
  // When take_due() has something.
  std::optional<Instant> next_deadline() const;
  // What was left out in windows that have ended by `now`; of many windows some, the others at the next call.
  std::vector<Folded> take_due(Instant now);

 private:
  struct Window {
    Folded folded;
    std::uint32_t left = kWhole;
  };
  std::unordered_map<std::string, Window, StringHash, std::equal_to<>> windows_;
  std::deque<std::pair<Instant, std::string>> ends_;  // in this order, since all are equally long
};

}  // namespace kgw
