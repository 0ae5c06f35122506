#include "telemetry/remote_write.hpp"

#include <snappy.h>

#include <algorithm>
#include <bit>
#include <utility>

namespace kgw {
namespace {

// Prometheus' marker for "this series has ended": a specific NaN.
constexpr std::uint64_t kStale = 0x7ff0000000000002;

// Protobuf's wire format, as far as needed for WriteRequest: field numbers with wire types.
constexpr char kTimeseries = 0x0a;   // WriteRequest.timeseries = 1, bytes
constexpr char kLabels = 0x0a;       // TimeSeries.labels = 1, bytes
constexpr char kSamples = 0x12;      // TimeSeries.samples = 2, bytes
constexpr char kLabelName = 0x0a;    // Label.name = 1, bytes
constexpr char kLabelValue = 0x12;   // Label.value = 2, bytes
constexpr char kSampleValue = 0x09;  // Sample.value = 1, 64 bits
constexpr char kSampleStamp = 0x10;  // Sample.timestamp = 2, varint

void append_varint(std::string& out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) out.push_back(static_cast<char>(value | 0x80));
  out.push_back(static_cast<char>(value));
}

void append_bytes(std::string& out, char field, std::string_view bytes) {
  out.push_back(field);
  append_varint(out, bytes.size());
  out.append(bytes);
}

void append_sample(std::string& out, std::uint64_t value_bits, std::int64_t at_ms) {
  std::string sample;
  sample.push_back(kSampleValue);
  for (int byte = 0; byte < 8; ++byte) sample.push_back(static_cast<char>(value_bits >> (8 * byte)));
  sample.push_back(kSampleStamp);
  append_varint(sample, static_cast<std::uint64_t>(at_ms));
  append_bytes(out, kSamples, sample);
}

}  // namespace

// The labels as TimeSeries has them: sorted by name.
std::string RemoteWrite::labels_of(const Family& family, const Sample& sample) const {
  const std::string name = std::string(family.name) + std::string(sample.suffix);
  std::vector<std::pair<std::string_view, std::string_view>> labels{
      {"__name__", name}, {"instance", instance_}, {"job", job_}};
  for (const auto& [label, value] : sample.labels) labels.emplace_back(label, value);
  std::sort(labels.begin(), labels.end());
  std::string out;
  std::string one;
  for (const auto& [label, value] : labels) {
    one.clear();
    append_bytes(one, kLabelName, label);
    append_bytes(one, kLabelValue, value);
    append_bytes(out, kLabels, one);
  }
  return out;
}

std::string RemoteWrite::encode(const Families& families, std::int64_t at_ms, bool last) {
  at_ms = std::max(at_ms, told_at_ms_ + 1);
  told_at_ms_ = last ? at_ms + 1 : at_ms;
  std::string request;
  std::unordered_set<std::string> told;
  for (const Family& family : families)
    for (const Sample& sample : family.samples) {
      std::string labels = labels_of(family, sample);
      std::string series = labels;
      append_sample(series, std::bit_cast<std::uint64_t>(sample.value), at_ms);
      if (last) append_sample(series, kStale, at_ms + 1);
      append_bytes(request, kTimeseries, series);
      told_.erase(labels);
      told.insert(std::move(labels));
    }
  for (const std::string& labels : told_) {  // those that no longer exist
    std::string series = labels;
    append_sample(series, kStale, at_ms);
    append_bytes(request, kTimeseries, series);
  }
  told_ = std::move(told);
  std::string compressed;
  snappy::Compress(request.data(), request.size(), &compressed);
  return compressed;
}

}  // namespace kgw
