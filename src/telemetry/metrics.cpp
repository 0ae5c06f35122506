#include "telemetry/metrics.hpp"

#include <algorithm>
#include <numeric>

namespace kgw {

std::string_view end_name(std::size_t end) {
  if (const auto result = result_of(end))
    return *result == AnswerResult::unknown ? "answered_unknown" : "answered";
  return info(static_cast<ErrorCode>(end)).name;
}

OperationTable::OperationTable() {
  for (const std::string_view known : {"other", "payment", "fiscal", "kds", "print"}) add(known);
}

OperationMetrics& OperationTable::add(std::string_view operation) {
  OperationMetrics& row = rows_[count_++];
  row.size = operation.copy(row.text.data(), row.text.size());
  return row;
}

OperationMetrics& OperationTable::of(std::string_view operation, bool answered) {
  for (std::size_t i = 0; i < count_; ++i)
    if (rows_[i].name() == operation) return rows_[i];
  return answered && count_ < rows_.size() ? add(operation) : rows_.front();
}

LatencyHistogram Metrics::latency() const {
  LatencyHistogram all;
  for (const OperationMetrics& operation : operations) all.add(operation.latency);
  return all;
}

std::uint64_t Metrics::unmatched_answers() const {
  return std::accumulate(unmatched.begin(), unmatched.end(), std::uint64_t{0});
}

}  // namespace kgw
