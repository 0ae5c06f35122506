// Table: aligned columns for people. Knows that a character is neither a byte nor always one column wide, and
// how wide the terminal is: what does not fit goes on in the next line of its own column, so that nothing is
// lost.
#pragma once

#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

namespace kgw {

// How many columns of a terminal the UTF-8 text takes: 0 for combining marks, 2 for wide characters.
std::size_t display_width(std::string_view text);
// Control characters and bytes that are no UTF-8 become '?', so that no name plays tricks on a terminal.
std::string printable(std::string_view text);

// How wide what is printed to `out` may be; 0, as every stream begins: as wide as it comes.
void limit_columns(std::ostream& out, std::size_t columns);
// The width of the terminal that is standard output; 0: it is none.
std::size_t terminal_columns();

class Table {
 public:
  explicit Table(std::vector<std::string> heads) { rows_.push_back(std::move(heads)); }
  // As many cells as there are heads.
  void add(std::vector<std::string> cells);
  std::size_t rows() const { return rows_.size() - 1; }
  void print(std::ostream& out) const;

 private:
  std::vector<std::size_t> widths(std::size_t limit) const;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace kgw
