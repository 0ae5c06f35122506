// Fold: lines that one source can cause as often as it likes, and that stand in a bounded history beside those
// of others. Each source has a few lines at once and then one a while; what comes in between is counted, and
// the latest of it is written, with the number, when its time has come. A bounded number of sources. Loop
// thread only.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/clock.hpp"

namespace kgw {

template <class Line>
class Fold {
 public:
  // `burst` lines at once, then one each `interval`.
  Fold(double burst, std::chrono::nanoseconds interval, std::size_t sources_max)
      : burst_(burst), interval_(interval), sources_max_(sources_max) {}

  // The line, when it is to be written now; nothing: it is folded.
  std::optional<Line> take(const std::string& source, Line line, Instant now) {
    if (sources_.size() >= sources_max_ && !sources_.contains(source)) forget(now);
    Source& s = sources_.try_emplace(source, Source{burst_, now, 0, std::nullopt}).first->second;
    refill(s, now);
    if (!s.held && s.left >= 1) {
      s.left -= 1;
      return line;
    }
    s.folded += s.held ? 1 : 0;
    s.held = std::move(line);
    return std::nullopt;
  }

  // Those whose time has come, each with the number of lines that it stands for beside itself.
  std::vector<std::pair<Line, std::uint64_t>> due(Instant now) {
    std::vector<std::pair<Line, std::uint64_t>> lines;
    for (auto& [name, s] : sources_) {
      if (!s.held) continue;
      refill(s, now);
      if (s.left < 1) continue;
      s.left -= 1;
      lines.emplace_back(std::move(*s.held), std::exchange(s.folded, 0));
      s.held.reset();
    }
    return lines;
  }

 private:
  struct Source {
    double left;
    Instant at;
    std::uint64_t folded;
    std::optional<Line> held;
  };
  double refilled(const Source& s, Instant now) const {
    const std::chrono::duration<double> passed = now - s.at;
    return std::min(burst_, s.left + passed / std::chrono::duration<double>(interval_));
  }
  void refill(Source& s, Instant now) const {
    s.left = refilled(s, now);
    s.at = now;
  }
  // Those that have been quiet; when none was, all that hold nothing.
  void forget(Instant now) {
    std::erase_if(sources_, [&](const auto& entry) {
      return !entry.second.held && refilled(entry.second, now) >= burst_;
    });
    if (sources_.size() >= sources_max_)
      std::erase_if(sources_, [](const auto& entry) { return !entry.second.held; });
  }

  const double burst_;
  const std::chrono::nanoseconds interval_;
  const std::size_t sources_max_;
  std::unordered_map<std::string, Source> sources_;
};

}  // namespace kgw
