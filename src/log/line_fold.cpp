#include "log/line_fold.hpp"

namespace kgw {

bool LineFold::allows(std::string_view event, std::string_view source, int level, Instant now) {
  std::string name = std::string(event) + '\n' + std::string(source);
  auto found = windows_.find(name);
  if (found == windows_.end() && windows_.size() >= kSourcesMax) {
    source = {};
    name = std::string(event) + '\n';
    found = windows_.find(name);
  }
  if (found == windows_.end()) {
    Window window;
    window.folded = {level, std::string(event), std::string(source), 0};
    found = windows_.emplace(name, std::move(window)).first;
    ends_.emplace_back(now + kWindow, std::move(name));
  }
  Window& window = found->second;
  if (window.left > 0) {
    --window.left;
    return true;
  }
  if (window.folded.lines++ == 0) window.folded.level = level;
  return false;
}

std::optional<Instant> LineFold::next_deadline() const {
  if (ends_.empty()) return std::nullopt;
  return ends_.front().first;
}

std::vector<LineFold::Folded> LineFold::take_due(Instant now) {
  std::vector<Folded> due;
  for (std::size_t i = 0; i < kDueMax && !ends_.empty() && ends_.front().first <= now; ++i) {
    std::string name = std::move(ends_.front().second);
    ends_.pop_front();
    const auto found = windows_.find(name);
    Window& window = found->second;
    if (window.folded.lines == 0) {
      windows_.erase(found);  // it has calmed down
      continue;
    }
    due.push_back(window.folded);
    window.folded.lines = 0;
    window.left = kAgain;
    ends_.emplace_back(now + kWindow, std::move(name));
  }
  return due;
}

}  // namespace kgw
