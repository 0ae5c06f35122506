// Table: aligned columns for people. Knows that a character is neither a byte nor always one column wide.
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

class Table {
 public:
  explicit Table(std::vector<std::string> heads) { rows_.push_back(std::move(heads)); }
  // As many cells as there are heads.
  void add(std::vector<std::string> cells);
  std::size_t rows() const { return rows_.size() - 1; }
  void print(std::ostream& out) const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace kgw
