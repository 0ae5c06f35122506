#include "alerts/alert_settings.hpp"

#include <charconv>
#include <sstream>

#include "base/ids.hpp"

namespace kgw {
namespace {

using std::chrono::minutes;

constexpr minutes kDay{24 * 60};

template <class Number>
void read(std::istringstream& line, Number low, Number high, Number& out) {
  Number value{};
  if (line >> value && value >= low && value <= high) out = value;
}

void read(std::istringstream& line, minutes low, minutes high, minutes& out) {
  std::int64_t count = out.count();
  read(line, std::int64_t{low.count()}, std::int64_t{high.count()}, count);
  out = minutes(count);
}

}  // namespace

std::optional<WallTime> AlertSettings::quiet_until(WallTime at) const {
  if (quiet_from == quiet_to) return std::nullopt;
  const auto local = at + utc_offset;
  const auto midnight = std::chrono::floor<std::chrono::days>(local);
  const auto of_day = std::chrono::floor<minutes>(local - midnight);
  const bool over_midnight = quiet_to < quiet_from;
  const bool quiet =
      over_midnight ? of_day >= quiet_from || of_day < quiet_to : of_day >= quiet_from && of_day < quiet_to;
  if (!quiet) return std::nullopt;
  const auto end = midnight + quiet_to + (over_midnight && of_day >= quiet_from ? kDay : minutes(0));
  return WallTime(end) - utc_offset;
}

std::string text_of(const AlertSettings& s) {
  std::ostringstream out;
  out << "offline_after " << s.offline_after.count() << "\nflapping " << s.flapping_times << "\nfailing "
      << s.failing_percent << ' ' << s.failing_requests << "\ndevice " << s.device_errors << "\nquiet "
      << s.quiet_from.count() << ' ' << s.quiet_to.count() << ' ' << s.utc_offset.count() << '\n';
  for (const auto& [kind, kiosk_id] : s.mutes) out << "mute " << name(kind) << ' ' << kiosk_id << '\n';
  return out.str();
}

AlertSettings parse_alert_settings(std::string_view text) {
  AlertSettings s;
  std::istringstream lines{std::string(text)};
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string what;
    words >> what;
    if (what == "offline_after") read(words, minutes(1), minutes(7 * 24 * 60), s.offline_after);
    if (what == "flapping") read(words, 2U, 1000U, s.flapping_times);
    if (what == "failing") {
      read(words, 1U, 100U, s.failing_percent);
      read(words, 1U, 100'000U, s.failing_requests);
    }
    if (what == "device") read(words, 1U, 1000U, s.device_errors);
    if (what == "quiet") {
      read(words, minutes(0), kDay, s.quiet_from);
      read(words, minutes(0), kDay, s.quiet_to);
      read(words, -kDay, kDay, s.utc_offset);
    }
    std::string kind;
    std::string kiosk_id;
    if (what != "mute" || !(words >> kind) || s.mutes.size() >= AlertSettings::kMutesMax) continue;
    words >> kiosk_id;
    const auto known = alert_named(kind);
    if (known && (kiosk_id.empty() || is_name(kiosk_id))) s.mutes.emplace(*known, kiosk_id);
  }
  return s;
}

}  // namespace kgw
