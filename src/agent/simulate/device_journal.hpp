// DeviceJournal: what simulated devices have done, as real ones remember it: one JSON line each, on disk before
// the device answers. An order is done at most once per operation. Used on one thread.
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"

namespace kgw {

class DeviceJournal {
 public:
  DeviceJournal() = default;  // in memory only
  // Reads what is there. Error: invalid_argument with a sentence.
  static Result<DeviceJournal> open(const std::filesystem::path& file);
  DeviceJournal(DeviceJournal&& other) noexcept;
  DeviceJournal& operator=(DeviceJournal&&) = delete;
  ~DeviceJournal();

  // Writes it down. `order_id` may be empty: then it can't be found again. `answer` is a JSON object. Error:
  // the disk, or too many.
  Result<void> add(std::string_view operation, std::string_view order_id, std::string_view answer);
  // Returns the answer of the last one; null if there is none.
  const std::string* find(std::string_view operation, std::string_view order_id) const;
  // The last ones, oldest first, as a JSON array.
  std::string last(std::size_t count) const;
  std::size_t size() const { return lines_.size(); }

 private:
  void remember(std::string_view operation, std::string_view order_id, std::string_view answer,
                std::string line);

  int fd_ = -1;
  std::vector<std::string> lines_;
  std::map<std::pair<std::string, std::string>, std::string> answers_;
};

}  // namespace kgw
