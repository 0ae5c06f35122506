// DeviceHistory: whose devices were failing when the gateway went (AlertKind::device_failing), as the newest
// limits::kDeviceHistoryRowsMax rows of the journal have it: all of a shop's last hours, the last moments of a
// large fleet, whose next errors say the rest. One bounded read at a time; what can't be read is left out.
// Loop thread only.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "alerts/alert_book.hpp"
#include "store/history.hpp"

namespace kgw {

class DeviceHistory {
 public:
  using Found = std::function<void(const AlertBook::DeviceRow&)>;

  // `history` and this object outlive the reads.
  explicit DeviceHistory(History& history) : history_(history) {}
  // Reads, then calls `found` for each row of at least so many errors, in later turns. Once.
  void read(std::uint32_t errors, Found found);

 private:
  struct Row {
    std::uint32_t errors = 0;
    bool over = false;  // an answer that was no error came before these
    RequestId last;
    AnswerResult result{};
    WallTime since{};
  };
  using Key = std::pair<std::string, std::string>;  // kiosk and operation

  void read_page(std::optional<std::int64_t> before);
  void see(const StoredExchange& exchange);
  void take();
  void tell_next();

  History& history_;
  std::uint32_t errors_ = 0;
  Found found_;
  std::size_t seen_ = 0;
  std::map<Key, Row> rows_;
  std::vector<std::pair<Key, Row>> failing_;
};

}  // namespace kgw
