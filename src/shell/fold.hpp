// Fold: lines that one source can cause as often as it likes, and that stand in a bounded history beside those
// of others. Each source has a few lines at once and then one a while; what comes in between is counted, and
// the latest of it is written, with the number, when its time has come. A bounded number of sources, of which a
// quiet one costs a token bucket. Loop thread only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "shell/token_buckets.hpp"

namespace kgw {

template <class Line>
class Fold {
 public:
  // `burst` lines at once, then one per `interval`.
  Fold(unsigned burst, std::chrono::nanoseconds interval, std::size_t sources_max)
      : buckets_(burst, interval, sources_max) {}

  // Returns the line if it is to be written now; nullopt if it is folded.
  std::optional<Line> take(const std::string& source, Line line, Instant now) {
    const auto found = held_.find(source);
    if (found != held_.end()) {
      found->second.line = std::move(line);
      ++found->second.folded;
      return std::nullopt;
    }
    if (buckets_.may(source, now)) {
      buckets_.take(source, now);
      return line;
    }
    held_.emplace(source, Held{std::move(line), 0});
    return std::nullopt;
  }

  // Returns the lines that are due, each with the number of further lines that it stands for.
  std::vector<std::pair<Line, std::uint64_t>> due(Instant now) {
    std::vector<std::pair<Line, std::uint64_t>> lines;
    for (auto at = held_.begin(); at != held_.end();) {
      if (!buckets_.may(at->first, now)) {
        ++at;
        continue;
      }
      buckets_.take(at->first, now);
      lines.emplace_back(std::move(at->second.line), at->second.folded);
      at = held_.erase(at);
    }
    return lines;
  }

 private:
  struct Held {
    Line line;
    std::uint64_t folded;  // before it
  };

  TokenBuckets buckets_;
  std::unordered_map<std::string, Held> held_;
};

}  // namespace kgw
