#include "telemetry/kiosk_series.hpp"

#include <utility>

namespace kgw {

KioskFigures* KioskSeries::find_or_add(std::string_view kiosk_id) {
  if (!wanted_) return nullptr;
  if (KioskFigures* const row = find(kiosk_id)) return row;
  if (rows_.size() >= limits::kKioskSeriesMax) return nullptr;
  index_.emplace(kiosk_id, rows_.size());
  rows_.push_back({.id = std::make_shared<const std::string>(kiosk_id)});
  return &rows_.back();
}

void KioskSeries::on_removed(std::string_view kiosk_id) {
  const auto found = index_.find(kiosk_id);
  if (found == index_.end()) return;
  const std::size_t hole = found->second;
  index_.erase(found);
  if (hole + 1 != rows_.size()) {
    rows_[hole] = std::move(rows_.back());
    index_[*rows_[hole].id] = hole;
  }
  rows_.pop_back();
}

}  // namespace kgw
