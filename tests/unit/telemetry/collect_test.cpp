#include "telemetry/collect.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>

namespace kgw {
namespace {

using namespace std::chrono_literals;

TEST(Histogram, counts_and_windows) {
  OwnTimeHistogram h;
  EXPECT_FALSE(h.quantile(0.5));
  h.record(100us);  // at the first bound
  h.record(2ms);
  h.record(5s);  // beyond all
  EXPECT_EQ(h.counts().front(), 1U);
  EXPECT_EQ(h.counts().back(), 1U);
  EXPECT_EQ(h.count(), 3U);
  EXPECT_DOUBLE_EQ(*h.quantile(1), 1.0);
  const OwnTimeHistogram before = h;
  h.record(2ms);
  EXPECT_EQ(h.since(before).count(), 1U);
  EXPECT_NEAR(h.since(before).sum(), 0.002, 1e-9);
}

TEST(OperationTable, every_end_has_a_name_and_answers_have_a_result) {
  for (std::size_t end = 0; end < kErrorCodeCount; ++end) EXPECT_FALSE(result_of(end));
  for (const AnswerResult result : kAnswerResults) {
    ASSERT_LT(end_of(result), kEndCount);
    EXPECT_EQ(result_of(end_of(result)), result);
    EXPECT_EQ(end_name(end_of(result)), result == AnswerResult::unknown ? "answered_unknown" : "answered");
  }
  EXPECT_EQ(end_name(end_of(ErrorCode::timeout)), "timeout");
}

TEST(OperationTable, only_what_a_kiosk_answered_becomes_a_label) {
  OperationTable table;
  EXPECT_EQ(table.of("payment", false).name(), "payment");
  EXPECT_EQ(table.of("made_up", false).name(), "other");
  EXPECT_EQ(table.of("made_up", true).name(), "made_up");
  EXPECT_EQ(table.of("made_up", false).name(), "made_up");
  for (int n = 0; n < 100; ++n) table.of("x" + std::to_string(n), true);
  EXPECT_EQ(table.of("y", true).name(), "other");
  EXPECT_EQ(static_cast<std::size_t>(table.end() - table.begin()), limits::kOperationLabelsMax);
}

TEST(KioskSeries, is_bounded_and_ends_with_the_kiosk) {
  KioskSeries series(true);
  for (std::size_t n = 0; n < limits::kKioskSeriesMax + 5; ++n) series.on_known("k" + std::to_string(n));
  EXPECT_EQ(series.rows().size(), limits::kKioskSeriesMax);
  series.on_removed("k0");
  series.on_down("k0");
  series.on_request("k0", true);
  EXPECT_EQ(series.rows().size(), limits::kKioskSeriesMax - 1);
  series.on_up("late");
  series.on_request("late", false);
  EXPECT_EQ(*series.rows().back().id, "late");
  EXPECT_EQ(series.rows().back().failures, 1U);
  // The last one took the place of the first one, and is still found.
  const std::string moved = "k" + std::to_string(limits::kKioskSeriesMax - 1);
  series.on_request(moved, true);
  EXPECT_EQ(*series.rows().front().id, moved);
  EXPECT_EQ(series.rows().front().requests, 1U);
  KioskSeries unwanted(false);
  unwanted.on_up("k");
  EXPECT_TRUE(unwanted.rows().empty());
}

TEST(Exposition, escapes_and_numbers) {
  Families families{{"a_total", MetricType::counter, "A.", {{"", {{"l", "x\"\\\ny"}}, 1e300}, {"", {}, 0.1}}}};
  EXPECT_EQ(exposition(families),
            "# HELP a_total A.\n# TYPE a_total counter\na_total{l=\"x\\\"\\\\\\ny\"} 1e+300\na_total 0.1\n");
}

// What a scrape and a push cost the loop: the copy. 3000 kiosks have series.
TEST(Snapshot, is_copied_in_less_than_a_millisecond) {
  KioskSeries series(true);
  for (int n = 0; n < 10'000; ++n) series.on_known("kiosk_of_some_shop_" + std::to_string(n));
  Metrics metrics;
  double best = 1;
  for (int round = 0; round < 20; ++round) {
    // tidy: allow clock: measures this very copy
    const auto began = std::chrono::steady_clock::now();
    Snapshot now;
    now.metrics = metrics;
    now.kiosks = series.rows();
    // tidy: allow clock: measures this very copy
    const auto took = std::chrono::steady_clock::now() - began;
    best = std::min(best, std::chrono::duration<double>(took).count());
    ASSERT_EQ(now.kiosks.size(), limits::kKioskSeriesMax);
  }
  EXPECT_LT(best, 0.001);
  RecordProperty("microseconds", std::to_string(best * 1e6));
}

TEST(Collect, every_family_once_and_labels_sorted) {
  Snapshot now;
  now.legacy_names = now.per_kiosk = true;
  now.store.kind = "embedded";
  now.store.durability = "strict";
  now.pushes.push_back({"loki", 1, 2, 3, 4});
  std::vector<std::string_view> names;
  for (const Family& family : collect(now)) {
    names.push_back(family.name);
    for (const Sample& sample : family.samples) {
      EXPECT_TRUE(std::is_sorted(sample.labels.begin(), sample.labels.end())) << family.name;
      for (const auto& [name, value] : sample.labels) EXPECT_FALSE(value.empty()) << family.name << ' ' << name;
    }
  }
  std::sort(names.begin(), names.end());
  EXPECT_EQ(std::adjacent_find(names.begin(), names.end()), names.end());
}

}  // namespace
}  // namespace kgw
