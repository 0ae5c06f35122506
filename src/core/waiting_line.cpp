#include "core/waiting_line.hpp"

#include <algorithm>

#include "base/check.hpp"

namespace kgw {

// Ids grow with each request: the smallest of those in front came first.
Exchange* WaitingLine::front() const {
  Exchange* first = nullptr;
  if (!lines_) return first;
  for (const ExchangeList& line : lines_->of)
    if (Exchange* const x = line.front(); x && (!first || x->id < first->id)) first = x;
  return first;
}

bool WaitingLine::has_room_for(const HolderEntry* holder, std::size_t most, std::size_t reserved) const {
  if (size() < most) return true;
  return size() < most + reserved && of(holder) < reserved;
}

void WaitingLine::push_back(Exchange& x) {
  if (!lines_) lines_ = std::make_unique<Lines>();
  lines_->of[x.line].push_back(x);
  ++lines_->size;
  const auto share = find(x.holder);
  if (share != lines_->shares.end()) ++share->second;
  else lines_->shares.emplace_back(x.holder, 1);
}

void WaitingLine::remove(Exchange& x) {
  KGW_CHECK(holds(x));
  lines_->of[x.line].remove(x);
  if (--lines_->size == 0) return lines_.reset();
  const auto share = find(x.holder);
  KGW_CHECK(share != lines_->shares.end());
  if (--share->second > 0) return;
  *share = lines_->shares.back();
  lines_->shares.pop_back();
}

WaitingLine::Shares::iterator WaitingLine::find(const HolderEntry* holder) const {
  return std::find_if(lines_->shares.begin(), lines_->shares.end(),
                      [&](const auto& s) { return s.first == holder; });
}

std::size_t WaitingLine::of(const HolderEntry* holder) const {
  if (!lines_) return 0;
  const auto share = find(holder);
  return share == lines_->shares.end() ? 0 : share->second;
}

}  // namespace kgw
