#include "live/kiosk_search.hpp"

#include <algorithm>
#include <string_view>

#include "base/ascii.hpp"

namespace kgw {
namespace {

bool contains(std::string_view text, std::string_view part) {
  return std::search(text.begin(), text.end(), part.begin(), part.end(),
                     [](char a, char b) { return ascii::lower(a) == ascii::lower(b); }) != text.end();
}

}  // namespace

bool KioskSearch::step(const KioskRegistry& kiosks) {
  return walk_.step(
      kiosks, [this](const KioskRef& kiosk) { see(kiosk); }, kStep);
}

void KioskSearch::see(const KioskRef& kiosk) {
  if (!contains(kiosk->record.id, text_) && !contains(kiosk->record.title, text_)) return;
  if (kiosk->session != SessionId::none) {
    if (online_ >= skip_ && online_ < end_) online_page_.push_back(kiosk);
    ++online_;
  } else {
    if (offline_first_.size() < end_) offline_first_.push_back(kiosk);
    ++offline_;
  }
}

std::vector<KioskRef> KioskSearch::page() const {
  std::vector<KioskRef> rows = online_page_;
  for (std::size_t place = std::max(skip_, online_); place < end_; ++place) {
    if (place - online_ >= offline_first_.size()) break;
    rows.push_back(offline_first_[place - online_]);
  }
  return rows;
}

}  // namespace kgw
