#include "wire/http_date.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace kgw {
namespace {

using std::chrono::seconds;

constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::array<std::string_view, 7> kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 7> kLongDays{"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                    "Thursday", "Friday", "Saturday"};

// Takes the pieces of a date off its front; after a missing one, all fail.
class Pieces {
 public:
  explicit Pieces(std::string_view text) : rest_(text) {}

  bool take(std::string_view piece) {
    good_ = good_ && rest_.starts_with(piece);
    if (good_) rest_.remove_prefix(piece.size());
    return good_;
  }
  // Exactly `count` digits.
  unsigned digits(std::size_t count) {
    unsigned value = 0;
    const std::string_view digits = rest_.substr(0, count);
    good_ = good_ && digits.size() == count && digits.find_first_not_of("0123456789") == digits.npos;
    if (!good_) return 0;
    std::from_chars(digits.data(), digits.data() + count, value);
    rest_.remove_prefix(count);
    return value;
  }
  // Returns the word's index in the list.
  template <std::size_t N>
  unsigned one_of(const std::array<std::string_view, N>& names) {
    const auto at =
        std::find_if(names.begin(), names.end(), [&](auto name) { return rest_.starts_with(name); });
    good_ = good_ && at != names.end();
    if (!good_) return 0;
    rest_.remove_prefix(at->size());
    return static_cast<unsigned>(at - names.begin());
  }
  seconds time_of_day() {
    const unsigned hour = digits(2);
    take(":");
    const unsigned minute = digits(2);
    take(":");
    const unsigned second = digits(2);
    good_ = good_ && hour < 24 && minute < 60 && second <= 60;  // 60: a leap second
    return std::chrono::hours(hour) + std::chrono::minutes(minute) + seconds(second);
  }
  bool done() const { return good_ && rest_.empty(); }
  bool at_blank() const { return rest_.starts_with(' '); }

 private:
  std::string_view rest_;
  bool good_ = true;
};

std::optional<WallTime> at(unsigned year, unsigned month, unsigned day, seconds of_day) {
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(year)),
                                         std::chrono::month(month + 1), std::chrono::day(day)};
  if (!date.ok()) return std::nullopt;
  return wall_from_ms(
      std::chrono::duration_cast<Milliseconds>((std::chrono::sys_days(date) + of_day).time_since_epoch())
          .count());
}

std::optional<WallTime> imf_fixdate(std::string_view text) {
  Pieces pieces(text);
  pieces.one_of(kDays);
  pieces.take(", ");
  const unsigned day = pieces.digits(2);
  pieces.take(" ");
  const unsigned month = pieces.one_of(kMonths);
  pieces.take(" ");
  const unsigned year = pieces.digits(4);
  pieces.take(" ");
  const seconds time = pieces.time_of_day();
  pieces.take(" GMT");
  return pieces.done() ? at(year, month, day, time) : std::nullopt;
}

std::optional<WallTime> rfc850_date(std::string_view text, WallTime now) {
  Pieces pieces(text);
  pieces.one_of(kLongDays);
  pieces.take(", ");
  const unsigned day = pieces.digits(2);
  pieces.take("-");
  const unsigned month = pieces.one_of(kMonths);
  pieces.take("-");
  const unsigned of_century = pieces.digits(2);
  pieces.take(" ");
  const seconds time = pieces.time_of_day();
  pieces.take(" GMT");
  if (!pieces.done()) return std::nullopt;
  const std::chrono::year_month_day today(
      std::chrono::floor<std::chrono::days>(std::chrono::sys_time<Milliseconds>(Milliseconds(to_ms(now)))));
  const auto this_year = static_cast<unsigned>(static_cast<int>(today.year()));
  unsigned year = this_year / 100 * 100 + of_century;
  if (year > this_year + 50) year -= 100;
  return at(year, month, day, time);
}

std::optional<WallTime> asctime_date(std::string_view text) {
  Pieces pieces(text);
  pieces.one_of(kDays);
  pieces.take(" ");
  const unsigned month = pieces.one_of(kMonths);
  pieces.take(" ");
  const bool one_digit = pieces.at_blank();
  if (one_digit) pieces.take(" ");
  const unsigned day = pieces.digits(one_digit ? 1 : 2);
  pieces.take(" ");
  const seconds time = pieces.time_of_day();
  pieces.take(" ");
  const unsigned year = pieces.digits(4);
  return pieces.done() ? at(year, month, day, time) : std::nullopt;
}

}  // namespace

std::optional<WallTime> parse_http_date(std::string_view text, WallTime now) {
  if (const auto date = imf_fixdate(text)) return date;
  if (const auto date = rfc850_date(text, now)) return date;
  return asctime_date(text);
}

std::optional<seconds> parse_retry_after(std::string_view text, std::string_view server_date, WallTime now) {
  constexpr std::int64_t kMost = std::chrono::seconds(std::chrono::years(10)).count();
  if (!text.empty() && text.find_first_not_of("0123456789") == text.npos) {
    std::int64_t value = kMost;  // a number too large for this type is as good as for ever
    std::from_chars(text.data(), text.data() + text.size(), value);
    return seconds(std::min(value, kMost));
  }
  const auto until = parse_http_date(text, now);
  if (!until) return std::nullopt;
  const WallTime from = parse_http_date(server_date, now).value_or(now);
  return std::clamp(std::chrono::ceil<seconds>(*until - from), seconds(0), seconds(kMost));
}

}  // namespace kgw
