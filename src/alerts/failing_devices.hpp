// FailingDevices: how many of a kiosk's answers for one operation have said in a row that its device fails
// (PROTOCOL.md 1.2: `failed`, `error`, `unknown` again and again). Any other answer ends the row: a device that
// declines works. Pure. Bounded: operations are whatever backends send, so a kiosk has at most
// limits::kFailingDevicesPerKiosk of them, and the one that failed longest ago, without an alert, gives way.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/ids.hpp"
#include "core/answer_result.hpp"

namespace kgw {

constexpr bool says_device_fails(AnswerResult result) {
  return result == AnswerResult::failed || result == AnswerResult::error || result == AnswerResult::unknown;
}

class FailingDevices {
 public:
  struct Row {
    std::string operation;
    std::uint32_t errors = 0;
    std::uint64_t alert = 0;  // its number; 0: none
  };

  bool empty() const { return kiosks_.empty(); }
  // Counts so many errors more. Returns the row, until the next call; nullptr: no room, all of the kiosk's rows
  // have alerts.
  Row* fails(const std::string& kiosk_id, std::string_view operation, std::uint32_t errors = 1);
  // Ends the row; returns the number of its alert, or 0.
  std::uint64_t works(std::string_view kiosk_id, std::string_view operation);
  // The kiosk is gone; returns the numbers of its alerts.
  std::vector<std::uint64_t> forget(std::string_view kiosk_id);

 private:
  using Rows = std::vector<Row>;  // few; the one that failed last is at the end
  std::unordered_map<std::string, Rows, StringHash, std::equal_to<>> kiosks_;  // none is empty
};

}  // namespace kgw
