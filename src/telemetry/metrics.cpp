#include "telemetry/metrics.hpp"

#include <algorithm>
#include <charconv>

namespace kgw {
namespace {

void append(std::string& out, double value) {
  char text[32];
  out.append(text, std::to_chars(text, text + sizeof text, value).ptr);
}

void head(std::string& out, std::string_view name, std::string_view type, std::string_view help) {
  out.append("# HELP ")
      .append(name)
      .append(" ")
      .append(help)
      .append("\n# TYPE ")
      .append(name)
      .append(" ")
      .append(type);
  out.push_back('\n');
}

void sample(std::string& out, std::string_view name, std::string_view labels, double value) {
  out.append(name).append(labels).push_back(' ');
  append(out, value);
  out.push_back('\n');
}

void one(std::string& out, std::string_view name, std::string_view type, std::string_view help, double value) {
  head(out, name, type, help);
  sample(out, name, "", value);
}

void by_code(std::string& out, std::string_view name, std::string_view help,
             const std::array<std::uint64_t, kErrorCodeCount>& counts) {
  head(out, name, "counter", help);
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] == 0) continue;
    std::string labels = "{code=\"";
    labels.append(info(static_cast<ErrorCode>(i)).name).append("\"}");
    sample(out, name, labels, static_cast<double>(counts[i]));
  }
}

template <class Count>
void by_kind(std::string& out, std::string_view name, std::string_view type, std::string_view help,
             const std::array<Count, kAlertKindCount>& counts) {
  head(out, name, type, help);
  for (std::size_t i = 0; i < counts.size(); ++i) {
    std::string labels = "{kind=\"";
    labels.append(kAlertNames[i]).append("\"}");
    sample(out, name, labels, static_cast<double>(counts[i]));
  }
}

}  // namespace

void LatencyHistogram::record(std::chrono::nanoseconds value) {
  const double seconds = std::chrono::duration<double>(value).count();
  std::size_t i = 0;
  while (i < kBoundsSeconds.size() && seconds > kBoundsSeconds[i]) ++i;
  ++counts_[i];
  sum_seconds_ += seconds;
}

std::optional<double> LatencyHistogram::quantile(double share) const {
  std::uint64_t all = 0;
  for (const std::uint64_t count : counts_) all += count;
  if (all == 0) return std::nullopt;
  const double wanted = share * static_cast<double>(all);
  double below = 0;
  double low = 0;
  for (std::size_t i = 0; i < kBoundsSeconds.size(); ++i) {
    const auto here = static_cast<double>(counts_[i]);
    if (here > 0 && below + here >= wanted)
      return low + (kBoundsSeconds[i] - low) * std::max(0.0, wanted - below) / here;
    below += here;
    low = kBoundsSeconds[i];
  }
  return low;
}

void LatencyHistogram::render(std::string& out, std::string_view name) const {
  const std::string bucket = std::string(name) + "_bucket";
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < kBoundsSeconds.size(); ++i) {
    sum += counts_[i];
    std::string labels = "{le=\"";
    append(labels, kBoundsSeconds[i]);
    sample(out, bucket, labels + "\"}", static_cast<double>(sum));
  }
  sum += counts_.back();
  sample(out, bucket, "{le=\"+Inf\"}", static_cast<double>(sum));
  sample(out, std::string(name) + "_sum", "", sum_seconds_);
  sample(out, std::string(name) + "_count", "", static_cast<double>(sum));
}

std::string render(const Metrics& m, const Gauges& g) {
  std::string out;
  out.reserve(8192);
  const auto counter = [&](std::string_view name, std::string_view help, std::uint64_t value) {
    one(out, name, "counter", help, static_cast<double>(value));
  };
  const auto gauge = [&](std::string_view name, std::string_view help, double value) {
    one(out, name, "gauge", help, value);
  };
  counter("kgw_requests_total", "Requests that were accepted and have ended.", m.requests);
  counter("kgw_answers_total", "Requests that the kiosk answered in time.", m.answers);
  counter("kgw_requests_refused_total", "Requests refused before they were accepted.", m.refused);
  by_code(out, "kgw_errors_total", "Errors told to callers of /send.", m.errors);
  counter("kgw_late_answers_total", "Answers that came after their deadline.", m.late_answers);
  counter("kgw_unmatched_answers_total", "Messages of kiosks that match no request of theirs.", m.unmatched);
  head(out, "kgw_request_duration_seconds", "histogram",
       "From acceptance to the answer, the kiosk's own time included.");
  m.latency.render(out, "kgw_request_duration_seconds");
  gauge("kgw_kiosks_online", "Kiosks connected now.", static_cast<double>(g.kiosks_online));
  gauge("kgw_kiosks", "Kiosks registered.", static_cast<double>(g.kiosks_total));
  gauge("kgw_requests_in_flight", "Requests that are not over yet.", static_cast<double>(g.in_flight));
  gauge("kgw_requests_waiting", "Of them, those that wait in a kiosk's line.", static_cast<double>(g.waiting));
  gauge("kgw_held_bytes", "Bytes of frames and answers held in memory.", static_cast<double>(g.bytes_held));
  counter("kgw_handshakes_total", "Kiosk connections accepted.", m.handshakes);
  by_code(out, "kgw_handshakes_refused_total", "Kiosk connections refused.", m.handshakes_refused);
  gauge("kgw_connections", "Open TCP connections.", static_cast<double>(g.connections));
  counter("kgw_received_bytes_total", "Bytes received.", g.bytes_in);
  counter("kgw_sent_bytes_total", "Bytes sent.", g.bytes_out);
  counter("kgw_bad_requests_total", "Requests that were not valid HTTP.", g.bad_requests);
  gauge("kgw_store_up", "1 while the journal can be written.", g.store_up ? 1 : 0);
  counter("kgw_store_commits_total", "Commits of the journal.", g.commits);
  counter("kgw_store_records_total", "Records committed to the journal.", g.records);
  gauge("kgw_store_last_commit_seconds", "How long the last commit took.",
        static_cast<double>(g.last_commit_us) / 1e6);
  counter("kgw_log_lines_dropped_total", "Log lines that found no room.", g.log_dropped);
  by_kind(out, "kgw_alerts_total", "counter", "Alerts raised.", g.alerts_raised);
  by_kind(out, "kgw_alerts_open", "gauge", "Alerts that last.", g.alerts_open);
  gauge("kgw_uptime_seconds", "Since the start.", g.uptime_seconds);
  head(out, "kgw_build_info", "gauge", "The running version.");
  sample(out, "kgw_build_info", "{version=\"" KGW_VERSION "\"}", 1);
  return out;
}

}  // namespace kgw
