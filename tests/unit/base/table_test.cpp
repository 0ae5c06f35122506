#include "base/table.hpp"

#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <vector>

namespace kgw {
namespace {

TEST(Table, AlignsWhatIsSeenNotBytes) {
  Table table({"ID", "NAME", "X"});
  table.add({"kiosk_001", "Кафе у дома", "1"});
  table.add({"k", "寿司", ""});
  table.add({"k2", "e\u0301a", "3"});
  std::ostringstream out;
  table.print(out);
  EXPECT_EQ(out.str(),
            "ID         NAME         X\n"
            "kiosk_001  Кафе у дома  1\n"
            "k          寿司\n"
            "k2         e\u0301a           3\n");
}

std::vector<std::string> lines_of(const Table& table, std::size_t columns) {
  std::stringstream out;
  limit_columns(out, columns);
  table.print(out);
  std::vector<std::string> lines;
  for (std::string line; std::getline(out, line);) lines.push_back(line);
  return lines;
}

TEST(Table, RespectsTheTerminalsWidthAndLosesNothing) {
  Table table({"ID", "NAME", "REMARK"});
  table.add(
      {"kiosk_001", "Main street 5, second floor", "It is registered here with another token, which stays."});
  table.add({"k", "Вокзал, зал ожидания, 寿司", "01a20595-23a5-7000-8ab8-2c3a7610143e"});
  EXPECT_EQ(lines_of(table, 0).size(), 3U) << "no terminal, no limit";
  EXPECT_EQ(lines_of(table, 200), lines_of(table, 0)) << "it fits";
  for (std::size_t columns = 24; columns < 120; ++columns) {
    std::string all;
    for (const std::string& line : lines_of(table, columns)) {
      EXPECT_LE(display_width(line), columns) << line;
      all += line;
    }
    std::erase(all, ' ');
    for (const char* const part : {"01a20595", "寿司", "kiosk_001"})
      EXPECT_NE(all.find(std::string(part).substr(0, 4)), std::string::npos) << part << " at " << columns;
  }
  const std::vector<std::string> lines = lines_of(table, 60);
  ASSERT_GE(lines.size(), 4U);
  EXPECT_TRUE(lines[1].starts_with("kiosk_001  "));
  EXPECT_TRUE(lines[2].starts_with("           ")) << "the rest of a cell stands below it: " << lines[2];
}

TEST(Table, NoNamePlaysTricksOnATerminal) {
  EXPECT_EQ(printable("a\x1b[31mb\nc\u202e\u009b\x7f"), "a?[31mb?c???");
  EXPECT_EQ(printable("\xff\xc0\xaf\xed\xa0\x80\xf4\x90\x80\x80\xe2\x82"), std::string(12, '?'));
  EXPECT_EQ(printable("Кафе 🍕"), "Кафе 🍕");
  EXPECT_EQ(display_width("Кафе 🍕"), 7U);
}

}  // namespace
}  // namespace kgw
