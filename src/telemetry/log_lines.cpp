#include "telemetry/log_lines.hpp"

#include <zlib.h>

#include <array>
#include <charconv>
#include <cstdint>
#include <map>

#include "base/check.hpp"
#include "base/clock.hpp"
#include "base/json_text.hpp"
#include "wire/json_scan.hpp"

namespace kgw {
namespace {

// Lines about pushing logs are not pushed: they would cause more of themselves.
constexpr std::string_view kOwnEvents = "\"logs_push";
constexpr std::int64_t kNanosecondsInMs = 1'000'000;
constexpr std::int64_t kClockStepNanoseconds = 1'000 * kNanosecondsInMs;

// "2026-11-25T16:41:53.123Z", as written by log/, to milliseconds since 1970.
std::int64_t milliseconds_of(std::string_view text) {
  const auto number = [&](std::size_t at, std::size_t size) {
    unsigned value = 0;
    if (at + size <= text.size()) std::from_chars(text.data() + at, text.data() + at + size, value);
    return value;
  };
  const std::chrono::year_month_day day{std::chrono::year(static_cast<int>(number(0, 4))),
                                        std::chrono::month(number(5, 2)), std::chrono::day(number(8, 2))};
  const auto time = std::chrono::sys_days(day) + std::chrono::hours(number(11, 2)) +
                    std::chrono::minutes(number(14, 2)) + std::chrono::seconds(number(17, 2)) +
                    Milliseconds(number(20, 3));
  return std::chrono::duration_cast<Milliseconds>(time.time_since_epoch()).count();
}

// The text between the quotes; our own rendering escapes nothing in the members that are read here.
std::string_view text_of(const JsonMember& member) {
  return member.kind == JsonKind::string && member.value.size() >= 2
             ? member.value.substr(1, member.value.size() - 2)
             : std::string_view();
}

class Streams {
 public:
  void add(std::string_view line);
  std::string take(const LokiLabels& labels) const;
  bool empty() const { return values_.empty(); }

 private:
  // Lines of the same moment, including those from threads that are slightly out of order, keep their order
  // by added nanoseconds. A larger step back is a clock that was set: from there on its time is used.
  std::int64_t stamp(std::int64_t ms) {
    const std::int64_t written = ms * kNanosecondsInMs;
    const bool was_set = written < last_ - kClockStepNanoseconds;
    last_ = was_set ? written : std::max(written, last_ + 1);
    return last_;
  }
  std::map<std::string, std::string, std::less<>> values_;  // by level
  std::int64_t last_ = 0;
};

void Streams::add(std::string_view line) {
  std::array<JsonMember, 6> members;
  constexpr std::array<std::string_view, 6> kNames{"timestamp",  "level",    "event",
                                                   "request_id", "kiosk_id", "trace_id"};
  for (std::size_t i = 0; i < members.size(); ++i) members[i].name = kNames[i];
  if (!json_scan(line, members).valid || members[2].value.starts_with(kOwnEvents)) return;
  const std::string_view level = text_of(members[1]);
  auto found = values_.find(level);
  if (found == values_.end()) found = values_.emplace(level, "").first;
  std::string& out = found->second;
  out += out.empty() ? "[\"" : ",[\"";
  out += std::to_string(stamp(milliseconds_of(text_of(members[0]))));
  out += "\",";
  append_json_string(out, line);
  char before = '{';
  for (std::size_t i = 3; i < members.size(); ++i) {
    if (text_of(members[i]).empty()) continue;
    out += before == '{' ? ",{\"" : ",\"";
    before = ',';
    out.append(kNames[i]).append("\":").append(members[i].value);
  }
  out += before == ',' ? "}]" : "]";
}

std::string Streams::take(const LokiLabels& labels) const {
  std::string out = "{\"streams\":[";
  for (const auto& [level, values] : values_) {
    if (out.back() == '}') out += ',';
    out += "{\"stream\":{\"app\":\"kiosk-gateway\",\"env\":";
    append_json_string(out, labels.env);
    out += ",\"level\":";
    append_json_string(out, level);
    out += ",\"node\":";
    append_json_string(out, labels.node);
    out.append("},\"values\":[").append(values).append("]}");
  }
  return out += "]}";
}

}  // namespace

std::string gzip(std::string_view bytes) {
  constexpr int kGzipFormat = 15 + 16;
  z_stream stream{};
  KGW_CHECK(deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, kGzipFormat, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string out(deflateBound(&stream, bytes.size()), '\0');
  std::string in(bytes);  // zlib's pointers are not const
  stream.next_in = reinterpret_cast<Bytef*>(in.data());
  stream.avail_in = static_cast<uInt>(in.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  KGW_CHECK(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

std::string loki_push(std::string_view lines, const LokiLabels& labels) {
  Streams streams;
  while (!lines.empty()) {
    const std::size_t end = std::min(lines.find('\n'), lines.size());
    if (end > 0) streams.add(lines.substr(0, end));
    lines.remove_prefix(std::min(end + 1, lines.size()));
  }
  return streams.empty() ? std::string() : gzip(streams.take(labels));
}

}  // namespace kgw
