// KioskSeries: three numbers per kiosk, for METRICS_PER_KIOSK. Loop thread only. A bounded number of kiosks
// has a row; the others are not counted one by one. A removed kiosk loses its row.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/ids.hpp"
#include "base/limits.hpp"

namespace kgw {

struct KioskFigures {
  std::shared_ptr<const std::string> id;
  bool up = false;
  std::uint64_t requests = 0;  // accepted ones that have ended
  std::uint64_t failures = 0;  // of them, those without the kiosk's answer
};

class KioskSeries {
 public:
  explicit KioskSeries(bool wanted) : wanted_(wanted) {}
  bool wanted() const { return wanted_; }

  void on_known(std::string_view kiosk_id) { find_or_add(kiosk_id); }
  void on_up(std::string_view kiosk_id) {
    if (KioskFigures* const row = find_or_add(kiosk_id)) row->up = true;
  }
  // For these two the kiosk may have been removed already.
  void on_down(std::string_view kiosk_id) {
    if (KioskFigures* const row = find(kiosk_id)) row->up = false;
  }
  void on_request(std::string_view kiosk_id, bool answered) {
    KioskFigures* const row = find(kiosk_id);
    if (row == nullptr) return;
    ++row->requests;
    if (!answered) ++row->failures;
  }
  void on_removed(std::string_view kiosk_id);

  const std::vector<KioskFigures>& rows() const { return rows_; }

 private:
  KioskFigures* find(std::string_view kiosk_id) {
    if (!wanted_) return nullptr;
    const auto found = index_.find(kiosk_id);
    return found == index_.end() ? nullptr : &rows_[found->second];
  }
  KioskFigures* find_or_add(std::string_view kiosk_id);

  const bool wanted_;
  std::vector<KioskFigures> rows_;
  std::unordered_map<std::string, std::size_t, StringHash, std::equal_to<>> index_;
};

}  // namespace kgw
