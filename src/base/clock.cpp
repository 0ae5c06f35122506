#include "base/clock.hpp"

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

}  // namespace kgw
