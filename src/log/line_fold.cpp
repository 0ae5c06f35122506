#include "log/line_fold.hpp"

#include <functional>

namespace kgw {
namespace {

std::uint64_t key(std::string_view event, std::string_view source) {
  const std::uint64_t of_event = std::hash<std::string_view>()(event);
  return std::hash<std::string_view>()(source) ^ (of_event << 1 | of_event >> 63);
}

}  // namespace

bool LineFold::allows(std::string_view event, std::string_view source, int level, Instant now) {
  auto found = left_.find(key(event, source));
  if (found == left_.end() && left_.size() >= kSourcesMax) {
    source = {};
    found = left_.find(key(event, source));
  }
  if (found == left_.end()) {
    found = left_.emplace(key(event, source), kWhole).first;
    ends_.emplace_back(now + kWindow, found->first);
  }
  if (found->second > 0) {
    --found->second;
    return true;
  }
  auto [folded, first] = folded_.try_emplace(found->first);
  if (first) folded->second = {level, std::string(event), std::string(source), 0};
  ++folded->second.lines;
  return false;
}

std::optional<Instant> LineFold::next_deadline() const {
  if (ends_.empty()) return std::nullopt;
  return ends_.front().first;
}

std::vector<LineFold::Folded> LineFold::take_due(Instant now) {
  std::vector<Folded> due;
  for (std::size_t i = 0; i < kDueMax && !ends_.empty() && ends_.front().first <= now; ++i) {
    const std::uint64_t of = ends_.front().second;
    ends_.pop_front();
    auto folded = folded_.extract(of);
    if (folded.empty()) {
      left_.erase(of);  // it has calmed down
      continue;
    }
    due.push_back(std::move(folded.mapped()));
    left_[of] = kAgain;
    ends_.emplace_back(now + kWindow, of);
  }
  return due;
}

}  // namespace kgw
