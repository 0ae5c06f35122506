#include "alerts/failing_devices.hpp"

#include <algorithm>
#include <utility>

#include "base/limits.hpp"

namespace kgw {
namespace {

auto row_of(std::vector<FailingDevices::Row>& rows, std::string_view operation) {
  return std::find_if(rows.begin(), rows.end(),
                      [&](const FailingDevices::Row& row) { return row.operation == operation; });
}

}  // namespace

FailingDevices::Row* FailingDevices::fails(const std::string& kiosk_id, std::string_view operation,
                                           std::uint32_t errors) {
  Rows& rows = kiosks_[kiosk_id];
  if (const auto known = row_of(rows, operation); known != rows.end()) {
    std::rotate(known, known + 1, rows.end());
  } else {
    if (rows.size() >= limits::kFailingDevicesPerKiosk) {
      const auto lesser = std::find_if(rows.begin(), rows.end(), [](const Row& row) { return row.alert == 0; });
      if (lesser == rows.end()) return nullptr;
      rows.erase(lesser);
    }
    rows.push_back({.operation = std::string(operation)});
  }
  rows.back().errors += errors;
  return &rows.back();
}

std::uint64_t FailingDevices::works(std::string_view kiosk_id, std::string_view operation) {
  const auto kiosk = kiosks_.find(kiosk_id);
  if (kiosk == kiosks_.end()) return 0;
  const auto row = row_of(kiosk->second, operation);
  if (row == kiosk->second.end()) return 0;
  const std::uint64_t alert = row->alert;
  kiosk->second.erase(row);
  if (kiosk->second.empty()) kiosks_.erase(kiosk);
  return alert;
}

std::vector<std::uint64_t> FailingDevices::forget(std::string_view kiosk_id) {
  std::vector<std::uint64_t> alerts;
  const auto kiosk = kiosks_.find(kiosk_id);
  if (kiosk == kiosks_.end()) return alerts;
  for (const Row& row : kiosk->second)
    if (row.alert != 0) alerts.push_back(row.alert);
  kiosks_.erase(kiosk);
  return alerts;
}

}  // namespace kgw
