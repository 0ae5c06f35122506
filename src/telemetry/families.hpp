// Families of samples, as in Prometheus: created once by collect(), rendered as text for /metrics and as
// remote write. Any thread.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kgw {

enum class MetricType : std::uint8_t { counter, gauge, histogram, untyped };

using Label = std::pair<std::string_view, std::string>;

struct Sample {
  std::string_view suffix{};    // appended to the family's name: "_bucket", "_sum", "_count"
  std::vector<Label> labels{};  // sorted by name, no empty values
  double value = 0;
};

struct Family {
  std::string_view name;
  MetricType type;
  std::string_view help;
  std::vector<Sample> samples{};
};
using Families = std::vector<Family>;

// Appends the shortest text that reads back as this number; NaN, +Inf and -Inf as in Prometheus.
void append_number(std::string& out, double value);

// Returns Prometheus' text exposition format 0.0.4.
std::string exposition(const Families& families);

// Adds a histogram's samples to a family, with these labels.
template <class H>
void add_histogram(Family& family, const H& histogram, const std::vector<Label>& labels = {}) {
  std::uint64_t below = 0;
  const auto bucket = [&](std::string bound) {
    std::vector<Label> all = labels;
    all.emplace_back("le", std::move(bound));
    std::sort(all.begin(), all.end());
    family.samples.push_back({"_bucket", std::move(all), static_cast<double>(below)});
  };
  for (std::size_t i = 0; i < H::kBounds.size(); ++i) {
    below += histogram.counts()[i];
    std::string bound;
    append_number(bound, H::kBounds[i]);
    bucket(std::move(bound));
  }
  below += histogram.counts().back();
  bucket("+Inf");
  family.samples.push_back({"_sum", labels, histogram.sum()});
  family.samples.push_back({"_count", labels, static_cast<double>(below)});
}

}  // namespace kgw
