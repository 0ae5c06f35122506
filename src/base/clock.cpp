#include "base/clock.hpp"

#include <charconv>

namespace kgw {

Now SystemClock::now() const {
  return {std::chrono::time_point_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now()),
          std::chrono::time_point_cast<Milliseconds>(std::chrono::system_clock::now())};
}

namespace {
void two_digits(char* at, unsigned value) {
  at[0] = static_cast<char>('0' + value / 10);
  at[1] = static_cast<char>('0' + value % 10);
}
}  // namespace

void append_rfc3339(std::string& out, WallTime t) {
  const auto day = std::chrono::floor<std::chrono::days>(t);
  const std::chrono::year_month_day date(day);
  const auto ms = static_cast<unsigned>((t - day).count());
  char text[] = "0000-00-00T00:00:00.000Z";
  const auto year = static_cast<unsigned>(static_cast<int>(date.year()));
  two_digits(text, year / 100 % 100);
  two_digits(text + 2, year % 100);
  two_digits(text + 5, static_cast<unsigned>(date.month()));
  two_digits(text + 8, static_cast<unsigned>(date.day()));
  two_digits(text + 11, ms / 3'600'000);
  two_digits(text + 14, ms / 60'000 % 60);
  two_digits(text + 17, ms / 1000 % 60);
  text[20] = static_cast<char>('0' + ms / 100 % 10);
  two_digits(text + 21, ms % 100);
  out.append(text, 24);
}

std::string rfc3339(WallTime t) {
  std::string out;
  append_rfc3339(out, t);
  return out;
}

namespace {

// Parses exactly `count` digits at the front of `text`; nullopt otherwise.
std::optional<unsigned> digits(std::string_view text, std::size_t count) {
  unsigned value = 0;
  if (text.size() < count) return std::nullopt;
  const char* const end = text.data() + count;
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  return error == std::errc() && stop == end ? std::optional(value) : std::nullopt;
}

// What follows the seconds: nothing, or a point and up to nine digits, of which the first three are used.
std::optional<unsigned> fraction_ms(std::string_view text) {
  if (text.empty()) return 0;
  if (text[0] != '.' || text.size() < 2 || text.size() > 10) return std::nullopt;
  if (!digits(text.substr(1), text.size() - 1)) return std::nullopt;
  std::string three(text.substr(1, 3));
  three.resize(3, '0');
  return digits(three, 3);
}

}  // namespace

std::optional<WallTime> parse_rfc3339(std::string_view text) {
  constexpr std::size_t kSeconds = 19;  // "2026-11-22T22:13:39"
  if (text.size() <= kSeconds || text.back() != 'Z') return std::nullopt;
  if (text[4] != '-' || text[7] != '-' || text[10] != 'T' || text[13] != ':' || text[16] != ':')
    return std::nullopt;
  const auto year = digits(text, 4);
  const auto month = digits(text.substr(5), 2), day = digits(text.substr(8), 2);
  const auto hour = digits(text.substr(11), 2), minute = digits(text.substr(14), 2);
  const auto second = digits(text.substr(17), 2);
  const auto ms = fraction_ms(text.substr(kSeconds, text.size() - kSeconds - 1));
  if (!year || !month || !day || !hour || !minute || !second || !ms) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(*year)), std::chrono::month(*month),
                                         std::chrono::day(*day)};
  if (!date.ok() || *hour > 23 || *minute > 59 || *second > 59) return std::nullopt;
  return WallTime(std::chrono::sys_days(date)) + std::chrono::hours(*hour) + std::chrono::minutes(*minute) +
         std::chrono::seconds(*second) + Milliseconds(*ms);
}

}  // namespace kgw
