// Table: aligned columns for people. Measures characters in columns, not in bytes, and fits the terminal's
// width: text that is too long continues on the next line of its own column, so that nothing is lost.
#pragma once

#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

namespace kgw {

// Returns how many terminal columns the UTF-8 text takes: 0 for a combining mark, 2 for a wide character.
std::size_t display_width(std::string_view text);
// Replaces control characters and invalid UTF-8 with '?', so that no name can manipulate the terminal.
std::string printable(std::string_view text);

// Limits the width of what is printed to `out`; 0, the default of every stream: no limit.
void limit_columns(std::ostream& out, std::size_t columns);
// Returns the width of the terminal on standard output, or 0 if it is not a terminal.
std::size_t terminal_columns();

class Table {
 public:
  explicit Table(std::vector<std::string> heads) { rows_.push_back(std::move(heads)); }
  // Requires as many cells as there are heads.
  void add(std::vector<std::string> cells);
  std::size_t rows() const { return rows_.size() - 1; }
  void print(std::ostream& out) const;

 private:
  std::vector<std::size_t> widths(std::size_t limit) const;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace kgw
