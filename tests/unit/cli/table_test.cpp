#include "cli/table.hpp"

#include <gtest/gtest.h>

#include <sstream>

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

TEST(Table, NoNamePlaysTricksOnATerminal) {
  EXPECT_EQ(printable("a\x1b[31mb\nc\u202e\u009b\x7f"), "a?[31mb?c???");
  EXPECT_EQ(printable("\xff\xc0\xaf\xed\xa0\x80\xf4\x90\x80\x80\xe2\x82"), std::string(12, '?'));
  EXPECT_EQ(printable("Кафе 🍕"), "Кафе 🍕");
  EXPECT_EQ(display_width("Кафе 🍕"), 7U);
}

}  // namespace
}  // namespace kgw
