#include "base/table.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <numeric>
#include <ostream>
#include <utility>

namespace kgw {
namespace {

// Takes one character off the front; 0xFFFFFFFF for a byte that is not valid UTF-8 (RFC 3629).
constexpr char32_t kNoCharacter = 0xFFFFFFFF;
char32_t take(std::string_view& text, std::size_t& bytes) {
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = at(0);
  const std::size_t size = lead < 0x80   ? 1
                           : lead < 0xc2 ? 0
                           : lead < 0xe0 ? 2
                           : lead < 0xf0 ? 3
                           : lead < 0xf5 ? 4
                                         : 0;
  char32_t character = size == 1 ? lead : lead & (0xffU >> (size + 1));
  bool good = size > 0 && size <= text.size();
  for (std::size_t i = 1; good && i < size; ++i) {
    good = (at(i) & 0xc0) == 0x80;
    character = character << 6 | (at(i) & 0x3fU);
  }
  constexpr std::array<char32_t, 5> kLeast{0, 0, 0x80, 0x800, 0x10000};
  good =
      good && character >= kLeast[size] && character <= 0x10ffff && (character < 0xd800 || character > 0xdfff);
  bytes = good ? size : 1;
  text.remove_prefix(bytes);
  return good ? character : kNoCharacter;
}

using Range = std::pair<char32_t, char32_t>;
template <std::size_t N>
bool in(const std::array<Range, N>& ranges, char32_t c) {
  return std::any_of(ranges.begin(), ranges.end(),
                     [c](const Range& r) { return c >= r.first && c <= r.second; });
}

constexpr std::array<Range, 7> kNoWidth{{{0x300, 0x36f},
                                         {0x483, 0x489},
                                         {0x591, 0x5bd},
                                         {0x64b, 0x65f},
                                         {0x200b, 0x200d},
                                         {0xfe00, 0xfe0f},
                                         {0xfe20, 0xfe2f}}};
constexpr std::array<Range, 9> kWide{{{0x1100, 0x115f},
                                      {0x2e80, 0xa4cf},
                                      {0xac00, 0xd7a3},
                                      {0xf900, 0xfaff},
                                      {0xfe30, 0xfe6f},
                                      {0xff00, 0xff60},
                                      {0xffe0, 0xffe6},
                                      {0x1f300, 0x1faff},
                                      {0x20000, 0x3fffd}}};
// Characters that reorder or hide text: C0, DEL, C1, line separators, directional marks, overrides and
// isolates, BOM.
constexpr std::array<Range, 7> kNotPrintable{{{0, 0x1f},
                                              {0x7f, 0x9f},
                                              {0x200e, 0x200f},
                                              {0x2028, 0x202e},
                                              {0x2066, 0x2069},
                                              {0x61c, 0x61c},
                                              {0xfeff, 0xfeff}}};

}  // namespace

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  std::size_t bytes = 0;
  while (!text.empty()) {
    const char32_t c = take(text, bytes);
    width += in(kNoWidth, c) ? 0 : in(kWide, c) ? 2 : 1;
  }
  return width;
}

std::string printable(std::string_view text) {
  std::string out;
  std::size_t bytes = 0;
  while (!text.empty()) {
    const std::string_view before = text;
    const char32_t c = take(text, bytes);
    if (c == kNoCharacter || in(kNotPrintable, c)) out += '?';
    else out += before.substr(0, bytes);
  }
  return out;
}

void Table::add(std::vector<std::string> cells) {
  for (std::string& cell : cells) cell = printable(cell);
  rows_.push_back(std::move(cells));
}

namespace {

constexpr std::size_t kGap = 2;

int columns_index() {
  static const int index = std::ios_base::xalloc();
  return index;
}

// Takes what fits into `width` columns off the front, up to the last space if there is one; at least one
// character.
std::string take_line(std::string_view& text, std::size_t width) {
  std::string_view rest = text;
  std::size_t used = 0, end = 0, space = 0, bytes = 0;
  while (!rest.empty()) {
    const std::string_view before = rest;
    const char32_t c = take(rest, bytes);
    const std::size_t wide = display_width(before.substr(0, bytes));
    if (used + wide > width && end > 0) break;
    used += wide;
    end += bytes;
    if (c == ' ') space = end;
  }
  if (end < text.size() && text[end] != ' ' && space > 0) end = space;
  std::string line(text.substr(0, end));
  text.remove_prefix(end);
  while (text.starts_with(' ')) text.remove_prefix(1);
  line.erase(line.find_last_not_of(' ') + 1);
  return line;
}

}  // namespace

void limit_columns(std::ostream& out, std::size_t columns) {
  out.iword(columns_index()) = static_cast<long>(columns);
}

std::size_t terminal_columns() {
  winsize size{};
  return ::isatty(STDOUT_FILENO) == 1 && ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

// The widest columns are narrowed first, but none below a few characters.
std::vector<std::size_t> Table::widths(std::size_t limit) const {
  constexpr std::size_t kWidthMin = 6;
  std::vector<std::size_t> widths(rows_.front().size(), 0);
  for (const auto& row : rows_)
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], display_width(row[i]));
  if (limit == 0) return widths;
  const auto total = [&] { return std::accumulate(widths.begin(), widths.end(), kGap * (widths.size() - 1)); };
  while (total() > limit) {
    const auto widest = std::max_element(widths.begin(), widths.end());
    if (*widest <= kWidthMin) break;
    --*widest;
  }
  return widths;
}

void Table::print(std::ostream& out) const {
  const std::vector<std::size_t> width = widths(static_cast<std::size_t>(out.iword(columns_index())));
  for (const auto& row : rows_) {
    std::vector<std::string_view> rest(row.begin(), row.end());
    const auto more = [&] {
      return std::any_of(rest.begin(), rest.end(), [](auto cell) { return !cell.empty(); });
    };
    do {
      std::string line;
      for (std::size_t i = 0; i < rest.size(); ++i) {
        const std::string part = take_line(rest[i], width[i]);
        line += part + std::string(std::max(width[i], display_width(part)) - display_width(part) + kGap, ' ');
      }
      line.erase(line.find_last_not_of(' ') + 1);
      out << line << '\n';
    } while (more());
  }
}

}  // namespace kgw
