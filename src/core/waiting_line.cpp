#include "core/waiting_line.hpp"

#include <algorithm>

#include "base/check.hpp"

namespace kgw {

bool WaitingLine::has_room_for(const HolderEntry* holder, std::size_t most, std::size_t reserved) const {
  if (size() < most) return true;
  return size() < most + reserved && of(holder) < reserved;
}

void WaitingLine::push_back(Exchange& x) {
  list_.push_back(x);
  if (!shares_) shares_ = std::make_unique<Shares>();
  const auto share = find(x.holder);
  if (share != shares_->end()) ++share->second;
  else shares_->emplace_back(x.holder, 1);
}

void WaitingLine::remove(Exchange& x) {
  list_.remove(x);
  const auto share = find(x.holder);
  KGW_CHECK(share != shares_->end());
  if (--share->second > 0) return;
  *share = shares_->back();
  shares_->pop_back();
  if (shares_->empty()) shares_.reset();
}

WaitingLine::Shares::iterator WaitingLine::find(const HolderEntry* holder) const {
  return std::find_if(shares_->begin(), shares_->end(), [&](const auto& s) { return s.first == holder; });
}

std::size_t WaitingLine::of(const HolderEntry* holder) const {
  if (!shares_) return 0;
  const auto share = find(holder);
  return share == shares_->end() ? 0 : share->second;
}

}  // namespace kgw
