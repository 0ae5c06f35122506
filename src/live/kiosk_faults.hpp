// KioskFaults: the last error of each kiosk since the start; bounded by the number of kiosks. Loop thread
// only.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/clock.hpp"
#include "base/errors.hpp"
#include "base/ids.hpp"
#include "base/limits.hpp"

namespace kgw {

struct KioskFault {
  ErrorCode code{};
  WallTime at{};
  RequestId request;  // zero: refused before acceptance
};

class KioskFaults {
 public:
  // Requires a registered kiosk. Keeps only errors caused by the kiosk or its connection.
  void note(const std::string& kiosk_id, const KioskFault& fault) {
    switch (fault.code) {
      case ErrorCode::timeout:
      case ErrorCode::invalid_response:
      case ErrorCode::kiosk_offline:
      case ErrorCode::kiosk_busy:
        if (faults_.size() < limits::kKiosksMax || faults_.contains(kiosk_id)) faults_[kiosk_id] = fault;
        return;
      default: return;
    }
  }
  // Returns nullptr if there was no error.
  const KioskFault* find(std::string_view kiosk_id) const {
    const auto found = faults_.find(kiosk_id);
    return found == faults_.end() ? nullptr : &found->second;
  }
  void forget(std::string_view kiosk_id) {
    if (const auto found = faults_.find(kiosk_id); found != faults_.end()) faults_.erase(found);
  }

 private:
  std::unordered_map<std::string, KioskFault, StringHash, std::equal_to<>> faults_;
};

}  // namespace kgw
