// RemoteWrite: encodes families as a request of Prometheus' remote write 1.0: protobuf's WriteRequest in
// snappy's block format. Remembers the series it has sent, to mark those that end. One thread at a time, not
// the loop's.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_set>

#include "telemetry/families.hpp"

namespace kgw {

class RemoteWrite {
 public:
  // The two labels of every series.
  RemoteWrite(std::string job, std::string instance) : job_(std::move(job)), instance_(std::move(instance)) {}

  // `at_ms`: milliseconds since 1970, raised above the previous call's if the clock was set back. `last`: all
  // series end.
  std::string encode(const Families& families, std::int64_t at_ms, bool last);

 private:
  std::string labels_of(const Family& family, const Sample& sample) const;

  const std::string job_;
  const std::string instance_;
  std::int64_t told_at_ms_ = 0;
  std::unordered_set<std::string> told_;  // series sent, by their encoded labels
};

}  // namespace kgw
